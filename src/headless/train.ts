import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { paramProblem } from '../core/params';
import { PAPER_RECIPE, type Preparation } from '../core/recipe';
import type { Simulation } from '../core/simulation';
import type { ModelSpec, Params } from '../core/types';
import type { Checkpoint } from '../engine/checkpoint';
import { Client, type DataPaths } from './client';
import { evaluateAll, headline, type Thresholds } from './evaluateAll';
import { claimFolder } from './folder';
import { eachWithOption } from './paths';
import { recipeOf } from './recipe';
import { simulationOf } from './simulate';
import { UsageError } from './usage';
import { readRun, writeJson, writeRun } from './write';

const RUN = 'run';

type Plan = {
  model: string;
  preset: string;
  params: Params;
  /** Parameters that were given by name: they win over those of the probe. */
  given: Params;
  seed: number;
  data: DataPaths;
  recipe: Preparation;
  simulation: Simulation | null;
  out: string;
  backend: string;
  threads?: string;
  kernels?: string;
  replay: boolean;
  memory?: string;
  scorers: string[] | null;
  from: Checkpoint | null;
  /** Whether `out` is the folder of the run that it goes on with. */
  continues: boolean;
  /** Fingerprint of what a resumed run learnt from, where its record has one. */
  training?: string;
};

export async function train(args: string[]): Promise<void> {
  const client = new Client();
  let interrupted: number | null = null;
  let written: string | null = null;
  const interrupt = () => {
    if (written !== null) {
      client.progress.line(`Interrupted while scoring: the weights are kept. Score with: npm run lab -- train --resume ${written}`);
      process.exit(130);
    }
    if (!client.run) client.progress.line('Interrupted before training began: nothing was written.');
    // A terminal's Ctrl C reaches this process twice where another one started it: within half a second it is the same one.
    if (interrupted !== null && performance.now() - interrupted < 500) return;
    if (interrupted !== null || !client.run) process.exit(130);
    interrupted = performance.now();
    const { phase } = client.run;
    const then =
      phase === 'preparing' ? 'stopping' : phase === 'running' ? 'finishing this update and writing a checkpoint' : 'writing the run';
    client.progress.line(`Interrupted: ${then}. Press again to leave at once.`);
    void client.session.handle({ kind: 'stop', run: RUN });
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);

  const plan = await planOf(args, client);
  const engine = client.engine ?? (await client.open(plan.backend, plan.threads, plan.kernels, plan.memory, plan.replay));
  const spec = specOf(engine.models, plan.model);
  const scorers = plan.scorers ?? spec.scorers.map((s) => s.id);
  claimFolder(plan.out, plan.continues ? null : `go on with that run (train --resume ${plan.out}) or delete it.`);
  if (plan.simulation) await client.send({ kind: 'simulate', simulation: plan.simulation });
  const phantomSeed = await client.loadData(plan.data, plan.params.size, plan.recipe);
  // The probe finds the number of updates: it has nothing to find where that was given.
  if (plan.preset === 'machine' && !plan.from && !plan.given.updates && !plan.given.epochs) {
    await client.send({ kind: 'probe', model: plan.model, params: plan.params });
    if (client.machine) {
      plan.params = { ...client.machine.params, ...plan.given };
      client.progress.line(client.machine.about);
    }
  }

  const { model, preset, params, seed } = plan;
  const command = { kind: 'train', run: RUN, model, preset, params, seed } as const;
  if (plan.training && plan.training !== (await client.session.training())) {
    const { reference, mixed } = client.sliceCounts();
    throw new UsageError(
      `These are not the images that the run was trained on: ${reference} reference and ${mixed} mixed slices now, of another fingerprint. Put back the files of ${[...plan.data.reference, ...plan.data.mixed].join(', ')}, or train anew.`,
    );
  }
  if (plan.from) await client.session.resume(command, plan.from);
  else await client.send(command);
  const state = client.run;
  const checkpoint = await client.session.checkpoint();
  if (interrupted !== null && !checkpoint) {
    client.progress.line('Stopped before the first update: nothing was written.');
    process.exitCode = 130;
    return;
  }
  if (!state || !checkpoint) throw new Error('The run ended before it began.');

  const slices = client.sliceCounts();
  const training = await client.session.training();
  const record = (thresholds: Thresholds) => ({
    ...headline(engine, state, slices),
    update: state.update,
    updates: state.updates,
    data: { ...plan.data, phantomSeed },
    // The phantom is drawn ready for a network.
    recipe: phantomSeed === null ? { ...plan.recipe, size: params.size } : null,
    simulation: plan.simulation,
    thresholds,
    scorers: plan.scorers,
    training,
    ...(state.phase === 'failed' && { failure: state.message ?? 'The run failed.' }),
  });
  writeRun(plan.out, record({}), checkpoint);
  if (state.phase === 'failed') throw new Error(state.message ?? 'The run failed.');
  if (interrupted !== null) {
    client.progress.line(`Stopped at update ${state.update} of ${state.updates}. Go on with: npm run lab -- train --resume ${plan.out}`);
    process.exitCode = 130;
    return;
  }
  written = plan.out;
  const { selection } = client;
  const none = { metrics: {}, baselines: {}, thresholds: {} };
  if (slices.test === 0 && selection) writeJson(plan.out, 'metrics.json', { metrics: {}, baselines: {}, selection });
  const { metrics, baselines, thresholds } =
    slices.test > 0 ? await evaluateAll(client, RUN, spec, scorers, plan.out, {}, selection) : none;
  writeRun(plan.out, record(thresholds), checkpoint);
  console.log(JSON.stringify({ ...headline(engine, state, slices), metrics, baselines, ...(selection && { selection }) }));
}

/** Options that a resumed run heeds: where it runs and where it writes. */
const WITH_RESUME = ['resume', 'out', 'backend', 'threads', 'kernels', 'replay', 'memory'];

async function planOf(args: string[], client: Client): Promise<Plan> {
  const { values } = parseArgs({
    args: eachWithOption(args),
    options: {
      model: { type: 'string' },
      preset: { type: 'string' },
      param: { type: 'string', multiple: true },
      size: { type: 'string' },
      recipe: { type: 'string', multiple: true },
      simulate: { type: 'string' },
      updates: { type: 'string' },
      seed: { type: 'string' },
      scorers: { type: 'string' },
      reference: { type: 'string', multiple: true },
      mixed: { type: 'string', multiple: true },
      test: { type: 'string', multiple: true },
      backend: { type: 'string' },
      threads: { type: 'string' },
      kernels: { type: 'string' },
      replay: { type: 'boolean' },
      memory: { type: 'string' },
      out: { type: 'string' },
      resume: { type: 'string' },
    },
  });
  const backend = values.backend ?? 'auto';
  if (values.resume) {
    const fixed = Object.keys(values).filter((name) => !WITH_RESUME.includes(name));
    if (fixed.length > 0)
      throw new UsageError(
        `--resume goes on with what ${values.resume}/run.json says, which --${fixed.join(' and --')} cannot change. Leave out all but --${WITH_RESUME.slice(1).join(', --')}, or train anew.`,
      );
    const { record, checkpoint } = readRun(values.resume);
    const { model, preset, params, seed, data, scorers, training, failure } = record;
    const out = values.out ?? values.resume;
    if (failure) throw new UsageError(`This run failed: ${failure} It can be scored; to train, start a run with other parameters.`);
    return {
      model,
      preset,
      params,
      given: {},
      seed,
      data,
      recipe: record.recipe ?? PAPER_RECIPE,
      simulation: record.simulation ?? null,
      scorers,
      out,
      backend: values.backend ?? record.backend,
      threads: values.threads,
      kernels: values.kernels ?? (record.kernels.length > 0 ? 'own' : 'stock'),
      replay: values.replay ?? record.replay ?? false,
      memory: values.memory,
      from: checkpoint,
      continues: resolve(out) === resolve(values.resume),
      training,
    };
  }
  if (!values.model) throw new UsageError('--model is missing.');
  if (!values.out) throw new UsageError('--out is missing: the folder for the run.');
  if (!values.reference?.length) throw new UsageError('--reference is missing: healthy images, or "phantom".');
  const spec = specOf((await client.open(backend, values.threads, values.kernels, values.memory, values.replay)).models, values.model);
  const preset = values.preset ?? 'demo';
  if (!spec.presets[preset]) throw new UsageError(`${spec.id} has no preset "${preset}"; it has ${Object.keys(spec.presets).join(', ')}.`);
  const given: Params = Object.fromEntries((values.param ?? []).map(parameter));
  if (values.size) given.size = numberOf(values.size);
  if (values.updates) Object.assign(given, { updates: numberOf(values.updates), ...(spec.params.epochs && { epochs: 0 }) });
  const params = { ...spec.presets[preset].params, ...given };
  const problem = paramProblem(spec, params);
  if (problem) throw new UsageError(problem);
  const seed = Number(values.seed ?? 0);
  if (!Number.isInteger(seed) || seed < 0) throw new UsageError(`--seed is a whole number from 0, not "${values.seed}".`);
  const scorers = values.scorers?.split(',') ?? null;
  const unknown = scorers?.find((id) => !spec.scorers.some((s) => s.id === id));
  if (unknown) throw new UsageError(`${spec.id} has no scorer "${unknown}"; it has ${spec.scorers.map((s) => s.id).join(', ')}.`);
  const data = { reference: values.reference, mixed: values.mixed ?? [], test: values.test ?? [] };
  const recipe = recipeOf(values.recipe ?? []);
  return {
    model: spec.id,
    preset,
    params,
    given,
    seed,
    data,
    recipe,
    simulation: values.simulate === undefined ? null : simulationOf(values.simulate),
    out: values.out,
    backend,
    threads: values.threads,
    kernels: values.kernels,
    replay: values.replay ?? false,
    memory: values.memory,
    scorers,
    from: null,
    continues: false,
  };
}

export function specOf(models: readonly ModelSpec[], id: string): ModelSpec {
  const spec = models.find((m) => m.id === id);
  if (!spec) throw new UsageError(`The lab has no model "${id}"; it has ${models.map((m) => m.id).join(', ')}.`);
  return spec;
}

/** `key=value`; a value that is no number becomes NaN, which no parameter allows. */
function parameter(pair: string): [string, number] {
  const at = pair.indexOf('=');
  return at < 0 ? [pair, Number.NaN] : [pair.slice(0, at), numberOf(pair.slice(at + 1))];
}

const numberOf = (text: string) => (text.trim() === '' ? Number.NaN : Number(text));
