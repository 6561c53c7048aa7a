import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../core/random';
import type { Scored } from '../model';
import { vae } from '.';
import { klTerms, projectionEnergy, reconstructionTerms } from './losses';
import { layout, PAPER_CHANNELS, VaeNetwork } from './network';
import { project, score } from './score';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

it.each([
  [32, 999_936],
  [64, 1_393_152],
  [256, 3_752_448],
])('has the paper’s number of weights at l = %i', (latent, count) => {
  const kernels = Object.values(layout({ size: 64, channels: PAPER_CHANNELS, latent }));
  expect(kernels.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)).toBe(count);
});

it('builds those weights', () => {
  const trainer = vae.build(vae.spec.presets.demo.params, 64, 64, 1);
  const sizes = Object.entries(trainer.variables).map(([name, v]) => [/\/[mv]$/.test(name) ? 'moments' : 'weights', v.size] as const);
  const total = (kind: string) => sizes.reduce((sum, [k, n]) => sum + (k === kind ? n : 0), 0);
  expect([total('weights'), total('moments')]).toEqual([999_936, 2 * 999_936]);
  trainer.dispose();
});

describe('sizes it cannot take', () => {
  it.each([8, 40, 63])('%i is refused with one that works', (size) => {
    expect(() => VaeNetwork.fresh({ size, channels: PAPER_CHANNELS, latent: 2 }, new Random(1))).toThrow(
      /multiple of 16, not \d+\. Choose (16|32|48|64)\./,
    );
  });

  it('a slice that is not square is refused', () => {
    expect(() => vae.build(vae.spec.presets.demo.params, 64, 48, 1)).toThrow('64 × 48');
  });
});

describe('losses, against sums written out', () => {
  const x = [0.5, -1, 2, 0, 1, 1, -0.5, 0.25];
  const y = [0.25, -1, 1, 1, 0, 1, -1.5, 0];
  const image = (values: number[]) => tf.tensor4d(values, [2, 2, 2, 1]);
  const halves = <T>(values: T[]) => [values.slice(0, 4), values.slice(4)];

  it('reconstruction: ½ (x − x̂)² + ½ log 2π a pixel', () => {
    const expected = halves(x.map((v, i) => 0.5 * (v - y[i]) ** 2 + 0.9189385332046727)).map((terms) => terms.reduce((a, b) => a + b));
    reconstructionTerms(image(x), image(y))
      .dataSync()
      .forEach((v, i) => {
        expect(v).toBeCloseTo(expected[i], 5);
      });
  });

  it('KL of a diagonal Gaussian from the standard normal', () => {
    const mu = [0.5, -1, 0, 2];
    const logSigma = [0, 0.5, -1, -0.25];
    const term = (m: number, s: number) => 0.5 * (m * m + Math.exp(2 * s) - 1) - s;
    const kl = klTerms({ mu: tf.tensor2d(mu, [2, 2]), logSigma: tf.tensor2d(logSigma, [2, 2]) }).dataSync();
    expect(kl[0]).toBeCloseTo(term(0.5, 0) + term(-1, 0.5), 5);
    expect(kl[1]).toBeCloseTo(term(0, -1) + term(2, -0.25), 5);
    expect(klTerms({ mu: tf.zeros([1, 3]), logSigma: tf.zeros([1, 3]) }).dataSync()[0]).toBe(0);
  });

  it('projection energy: reconstruction and λ times the distance moved', () => {
    const start = [0, 0, 0, 0, 1, 1, 1, 1];
    const moved = x.reduce((sum, v, i) => sum + Math.abs(v - start[i]), 0);
    const [first, second] = reconstructionTerms(image(x), image(y)).dataSync();
    expect(projectionEnergy(image(x), image(start), image(y), 0.7).dataSync()[0]).toBeCloseTo(first + second + 0.7 * moved, 4);
  });
});

it('lowers the energy as it projects', () => {
  const trainer = vae.build({ ...vae.spec.presets.demo.params, latent: 2 }, 32, 32, 3);
  const network = new VaeNetwork({ size: 32, channels: PAPER_CHANNELS, latent: 2 }, trainer.variables as Record<string, tf.Variable>);
  const x = tf.tensor4d(Float32Array.from({ length: 1024 }, (_, i) => Math.sin(i)), [1, 32, 32, 1]); // biome-ignore format: one line
  const energy = (image: tf.Tensor4D) => tf.tidy(() => projectionEnergy(image, x, network.reconstruct(image), 0.05).dataSync()[0]);
  const seen = [energy(x)];
  const steps = project(network, x, { beta: 1, projectionSteps: 5, projectionRate: 0.03, lambda: 0.05 });
  for (let next = steps.next(); !next.done; next = steps.next()) seen.push(energy(next.value.image));
  expect(seen.length).toBe(6);
  for (let i = 1; i < seen.length; i++) expect(seen[i]).toBeLessThan(seen[i - 1]);
  trainer.dispose();
});

it('Combi is the KL-gradient, smoothed by a 7 × 7 Gaussian of σ 3 where asked, times the squared error, which stays sharp', () => {
  const side = 32;
  const network = VaeNetwork.fresh({ size: side, channels: PAPER_CHANNELS, latent: 2 }, new Random(3));
  const x = tf.randomNormal([1, side, side, 1], 0, 1, 'float32', 4) as tf.Tensor4D;
  const mapOf = (scorer: string, smooth: boolean) => {
    const { value } = score(network, x, scorer, smooth, { beta: 1, projectionSteps: 1, projectionRate: 0.03, lambda: 1 }).next();
    return (value as Scored).map!.dataSync<'float32'>();
  };
  const gradient = mapOf('KL-grad', false);
  const error = mapOf('Rec-Error', false);
  const taps = Array.from({ length: 7 }, (_, i) => Math.exp(-((i - 3) ** 2) / 18));
  const total = taps.reduce((a, b) => a + b) ** 2;
  const at = (values: ArrayLike<number>, r: number, c: number) => (r < 0 || c < 0 || r >= side || c >= side ? 0 : values[r * side + c]);
  const plain = mapOf('Combi', false);
  const smooth = mapOf('Combi', true);
  const largest = smooth.reduce((a, v) => Math.max(a, v), 0);
  for (let i = 0; i < side * side; i++) {
    const [r, c] = [Math.floor(i / side), i % side];
    let around = 0;
    taps.forEach((down, j) => {
      taps.forEach((across, k) => {
        around += (down * across * at(gradient, r + j - 3, c + k - 3)) / total;
      });
    });
    expect(Math.abs(smooth[i] - around * error[i])).toBeLessThanOrEqual(1e-5 * largest);
    expect(Math.abs(plain[i] - gradient[i] * error[i])).toBeLessThanOrEqual(1e-5 * largest);
  }
});
