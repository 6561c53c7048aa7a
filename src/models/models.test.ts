/** What every model of the registry is held to. A new model meets it by existing. */
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../core/random';
import { type Params, ROLES, type Role } from '../core/types';
import { startBackend } from '../kernels/testBackend';
import type { AnomalyModel, Sampler, Scored, ScoreStep, Trainer } from './model';
import { MODELS } from './registry';

const COUNTS: Record<Role, number> = { reference: 40, mixed: 40, validation: 8, test: 8 };
/** What a test need not wait for: the smallest value of these, where a model has them. */
const SMALL = ['size', 'latent', 'batch', 'discriminatorBatch', 'projectionSteps', 'searchSteps', 'width', 'channels', 'blocks'];

/** Blobs on a background of exact zeros, in ± 1: the least that looks like an input. */
function images(n: number, size: number, random: Random): tf.Tensor4D {
  const values = new Float32Array(n * size * size);
  for (let i = 0; i < values.length; i++) {
    const [y, x] = [Math.floor((i % (size * size)) / size), i % size];
    const inside = Math.hypot(y - size / 2, x - size / 2) < 0.4 * size;
    values[i] = inside ? 0.6 * Math.sin(0.4 * x + random.uniform()) + random.between(-0.3, 0.3) : 0;
  }
  return tf.tensor4d(values, [n, size, size, 1]);
}

const samplerOf = (size: number, seed: number): Sampler => {
  const random = new Random(seed);
  return { random, count: (role) => COUNTS[role], batch: (_, n) => images(n, size, random) };
};

function small(model: AnomalyModel): Params {
  const { params, presets } = model.spec;
  const chosen = { ...presets.demo.params };
  for (const name of SMALL) if (params[name]) chosen[name] = params[name].min;
  if (params.batch) chosen.batch = Math.max(2, params.batch.min);
  return chosen;
}

function run(trainer: Trainer, x: tf.Tensor4D, scorer: string, smooth: boolean): Scored {
  const steps = trainer.score(x, scorer, smooth);
  for (let next = steps.next(); ; next = steps.next()) if (next.done) return next.value;
}

const free = ({ map, scores, views, together }: Scored) =>
  tf.dispose([map, scores, ...Object.values(views), ...Object.values(together ?? {})]);
const tensors = () => tf.memory().numTensors;

beforeAll(() => startBackend('wasm'));

it('there is something to test', () => {
  expect(Object.keys(MODELS).length).toBeGreaterThan(0);
});

describe.each(Object.entries(MODELS))('%s', (id, model) => {
  const { spec } = model;
  let trainer: Trainer | null = null;
  const build = (params: Params, seed = 1) => {
    trainer = model.build(params, params.size, params.size, seed);
    return trainer;
  };
  afterEach(() => {
    trainer?.dispose();
    trainer = null;
  });

  it('has a complete spec', () => {
    expect(spec.id).toBe(id);
    expect(spec.title && spec.about && spec.paper.title).toBeTruthy();
    expect(spec.needs.length).toBeGreaterThan(0);
    for (const role of spec.needs) expect(ROLES).toContain(role);
    const scorers = spec.scorers.map((s) => s.id);
    expect(new Set(scorers).size).toBe(scorers.length);
    expect(scorers).toContain(spec.lead);
    const lead = spec.scorers.find((s) => s.id === spec.lead);
    expect(lead?.combines ?? lead?.iterative, 'the lead is shown while training: one pass, no labels').toBeUndefined();
    for (const scorer of spec.scorers) {
      expect(scorer.about).toMatch(/\.$/);
      for (const part of scorer.combines ?? []) expect(scorers.filter((s) => s !== scorer.id)).toContain(part);
    }
    const networks = Object.keys(spec.networks);
    for (const { label, about } of Object.values(spec.networks)) expect(label && about).toMatch(/\.$/);
    for (const loss of Object.values(spec.losses)) {
      expect(loss.label && loss.axis > 0).toBeTruthy();
      expect(networks).toContain(loss.network);
    }
    const { nodes, arrows } = spec.diagram;
    for (const [name, { label, network, view }] of Object.entries(nodes)) {
      expect(label, name).toBeTruthy();
      if (network) expect(networks, name).toContain(network);
      if (view) expect(['input', ...Object.keys(spec.views)], name).toContain(view);
    }
    for (const network of networks)
      expect(
        Object.values(nodes).some((node) => node.network === network),
        network,
      ).toBe(true);
    for (const [from, to, during = networks[0]] of arrows)
      expect([nodes[from], nodes[to], spec.networks[during]].every(Boolean), `${from} → ${to}`).toBe(true);
    for (const { range } of spec.scorers) if (range) expect(range[0]).toBeLessThan(range[1]);
    expect(spec.series).toBeGreaterThanOrEqual(1);
    expect(spec.series).toBeLessThanOrEqual(6);
    expect(spec.params.size, 'every model is told the size of its slices').toBeDefined();
  });

  it('has parameters whose defaults and presets lie in range', () => {
    for (const [name, p] of Object.entries(spec.params)) {
      expect(p.label && p.paper, name).toBeTruthy();
      expect(p.min, name).toBeLessThan(p.max);
      expect(p.step, name).toBeGreaterThan(0);
      expect(p.default, name).toBeGreaterThanOrEqual(p.min);
      expect(p.default, name).toBeLessThanOrEqual(p.max);
      if (p.options) expect([p.min, p.max, p.step], name).toEqual([0, p.options.length - 1, 1]);
    }
    expect(Object.keys(spec.presets)).toEqual(expect.arrayContaining(['demo', 'machine', 'paper']));
    for (const [preset, { title, about, params }] of Object.entries(spec.presets)) {
      expect(title && about, preset).toBeTruthy();
      expect(Object.keys(params).sort(), preset).toEqual(Object.keys(spec.params).sort());
      for (const [name, value] of Object.entries(params)) {
        expect(value, `${preset}: ${name}`).toBeGreaterThanOrEqual(spec.params[name].min);
        expect(value, `${preset}: ${name}`).toBeLessThanOrEqual(spec.params[name].max);
      }
      const updates = model.updates(params, (role) => COUNTS[role]);
      expect(Number.isInteger(updates) && updates > 0, preset).toBe(true);
    }
  });

  it('trains at the demo preset: finite losses by the names of the spec, every variable finite and some changed', () => {
    const params = spec.presets.demo.params;
    const built = build(params);
    const before = Object.entries(built.variables).map(([name, v]) => [name, v.dataSync().slice()] as const);
    const steps = built.train(samplerOf(params.size, 2));
    for (let i = 1; i <= 2; i++) {
      const { value, done } = steps.next();
      expect(done).toBe(false);
      expect(Object.keys(spec.networks)).toContain(value!.network);
      for (const [name, loss] of Object.entries(value!.losses)) {
        expect(Object.keys(spec.losses)).toContain(name);
        expect(loss.shape).toEqual([]);
        expect(Number.isFinite(loss.dataSync()[0]), name).toBe(true);
      }
      expect(Object.keys(value!.losses).length).toBeGreaterThan(0);
      tf.dispose(value!.losses);
    }
    steps.return();
    expect(built.updates).toBeGreaterThan(0);
    let changed = 0;
    for (const [name, old] of before) {
      const now = built.variables[name].dataSync();
      expect(now.every(Number.isFinite), name).toBe(true);
      if (now.some((v, i) => v !== old[i])) changed++;
    }
    expect(changed).toBeGreaterThan(0);
  });

  it('builds the same weights from the same seed only', () => {
    const params = small(model);
    const weights = (seed: number) => {
      const built = build(params, seed);
      const values = Object.values(built.variables).map((v) => v.dataSync().slice());
      built.dispose();
      trainer = null;
      return values;
    };
    const first = weights(5);
    const same = (other: typeof first) => first.every((values, i) => (values as Float32Array).every((v, k) => v === other[i][k]));
    expect(same(weights(5))).toBe(true);
    expect(same(weights(6))).toBe(false);
  });

  for (const scorer of spec.scorers.filter((s) => !s.combines)) {
    it(`${scorer.id}: finite maps of at least 0, whatever else is in the batch`, () => {
      const params = small(model);
      const built = build(params);
      const size = params.size;
      const x = images(4, size, new Random(3));
      // The same second image between neighbours that are far from the normal.
      const wild = tf.tidy(() => {
        const [a, b, c, d] = tf.split(x, 4);
        return tf.concat([tf.mul(a, 40), b, tf.onesLike(c), tf.mul(d, -9)]) as tf.Tensor4D;
      });
      const before = tensors();
      const calm = run(built, x, scorer.id, scorer.smooth);
      const mixed = run(built, wild, scorer.id, scorer.smooth);
      expect(calm.scores.shape).toEqual([4]);
      expect(calm.scores.dataSync().every(Number.isFinite)).toBe(true);
      for (const [name, view] of Object.entries(calm.views)) {
        expect(spec.views[name], name).toBeTruthy();
        expect(view.shape, name).toEqual([4, size, size, 1]);
        expect(view.dataSync().every(Number.isFinite), name).toBe(true);
      }
      const [a, b] = [calm.scores.dataSync()[1], mixed.scores.dataSync()[1]];
      expect(Math.abs(a - b)).toBeLessThanOrEqual(1e-5 * Math.abs(a));
      expect([calm.map, mixed.map].map(Boolean)).toEqual([!scorer.mapless, !scorer.mapless]);
      if (calm.map && mixed.map) {
        expect(calm.map.shape).toEqual([4, size, size, 1]);
        const map = calm.map.dataSync();
        expect(map.every((v) => Number.isFinite(v) && v >= 0)).toBe(true);
        expect(map.some((v) => v > 0)).toBe(true);
        const second = (t: tf.Tensor) => Array.from(t.dataSync().slice(t.size / 4, t.size / 2));
        const [alone, among] = [second(calm.map), second(mixed.map)];
        const scale = Math.max(...alone);
        alone.forEach((v, i) => {
          expect(Math.abs(v - among[i])).toBeLessThanOrEqual(1e-5 * scale);
        });
        expect(alone).not.toEqual(Array.from(map.slice(0, size * size)));
      } else expect(a).not.toBe(calm.scores.dataSync()[0]);
      free(calm);
      free(mixed);
      expect(tensors()).toBe(before);
    });
  }

  it('makes the same images of the same codes, if it makes any', () => {
    const built = build(small(model));
    const before = tensors();
    const [first, again] = [built.sample?.(3), built.sample?.(3)];
    expect([Boolean(first), Boolean(again)]).toEqual(Array(2).fill('sample' in spec.views));
    if (first && again) {
      const { size } = small(model);
      expect(first.shape).toEqual([3, size, size, 1]);
      const values = first.dataSync();
      expect(values.every(Number.isFinite)).toBe(true);
      expect(again.dataSync()).toEqual(values);
      expect(values.slice(0, size * size)).not.toEqual(values.slice(size * size, 2 * size * size));
      tf.dispose([first, again]);
    }
    expect(tensors()).toBe(before);
  });

  it('says what it shows besides: images on a line of codes, features, the terms of its searches', () => {
    const params = small(model);
    const built = build(params);
    expect([Boolean(built.interpolate), Boolean(built.embed)]).toEqual(['between' in spec.views, Boolean(spec.embedding)]);
    const x = images(2, params.size, new Random(6));
    for (const { id, movesImage } of spec.scorers.filter((scorer) => scorer.iterative)) {
      expect(Boolean(movesImage), `${id}: a search over codes says what it asks at a code`).toBe(built.atCode === undefined);
      const steps = built.score(x, id, false);
      const { terms } = steps.next().value as ScoreStep;
      expect(Object.keys(terms ?? {}), id).toEqual(Object.keys(spec.traces ?? {}));
      for (const term of Object.values(terms ?? {})) expect(term.shape, id).toEqual([2]);
      steps.return(undefined as never);
    }
  });

  it('refuses a scorer it does not have', () => {
    const params = small(model);
    const x = images(1, params.size, new Random(1));
    expect(() => run(build(params), x, 'No-such-score', false)).toThrow('No-such-score');
  });

  it.each(model.spec.params.noise ? [0, 0.05] : [0])(
    'keeps the number of tensors over 200 updates, and gives them all back; noise %s',
    (noise) => {
      const params: Params = noise > 0 ? { ...small(model), noise } : small(model);
      const start = tensors();
      const built = build(params);
      const steps = built.train(samplerOf(params.size, 4));
      let settled = 0;
      for (let i = 1; i <= 202; i++) {
        const { value } = steps.next();
        tf.dispose(value!.losses);
        if (i === 2) settled = tensors();
      }
      expect(tensors()).toBe(settled);
      steps.return();
      built.dispose();
      trainer = null;
      expect(tensors()).toBe(start);
    },
  );

  it('leaks nothing when training is stopped early, before, between and without updates', () => {
    const params = small(model);
    const start = tensors();
    for (const updates of [0, 1, 3]) {
      const built = build(params);
      const steps = built.train(samplerOf(params.size, 4));
      for (let i = 0; i < updates; i++) tf.dispose(steps.next().value!.losses);
      steps.return();
      built.dispose();
      trainer = null;
      expect(tensors()).toBe(start);
    }
  });

  for (const scorer of spec.scorers.filter((s) => s.iterative)) {
    it(`leaks nothing when ${scorer.id} is stopped half way`, () => {
      const params: Params = { ...small(model), projectionSteps: 6, searchSteps: 6 };
      const built = build(params);
      const x = images(2, params.size, new Random(3));
      const before = tensors();
      const steps = built.score(x, scorer.id, false);
      for (let i = 1; i <= 3; i++) {
        const { value, done } = steps.next();
        if (done) throw new Error('It ended before it could be stopped.');
        expect(value).toMatchObject({ step: i });
        expect((value as { image: tf.Tensor }).image.shape).toEqual(x.shape);
      }
      steps.return(undefined as never);
      expect(tensors()).toBe(before);
    });
  }
});
