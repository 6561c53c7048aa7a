import * as tf from '@tensorflow/tfjs';
import { Random } from '../../core/random';
import type { ModelSpec, Params } from '../../core/types';
import { Adam } from '../../nn/adam';
import type { AnomalyModel } from '../model';
import { labFeatures } from './features';
import { CriticNetwork, coloured, fresh, GeneratorNetwork, type HealthyGanConfig, type Initialisation, layersFor, layout } from './network';
import { Turns, taken } from './schedule';
import { gray, project, score } from './score';
import { A2BGAN_SPEC, HEALTHYGAN_SPEC } from './spec';
import { type TrainSettings, train } from './train';

export const configOf = ({ channels, width, blocks, criticLayers }: Params, size: number): HealthyGanConfig => ({
  size,
  channels: channels === 0 ? 1 : 3,
  width,
  blocks,
  criticLayers: criticLayers === 0 ? layersFor(size) : criticLayers,
});

const settingsOf = (p: Params): TrainSettings => ({
  batch: p.batch,
  rates: { critic: p.criticRate, generator: p.rate, warmUp: p.warmUpRate },
  weights: p as Params & TrainSettings['weights'],
  mirror: p.mirror === 1,
  checkpointEvery: p.checkpointEvery,
});

const within = (network: string, variables: Readonly<Record<string, tf.Variable>>) =>
  Object.fromEntries(Object.entries(variables).map(([name, variable]) => [`${network}/${name}`, variable]));

const SETS = { mixed: 'The mixed set', reference: 'The healthy reference' } as const;

/** A set of whole slices that would fill no batch without repeating itself. Patches of one slice differ, so nobody asks this of them. */
const lacks: AnomalyModel['lacks'] = ({ batch }, count) => {
  const few = (['mixed', 'reference'] as const).find((role) => count(role) < batch);
  if (!few) return null;
  const n = count(few);
  return `${SETS[few]} holds ${n} slices, fewer than a batch of ${batch}. Add slices, or choose a batch of ${n} or less.`;
};

const model = (spec: ModelSpec): AnomalyModel => ({
  spec,
  updates: ({ updates }) => updates,
  turns: (updates, { criticUpdates, warmUp }) => taken(updates, criticUpdates, warmUp),
  lacks,
  brief: (params) => ({ ...params, warmUp: 0, criticUpdates: 1 }),
  build(params, height, width, seed) {
    if (height !== width) throw new RangeError(`${spec.title} takes square slices, not ${height} × ${width}.`);
    const config = configOf(params, height);
    const layouts = layout(config);
    const random = new Random(seed);
    const start: Initialisation = params.criticStart === 0 ? 'pytorch' : 'he';
    const generator = new GeneratorNetwork(config, (name) => fresh(layouts.generator[name], random, 'pytorch'));
    const critic = new CriticNetwork(config, (name) => fresh(layouts.critic[name], random, start));
    const adam = ({ variables }: typeof generator | typeof critic, rate: number) => new Adam(variables, [rate, 0.5, 0.999, 1e-8]);
    const turns = new Turns(adam(critic, params.criticRate), adam(generator, params.rate), {
      warmUp: params.warmUp,
      criticUpdates: params.criticUpdates,
      updates: params.updates,
      decay: params.decay,
    });
    const empty = () => tf.tidy(() => tf.variable(tf.zeros([params.batch, height, width, 1]), false));
    const batches = { mixed: empty(), reference: empty() };
    const variables = {
      ...within('generator', { ...generator.variables, ...turns.generator.moments }),
      ...within('critic', { ...critic.variables, ...turns.critic.moments }),
      ...within('batch', batches),
    };
    return {
      variables,
      get updates() {
        return turns.updates;
      },
      set updates(n) {
        turns.updates = n;
      },
      train: (sampler) => train({ networks: { generator, critic }, turns, batches }, sampler, settingsOf(params)),
      score: (x, scorer, smooth) => score(generator, x, scorer, smooth),
      features: (x, translated) =>
        tf.tidy(() => labFeatures(translated ? gray(project(generator, coloured(x, config.channels)).translated) : x)),
      dispose: () => tf.dispose(variables),
    };
  },
});

export const healthygan = model(HEALTHYGAN_SPEC);
export const a2bgan = model(A2BGAN_SPEC);
