/** What is shown of a run besides its losses and scores: the watch for collapse, and the terms of a search. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { hashUnit } from '../../core/hashUnit';
import { Random } from '../../core/random';
import { startBackend } from '../../kernels/testBackend';
import { anogan } from '.';
import { acae } from './acae';
import { discriminationLoss, residualLoss } from './losses';
import { DiscriminatorNetwork, GeneratorNetwork, type Networks } from './network';
import { type Discrimination, mapToLatent } from './search';
import { discriminatorGradients } from './train';

beforeAll(() => startBackend('wasm'));

const CONFIG = { size: 32, width: 4, latent: 5 };
const images = (n: number, k: number) =>
  tf.tensor4d(
    Float32Array.from(hashUnit(k, n * 1024), (v) => 0.9 * v),
    [n, 32, 32, 1],
  );
const codes = (n: number, k: number) => tf.tensor2d(Float32Array.from(hashUnit(k, n * 5)), [n, 5]);
const networks = (): Networks => ({
  generator: GeneratorNetwork.fresh(CONFIG, new Random(1)),
  discriminator: DiscriminatorNetwork.fresh(CONFIG, new Random(2)),
});
const read = (t: tf.Tensor) => Array.from(t.dataSync<'float32'>());

describe('the watch for collapse', () => {
  const { least } = anogan.spec.losses.spread.watch!;
  const spreadOf = (both: Networks) => read(discriminatorGradients(both, images(12, 3), codes(12, 4)).losses.spread)[0];

  it('falls below what is watched for when images are nearly, but not quite, alike', () => {
    const varied = networks();
    // Loud enough for a fresh G, whose images are faint, to be as varied as the hash images of this test.
    tf.tidy(() => varied.generator.variables['bn3.gamma'].assign(tf.fill([4], 60)));
    expect(spreadOf(varied)).toBeGreaterThan(2 * least);
    const alike = networks();
    tf.tidy(() => {
      alike.generator.variables['bn3.gamma'].assign(tf.fill([4], 0.01));
      alike.generator.variables['bn3.beta'].assign(tf.fill([4], 30));
    });
    const shown = read(alike.generator.generate(codes(2, 5), 'batch').image);
    expect(shown.slice(0, 1024)).not.toEqual(shown.slice(1024));
    expect(spreadOf(alike)).toBeLessThan(least / 2);
    expect(acae.spec.losses.spread.watch?.least).toBe(least);
  });
});

it('a search says its two losses at every step: those of the image beside them', () => {
  const both = networks();
  const x = images(2, 7);
  const settings = { steps: 4, rate: 0.05, lambda: 0.1, nesterov: false, discrimination: 'features' as Discrimination };
  const steps = mapToLatent(both, x, [codes(2, 8)], settings);
  const features = both.discriminator.judge(x, 'moving').features;
  for (let step = 1; step <= 4; step++) {
    const { image, terms } = steps.next().value as { image: tf.Tensor4D; terms: Record<string, tf.Tensor1D> };
    const [residual, discrimination] = [
      residualLoss(x, image),
      discriminationLoss(features, both.discriminator.judge(image, 'moving').features),
    ];
    expect(Object.keys(terms)).toEqual(Object.keys(anogan.spec.traces!));
    read(terms.residual).forEach((v, i) => {
      expect(v / read(residual)[i]).toBeCloseTo(1, 5);
    });
    read(terms.discrimination).forEach((v, i) => {
      expect(v / read(discrimination)[i]).toBeCloseTo(1, 5);
    });
  }
  steps.return(undefined as never);
});
