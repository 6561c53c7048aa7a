import { useRef } from 'react';
import { whyNoGraph } from '../../core/graphless';
import type { Evaluation } from '../../core/protocol';
import { save } from '../../store/download';
import { say, useRuns } from '../../store/runs';
import { useLab } from '../../store/store';
import { fileName, keptRow, saveMaps, saveMethods, saveMetrics, saveOnnx, savePlot, saveRun, saveWeights } from '../../store/takeAway';
import { Said } from '../compare/Said';
import { sliceFigure } from './figure';
import { mapFormat } from './formats';
import { sliceWords } from './words';

const RUNNING = 'The run is under way. Pause or stop it, then save.';
const NO_MAP = 'This score gives one number a slice and no map.';
const NO_MASK = 'No test slice has a mask with an anomaly.';
const ONE_CLASS = 'It takes labelled slices of both kinds, normal and anomalous.';

type Item = { label: string; about: string; act(): void; problem?: string };

/** What can be taken away of what is in view. */
export function TakeAway({ evaluation }: { evaluation: Evaluation }) {
  const menu = useRef<HTMLDetailsElement>(null);
  const running = useLab((s) => s.lab.run?.phase === 'running' || s.lab.run?.phase === 'preparing');
  const exporting = useLab((s) => s.lab.progress.export);
  const kept = useRuns(() => keptRow(evaluation) !== null);
  const mapless = evaluation.mapless ? NO_MAP : undefined;
  const busy = running ? RUNNING : undefined;
  const masked = mapless ?? (evaluation.tables.anomalous.length === 0 ? NO_MASK : undefined);
  const scorers = useLab((s) => s.lab.engine?.models.find(({ id }) => id === s.lab.run?.model)?.scorers);
  const scorer = scorers?.find(({ id }) => id === evaluation.scorer);
  const graphless = (scorers && scorer && whyNoGraph(scorer, scorers)) ?? undefined;
  const onnxAbout = scorer?.iterative
    ? `What the search for ${scorer.id} asks of its networks; the search itself is no part of it`
    : `${evaluation.scorer} as one graph: image in, score out`;
  const set = useLab((s) => s.lab.run?.set ?? s.lab.data?.set ?? 'phantom');
  const format = mapFormat(set, evaluation.slices);
  const plot = (label: string, name: string, problem: string | undefined): Item => ({
    label,
    about: 'Plot: SVG',
    act: () => savePlot(evaluation, name),
    problem,
  });
  const items: Item[] = [
    { label: 'Masks', about: `At this cut, clean-up included: ${format}`, act: () => saveMaps(evaluation, 'masks'), problem: mapless ?? busy }, // biome-ignore format: one line
    { label: 'Score maps', about: `Raw scores: ${format}`, act: () => saveMaps(evaluation, 'scores'), problem: mapless ?? busy }, // biome-ignore format: one line
    { label: 'Figure', about: 'The slice in view with its layers: PNG', act: () => void saveFigure(evaluation) },
    plot('ROC of slices', 'roc-slices', evaluation.metrics.imageAuc === null ? ONE_CLASS : undefined),
    plot('ROC of pixels', 'roc-pixels', masked),
    plot('Precision–recall', 'pr-pixels', masked),
    plot('Histogram', 'histogram', mapless),
    { label: 'Methods', about: 'What was done, in words with citations: text', act: () => saveMethods(evaluation) },
    { label: 'Metrics', about: 'Every number and the decision: JSON', act: () => saveMetrics(evaluation) },
    { label: 'Networks', about: 'All weights: safetensors, with a loader for Python', act: () => saveWeights(evaluation), problem: busy },
    { label: 'ONNX of the scoring network', about: onnxAbout, act: () => saveOnnx(evaluation), problem: busy ?? graphless },
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
      <Said apart />
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
