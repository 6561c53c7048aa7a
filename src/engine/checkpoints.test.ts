/** A run chooses its checkpoints by distance, watched or not; what labels say stands beside it, where there are any. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Command, Report } from '../core/protocol';
import { drop, pngFile, useNodeCodecs } from '../data/testFiles';
import { nodePlatform } from '../headless/platform';
import { MODELS } from '../models/registry';
import { Session } from './session';

const { spec } = MODELS.a2bgan;
const params = {
  ...spec.presets.demo.params, size: 32, width: 4, blocks: 1, batch: 4, warmUp: 0, updates: 30, checkpointEvery: 10,
}; // biome-ignore format: one line

const reports: Report[] = [];
const session = new Session((report) => reports.push(report), nodePlatform);
const send = async (command: Command): Promise<readonly Report[]> => {
  const from = reports.length;
  await session.handle(command);
  return reports.slice(from);
};
const train = (run: string): Command => ({ kind: 'train', run, model: 'a2bgan', preset: 'demo', params, seed: 1 });

const of = <K extends Report['kind']>(all: readonly Report[], kind: K) =>
  all.filter((report): report is Extract<Report, { kind: K }> => report.kind === kind);
/** What was plotted at each checkpoint, and the list at the end. */
const found = (all: readonly Report[]) => ({
  points: of(all, 'points').flatMap(({ points }) => points.filter(({ losses }) => 'distance' in losses)),
  snapshots: of(all, 'snapshots').at(-1)?.snapshots ?? [],
  checked: of(all, 'selection').map(({ checked }) => checked),
  phase: of(all, 'run').at(-1)?.state.phase,
});

/** Mean over pairs of an anomalous and a normal score of who is higher. */
function aucByPairs(scores: ArrayLike<number>, labels: readonly (0 | 1 | null)[]): number {
  const at = (label: 0 | 1) => labels.flatMap((known, i) => (known === label ? [scores[i]] : []));
  const wins = at(1).flatMap((a) => at(0).map((n) => (a > n ? 1 : a === n ? 0.5 : 0)));
  return wins.reduce<number>((sum, win) => sum + win, 0) / wins.length;
}

describe('checkpoints of a translator', () => {
  beforeAll(async () => {
    useNodeCodecs();
    await send({ kind: 'open', backend: 'wasm', threads: 1 });
  });

  it('with labels: every one has its distance, the AUC of the fixed slices beside it, and says which distance is the lowest so far', async () => {
    await send({ kind: 'phantom', variant: 'standard', size: 32, seed: 0 });
    const { points, snapshots, checked, phase } = found(await send(train('labelled')));
    expect(phase).toBe('done');
    expect(points.map(({ update }) => update)).toEqual([10, 20, 30]);
    let lowest = Number.POSITIVE_INFINITY;
    for (const { update, losses } of points) {
      const snapshot = snapshots.find((one) => one.update === update);
      expect(snapshot, `update ${update}`).toBeDefined();
      const { scores, labels } = snapshot!.preview;
      expect(losses.auc).toBeCloseTo(aucByPairs(scores, labels), 10);
      expect(snapshot!.reason).toContain(`Fréchet distance ${losses.distance.toPrecision(3)}`);
      expect(snapshot!.reason).toContain(`image AUC ${losses.auc.toFixed(2)}, by labels`);
      expect(snapshot!.reason.includes('the lowest so far')).toBe(losses.distance < lowest);
      lowest = Math.min(lowest, losses.distance);
    }
    const { names, references } = snapshots[0].preview;
    // Subjects from 100000 on are the reference.
    expect([references, names.map((name) => / 10[01]\d{3}$/.test(name))]).toEqual([3, [false, false, false, true, true, true]]);
    const wanted = points.map(({ update, losses: { distance, auc } }) => ({ update, distance, auc }));
    expect(checked).toEqual([1, 2, 3].map((n) => wanted.slice(0, n)));
  }, 120_000);

  it('gone back to, later ones are forgotten', async () => {
    const [first] = of(reports, 'snapshots')
      .at(-1)!
      .snapshots.filter(({ update }) => update === 10);
    const { checked } = found(await send({ kind: 'restore', run: 'labelled', snapshot: first.id }));
    expect(checked.map((all) => all.map(({ update }) => update))).toEqual([[10]]);
  });

  it('where nobody watches the same is found, and no pictures or snapshots are made', async () => {
    const seen: Report[] = [];
    const alone = new Session((report) => seen.push(report), nodePlatform, false);
    await alone.handle({ kind: 'open', backend: 'wasm', threads: 1 });
    await alone.handle({ kind: 'phantom', variant: 'standard', size: 32, seed: 0 });
    await alone.handle(train('alone'));
    const checked = of(seen, 'selection').at(-1)!.checked;
    expect(checked).toEqual(of(reports, 'selection').find((report) => report.checked.length === 3)!.checked);
    expect([...of(seen, 'preview'), ...of(seen, 'snapshots')]).toEqual([]);
    await alone.close();
  }, 120_000);

  it('without labels there is the distance alone', async () => {
    const pngs = (count: number, phase: number) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, k) => [`${phase}-${k}.png`, pngFile(32, 32, (x, y) => (x * y * (k + phase) + 40 * Math.sin(x + k)) & 255)]),
      ); // biome-ignore format: one line
    await send({ kind: 'use', set: 'mine' });
    await send({ kind: 'load', role: 'reference', files: drop(pngs(100, 1)) });
    await send({ kind: 'load', role: 'mixed', files: drop(pngs(100, 3)) });
    const { points, snapshots, checked, phase } = found(await send(train('unlabelled')));
    expect(phase).toBe('done');
    expect(points.map(({ losses }) => Object.keys(losses))).toEqual([['distance'], ['distance'], ['distance']]);
    expect(snapshots.map(({ reason }) => reason).join()).not.toContain('AUC');
    expect(checked.at(-1)?.map(({ auc }) => auc)).toEqual([null, null, null]);
  }, 120_000);
});
