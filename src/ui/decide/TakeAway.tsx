import { useRef } from 'react';
import type { Evaluation } from '../../core/protocol';
import { save, say, useRuns } from '../../store/runs';
import { useLab } from '../../store/store';
import { fileName, keptRow, saveMaps, saveMetrics, savePlots, saveRun, saveWeights } from '../../store/takeAway';
import { Said } from '../compare/Said';
import { sliceFigure } from './figure';
import { sliceWords } from './words';

const RUNNING = 'The run is under way. Pause or stop it, then save.';
const NO_MAP = 'This score gives one number a slice and no map.';

type Item = { label: string; about: string; act(): void; problem?: string };

/** What can be taken away of what is in view. */
export function TakeAway({ evaluation }: { evaluation: Evaluation }) {
  const menu = useRef<HTMLDetailsElement>(null);
  const running = useLab((s) => s.lab.run?.phase === 'running' || s.lab.run?.phase === 'preparing');
  const exporting = useLab((s) => s.lab.progress.export);
  const kept = useRuns(() => keptRow(evaluation) !== null);
  const mapless = evaluation.mapless ? NO_MAP : undefined;
  const busy = running ? RUNNING : undefined;
  const items: Item[] = [
    { label: 'Masks', about: 'At this cut, clean-up included: NIfTI on the grid of the scans', act: () => saveMaps(evaluation, 'masks'), problem: mapless ?? busy }, // biome-ignore format: one line
    { label: 'Score maps', about: 'Raw scores: NIfTI on the grid of the scans', act: () => saveMaps(evaluation, 'scores'), problem: mapless ?? busy }, // biome-ignore format: one line
    { label: 'Figure', about: 'The slice in view with its layers: PNG', act: () => void saveFigure(evaluation) },
    { label: 'Plots', about: 'ROC, precision–recall, histogram: SVG', act: () => savePlots(evaluation) },
    { label: 'Metrics', about: 'Every number and the decision: JSON', act: () => saveMetrics(evaluation) },
    { label: 'Networks', about: 'safetensors, with a loader for Python', act: () => saveWeights(evaluation), problem: busy },
    {
      label: 'Capsule',
      about: 'The whole run without pixels; opens again in the lab',
      act: () => saveRun(evaluation),
      problem: kept ? undefined : 'A run is kept once it has ended and its test slices are scored.',
    },
  ];
  const close = () => {
    menu.current!.open = false;
    menu.current!.querySelector('summary')?.focus();
  };
  return (
    <section className="sec takeaway">
      <details ref={menu} onKeyDown={(event) => event.key === 'Escape' && close()}>
        <summary className="btn">Save</summary>
        <ul>
          {items.map(({ label, about, act, problem }) => (
            <li key={label}>
              <button
                type="button"
                aria-disabled={problem !== undefined}
                onClick={() => {
                  if (problem) return;
                  close();
                  act();
                }}
              >
                <b>{label}</b>
                <small>{problem ?? about}</small>
              </button>
            </li>
          ))}
        </ul>
      </details>
      {exporting && (
        <p className="small" style={{ marginTop: 8 }}>
          Writing files{exporting.total > 0 && `: ${exporting.done} of ${exporting.total}`}
        </p>
      )}
      <Said />
    </section>
  );
}

async function saveFigure(evaluation: Evaluation): Promise<void> {
  const state = useLab.getState();
  const slice = Math.min(state.slice, evaluation.slices.length - 1);
  const words = sliceWords(evaluation, slice);
  try {
    const figure = await sliceFigure(evaluation, slice, state, `${words} · ${evaluation.scorer} · Wildcut, not a medical device`);
    save(fileName(evaluation, `slice-${slice}.png`), figure);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error), true);
  }
}
