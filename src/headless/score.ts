import { parseArgs } from 'node:util';
import { PAPER_RECIPE } from '../core/recipe';
import { Client } from './client';
import { evaluateAll } from './evaluateAll';
import { claimFolder } from './folder';
import { eachWithOption } from './paths';
import { simulationOf } from './simulate';
import { specOf } from './train';
import { UsageError } from './usage';
import { readRun } from './write';

const RUN = 'run';

/** Scores a test set with a trained run; thresholds are those recorded at training, since no reference is loaded. */
export async function score(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args: eachWithOption(args),
    options: {
      run: { type: 'string' },
      test: { type: 'string', multiple: true },
      scorers: { type: 'string' },
      backend: { type: 'string' },
      threads: { type: 'string' },
      kernels: { type: 'string' },
      simulate: { type: 'string' },
      out: { type: 'string' },
    },
  });
  if (!values.run) throw new UsageError('--run is missing: the --out folder of a training run.');
  if (!values.out) throw new UsageError('--out is missing: the folder for the results.');
  const { record, checkpoint } = readRun(values.run);
  // A run on the phantom says what it was tested on: the command can draw that again.
  const own = record.data.phantomSeed === null ? [] : record.data.reference;
  const test = values.test ?? own;
  if (test.length === 0) throw new UsageError('--test is missing: files or folders to score.');
  const simulation = values.simulate === undefined ? (values.test ? null : record.simulation) : simulationOf(values.simulate);
  const client = new Client();
  const interrupt = () => {
    client.progress.line('Interrupted: nothing was written.');
    process.exit(130);
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  const engine = await client.open(values.backend ?? 'auto', values.threads, values.kernels);
  const spec = specOf(engine.models, record.model);
  const scorers = values.scorers?.split(',') ?? [spec.lead];
  const unknown = scorers.find((id) => !spec.scorers.some((s) => s.id === id));
  if (unknown) throw new UsageError(`${spec.id} has no scorer "${unknown}"; it has ${spec.scorers.map((s) => s.id).join(', ')}.`);
  claimFolder(values.out, 'or delete it if the run is not needed.');
  if (simulation) await client.send({ kind: 'simulate', simulation });
  await client.loadData({ reference: [], mixed: [], test: [...test] }, record.params.size, record.recipe ?? PAPER_RECIPE);
  const { model, preset, params, seed } = record;
  await client.session.attach({ kind: 'train', run: RUN, model, preset, params, seed }, checkpoint);
  const { metrics, baselines, files } = await evaluateAll(client, RUN, spec, scorers, values.out, record.thresholds, null);
  for (const file of files) client.progress.line(`wrote ${file}`);
  const { backend, adapter } = engine;
  console.log(
    JSON.stringify({
      model,
      preset,
      params,
      seed,
      backend,
      adapter,
      updates: checkpoint.update,
      slices: client.sliceCounts(),
      metrics,
      baselines,
    }),
  );
}
