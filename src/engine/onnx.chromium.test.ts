/** What is written down on WebGPU is what is written down on WASM, whose graphs onnx.test.ts runs: the same nodes, the same weights. */
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { MODELS } from '../models/registry';
import { openBackend } from './backend';
import { graphOf } from './onnx';
import { browserPlatform } from './platform';

const SMALL = { size: 32, width: 4, latent: 8, batch: 2, discriminatorBatch: 4, blocks: 1 };

async function graphs(backend: 'wasm' | 'webgpu') {
  await openBackend(backend, browserPlatform, () => {}, backend === 'wasm' ? 1 : null);
  expect(tf.getBackend()).toBe(backend);
  const all: Record<string, Awaited<ReturnType<typeof graphOf>>> = {};
  for (const { spec, build } of Object.values(MODELS)) {
    const small = Object.entries(SMALL).filter(([name]) => name in spec.params);
    const trainer = build({ ...spec.presets.demo.params, ...Object.fromEntries(small) }, 32, 32, 5);
    for (const scorer of spec.scorers)
      if (!scorer.combines && (!scorer.iterative || trainer.atCode))
        all[`${spec.id} ${scorer.id}`] = await graphOf({ spec, trainer, height: 32, width: 32, scorer, smooth: scorer.smooth });
    trainer.dispose();
  }
  return all;
}

it('writes every score on WebGPU as on WASM', async () => {
  const expected = await graphs('wasm');
  const actual = await graphs('webgpu');
  expect(Object.keys(expected).length).toBeGreaterThan(15);
  for (const [name, { nodes, initializers, outputs }] of Object.entries(expected)) {
    expect(actual[name].nodes, name).toEqual(nodes);
    expect(actual[name].outputs, name).toEqual(outputs);
    for (const [i, { name: tensor, values }] of initializers.entries()) {
      const found = actual[name].initializers[i];
      expect(found.name, name).toBe(tensor);
      // NaN is what a search that diverged would be given.
      const apart = Array.from(values, (v, k) => (Object.is(v, found.values[k]) ? 0 : Math.abs(v - found.values[k])));
      expect(
        apart.every((difference) => difference < 1e-5),
        `${name}: ${tensor}`,
      ).toBe(true);
    }
  }
});
