/** Commands that take something away from the lab, or bring it back. */
import type { Command, Report } from '../core/protocol';
import type { KeptRun } from '../core/runs';
import { ROLE_TITLES, type Role, type Slice } from '../core/types';
import { scorerOf } from '../models/registry';
import { readCapsule, writeCapsule } from './capsule';
import type { Checkpoint } from './checkpoint';
import { checkpointOf } from './checkpoint';
import { gather, type RawEvaluation } from './evaluate';
import { exportMaps, exportWeights, weightsFile } from './export';
import { hashesOf, trainingOf } from './fingerprint';
import { meter } from './meter';
import type { Run } from './run';
import { readSafetensors } from './safetensors';
import type { SamplerState } from './sampler';
import { toBytes } from './sources';
import type { Study } from './study';

export type KeepingCommand = Extract<
  Command,
  { kind: 'export' | 'exportWeights' | 'exportOnnx' | 'keep' | 'pack' | 'unpack' | 'attach' | 'pictures' }
>;

/** What these commands need of a session. */
export type Lab = {
  study: Study;
  post(report: Report): void;
  /** @throws Error when another run is loaded */
  loaded(run: string): Run;
  /** The last evaluation if it is this one, else a new one. @throws Error when the test set cannot be scored */
  evaluationOf(run: string, scorer: string, smooth: boolean): Promise<RawEvaluation>;
  /** @throws Error while a run is under way */
  assertIdle(): void;
  /** Makes a run with these weights the loaded one. */
  attachStopped(kept: KeptRun, checkpoint: Checkpoint): Promise<void>;
};

/** @throws Error with the sentence to show */
export async function perform(command: KeepingCommand, lab: Lab): Promise<void> {
  switch (command.kind) {
    case 'export':
      return exporting(lab, () => exportOf(command, lab));
    case 'exportWeights':
      return exporting(lab, async () => {
        const run = lab.loaded(command.run);
        return exportWeights(run.model.spec.id, await checkpointOf(run), `wildcut-${run.id}`);
      });
    case 'exportOnnx':
      return exporting(lab, () => onnxFileOf(command, lab));
    case 'keep':
      return keep(lab.loaded(command.run), lab);
    case 'pack':
      return exporting(lab, async () => {
        const { kept, figures, withPixels } = command;
        const note = withPixels ? 'With score maps and masks, which show anatomy.' : 'Without pixels: no images, maps or masks.';
        return { name: `wildcut-${kept.record.run}.capsule.zip`, file: await writeCapsule(kept, figures, withPixels), note };
      });
    case 'unpack':
      return lab.post({ kind: 'unpacked', kept: await readCapsule(command.file) });
    case 'attach':
      return attach(command.kept, lab);
    case 'pictures':
      return pictures(lab);
    default:
      command satisfies never;
  }
}

async function exporting({ post }: Lab, make: () => ReturnType<typeof exportMaps>): Promise<void> {
  try {
    post({ kind: 'progress', task: 'export', done: 0, total: 0, unit: 'files', perSecond: 0, etaSeconds: null, detail: '' });
    post({ kind: 'exported', ...(await make()) });
  } finally {
    post({ kind: 'finished', task: 'export' });
  }
}

async function exportOf(command: Extract<Command, { kind: 'export' }>, lab: Lab): ReturnType<typeof exportMaps> {
  const { run, update, scorer, smooth, cut } = command;
  const now = lab.loaded(run).runner.update;
  if (now !== update)
    throw new Error(`The run stands at update ${now} now; these scores are of update ${update}. Score it again, then save.`);
  const raw = await lab.evaluationOf(run, scorer, smooth);
  const grids = lab.study.testVolumes();
  const { height } = raw.evaluation;
  for (const { size } of grids.values())
    if (size !== height)
      throw new Error(`The files were cut anew, into ${size} pixels, since this run scored them at ${height}. Score it again, then save.`);
  const volumes = new Set(raw.slices.map((slice) => slice.volume)).size;
  const progress = meter('export', 'files', lab.post);
  return exportMaps(raw, grids, cut, stemOf(run, scorer), (done) => progress(done, volumes));
}

async function onnxFileOf({ run: id, scorer: scorerId, smooth, made }: Extract<Command, { kind: 'exportOnnx' }>, lab: Lab) {
  const { exportOnnx } = await import('./onnx');
  const { model, trainer, runner, params } = lab.loaded(id);
  const { spec } = model;
  const scorer = scorerOf(spec, scorerId);
  const scoring = { spec, trainer, height: params.size, width: params.size, scorer, smooth };
  return exportOnnx(scoring, { run: id, update: String(runner.update), ...made }, stemOf(id, scorerId));
}

/** 'wildcut-vae-lx3-rec-grad' */
const stemOf = (run: string, scorer: string) => `wildcut-${run}-${scorer.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`.replace(/-$/, '');

async function keep(run: Run, { post }: Lab): Promise<void> {
  const { tensors, ...position } = await checkpointOf(run);
  const training = await trainingOf(run.pool);
  const weights = weightsFile(run.model.spec.id, { ...position, tensors });
  post({ kind: 'keep', run: run.id, training, position, weights });
}

async function attach(kept: KeptRun, lab: Lab): Promise<void> {
  const { record, position, weights } = kept;
  if (!position || !weights) throw new Error('This run was kept without its networks, so it cannot be loaded again.');
  lab.assertIdle();
  const { tensors } = readSafetensors(weights);
  const { study } = lab;
  const before = study.arrangement;
  try {
    await study.arrange({ ...record, size: record.params.size });
    await demandSlices(kept, study);
    await lab.attachStopped(kept, { ...position, sampler: position.sampler as SamplerState, tensors });
  } catch (error) {
    await study.arrange(before);
    throw error;
  }
}

/** @throws Error saying how many of the slices that the run was scored on are here, unless all are */
async function demandSlices({ record, scores }: KeptRun, study: Study): Promise<void> {
  if (!scores) return;
  const here = new Set(await hashesOf(study.roles().test));
  if (here.has('') || scores.slices.some(({ hash }) => hash === ''))
    throw new Error(
      'Whether its images are here cannot be told: over plain http a browser takes no fingerprints. Open the lab over https, or from this machine.',
    );
  const wanted = scores.slices.map((slice) => slice.hash);
  const found = wanted.filter((hash) => here.has(hash)).length;
  if (found === wanted.length) return;
  const { test: _, ...others } = study.roles();
  const elsewhere: string[] = [];
  for (const [role, slices] of Object.entries(others) as [Role, Slice[]][]) {
    const own = new Set(await hashesOf(slices));
    const here = wanted.filter((hash) => own.has(hash)).length;
    if (here > 0) elsewhere.push(`${here} in ${ROLE_TITLES[role]}`);
  }
  if (elsewhere.length > 0)
    throw new Error(
      `Of the ${wanted.length} test slices of "${record.name}" ${found} are in ${ROLE_TITLES.test}, ${elsewhere.join(', ')}. Move those patients to ${ROLE_TITLES.test} on Data, as they were, then open it again.`,
    );
  throw new Error(
    `The images of "${record.name}" are not loaded: ${found} of its ${wanted.length} test slices are here. Load the same files on Data, then open it again.`,
  );
}

async function pictures({ study, post }: Lab): Promise<void> {
  const { test } = study.roles();
  const hashes = await hashesOf(test);
  const { images, truths } = gather(test);
  const { height, width } = test[0] ?? { height: 0, width: 0 };
  post({ kind: 'pictures', pictures: { height, width, hashes, images: toBytes(images), truths } });
}
