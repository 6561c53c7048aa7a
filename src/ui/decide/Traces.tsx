import { useMemo } from 'react';
import type { Iterate } from '../../core/protocol';
import { useLab } from '../../store/store';
import { Chart } from '../Chart';
import { plain } from '../format';

/** A search's losses, a line for each slice that is shown: whether it still gets anywhere. */
export function Traces({ iterate, most }: { iterate: Iterate; most: number }) {
  const labels = useLab((s) => s.lab.engine?.models.find((m) => m.id === s.lab.run?.model)?.traces);
  const { traces, of } = iterate;
  if (!traces || !labels) return null;
  return (
    <>
      {Object.entries(traces.terms).map(([name, read]) => (
        <Trace key={name} name={name} label={labels[name]} steps={traces.steps} read={read} of={of} most={most} />
      ))}
    </>
  );
}

type Props = { name: string; label: string; steps: readonly number[]; read: readonly (readonly number[])[]; of: number; most: number };

function Trace({ name, label, steps, read, of, most }: Props) {
  const shown = Math.min(most, read[0].length);
  // The first reads set the axis: a search only goes down from there, but for a few steps.
  const top = Math.max(...read.slice(0, 3).flat().filter(Number.isFinite), 1e-6) * 1.1;
  const traces = useMemo(
    () =>
      Array.from({ length: shown }, (_, i) => ({
        x: [...steps],
        y: read.map((values) => Math.min(top, values[i])),
        line: { color: '--s3', width: 1.25 },
      })),
    [steps, read, shown, top],
  );
  const ends = read.at(-1)!.slice(0, shown).map(plain).join(', ');
  return (
    <figure style={{ marginTop: 6 }}>
      <p className="small">{label}</p>
      <Chart
        traces={traces}
        x={{ range: [0, of], ticks: [0, of], labels: ['0', String(of)] }}
        y={{ range: [0, top], ticks: [0, top], labels: ['0', plain(top)] }}
        height={76}
        summary={`${label} at step ${steps.at(-1)} of ${of}: ${ends}`}
        testId={`trace-${name}`}
      />
    </figure>
  );
}
