import type { Evaluation, Point, Report, RunState, Task } from '../core/protocol';
import { evaluationKey, isStale, type LabState } from './state';

/** Beyond this many points every second one of each network goes, so that a run of days stays drawable. */
const MOST_POINTS = 4000;
/** Maps of scorers already seen are kept for a quick return, within this many bytes. */
const MOST_BYTES = 300 * 2 ** 20;

/** The one way in which the worker changes the page. */
export function reduce(state: LabState, report: Report): LabState {
  switch (report.kind) {
    case 'engine':
      // What was measured was another backend's speed.
      return { ...state, engine: report.engine, machine: {}, failures: without(state.failures, 'engine') };
    case 'progress': {
      const { kind: _, ...progress } = report;
      return { ...state, progress: { ...state.progress, [report.task]: progress }, failures: without(state.failures, report.task) };
    }
    case 'finished':
      return { ...state, progress: without(state.progress, report.task), iterate: report.task === 'score' ? null : state.iterate };
    case 'data':
      return { ...state, data: report.data };
    case 'recipePreview':
      return { ...state, recipePreview: report.preview };
    case 'machine':
      return { ...state, machine: { ...state.machine, [report.model]: { params: report.params, about: report.about } } };
    case 'preflight':
      return report.preflight.run === state.expected ? { ...state, preflight: report.preflight } : state;
    case 'run':
      return report.state.run === state.expected
        ? {
            ...state,
            run: report.state,
            evaluations: current(state.evaluations, report.state),
            points: upTo(state.points, report.state),
          }
        : state;
    case 'points':
      return report.run === state.expected ? { ...state, points: appended(state.points, report.points) } : state;
    case 'preview':
      return report.preview.run === state.expected ? { ...state, preview: report.preview } : state;
    case 'snapshots':
      return report.run === state.expected ? { ...state, snapshots: report.snapshots, droppedSnapshots: report.dropped } : state;
    case 'selection':
      return report.run === state.expected ? { ...state, checked: report.checked } : state;
    case 'restored':
      return report.run === state.expected
        ? { ...state, preview: report.preview, points: state.points.filter((point) => point.update <= report.preview.update) }
        : state;
    case 'evaluation':
      return report.evaluation.run === state.expected && !isStale(state.run, report.evaluation)
        ? { ...state, evaluations: kept(state.evaluations, report.evaluation), cleaned: null, assessed: null }
        : state;
    case 'iterate':
      return report.iterate.run === state.expected ? { ...state, iterate: report.iterate } : state;
    case 'exported':
    case 'keep':
    case 'unpacked':
    case 'attached':
    case 'pictures':
      return state; // the list of kept runs is the page's own: store/runs.ts
    case 'cleaned':
      return report.cleaned.run === state.expected && report.cleaned.ask >= (state.cleaned?.ask ?? 0)
        ? { ...state, cleaned: report.cleaned }
        : state;
    case 'assessed':
      return report.assessed.run === state.expected && report.assessed.ask >= (state.assessed?.ask ?? 0)
        ? { ...state, assessed: report.assessed }
        : state;
    case 'failure':
      return {
        ...state,
        failures: { ...state.failures, [report.where]: report.sentence },
        progress: without(state.progress, report.where as Task),
      };
    default:
      report satisfies never;
      return state;
  }
}

function without<T extends object>(record: T, ...keys: (keyof T)[]): T {
  if (!keys.some((key) => key in record)) return record;
  const rest = { ...record };
  for (const key of keys) delete rest[key];
  return rest;
}

/** Without the points of updates that a run has gone back from; one that failed keeps its last ones in sight. */
function upTo(points: readonly Point[], { phase, update }: RunState): readonly Point[] {
  const last = points.at(-1);
  return phase === 'failed' || !last || last.update <= update ? points : points.filter((point) => point.update <= update);
}

function appended(old: readonly Point[], fresh: readonly Point[]): readonly Point[] {
  const all = [...old, ...fresh];
  if (all.length <= MOST_POINTS) return all;
  const seen: Record<string, number> = {};
  return all.filter(({ network }, i) => {
    seen[network] = (seen[network] ?? 0) + 1;
    return seen[network] % 2 === 1 || i === all.length - 1;
  });
}

/** Drops what the run has moved past. */
function current(evaluations: LabState['evaluations'], run: RunState): LabState['evaluations'] {
  const entries = Object.entries(evaluations);
  const fresh = entries.filter(([, e]) => !isStale(run, e));
  return fresh.length === entries.length ? evaluations : Object.fromEntries(fresh);
}

const bytesOf = ({ maps, images, truths, healthy, tables, views }: Evaluation): number =>
  [maps, images, truths, healthy, ...Object.values(tables), ...Object.values(views)]
    .filter((one) => typeof one !== 'number')
    .reduce((sum, { byteLength }) => sum + byteLength, 0);

/** The newest evaluation goes last; the oldest give way first, and the newest never does. */
function kept(old: LabState['evaluations'], fresh: Evaluation): LabState['evaluations'] {
  const entries = Object.entries(old).filter(([key]) => key !== evaluationKey(fresh));
  let bytes = bytesOf(fresh) + entries.reduce((sum, [, e]) => sum + bytesOf(e), 0);
  while (bytes > MOST_BYTES && entries.length > 0) bytes -= bytesOf(entries.shift()![1]);
  return Object.fromEntries([...entries, [evaluationKey(fresh), fresh]]);
}
