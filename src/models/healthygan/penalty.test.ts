/** The critic's loss with its gradient penalty, against the same loss in double precision with plain loops, differentiated numerically. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { hashUnit } from '../../core/hashUnit';
import { startBackend } from '../../kernels/testBackend';
import { blend, CriticNetwork, GeneratorNetwork, type HealthyGanConfig, layout, type Networks } from './network';
import { criticGradients, type Weights } from './train';

const CONFIG: HealthyGanConfig = { size: 16, channels: 3, width: 4, blocks: 1, criticLayers: 3 };
const BATCH = 2;
const ALPHA = [0.3, 0.8];
const WEIGHTS: Weights = { lambdaGp: 10, lambdaRec: 1, lambdaId: 1, lambdaF: 0.1, lambdaFs: 1, lambdaFz: 1 };
const SLOPE = 0.01;

type Parameters = Record<string, Float64Array>;
/** One image, h × w × c. */
type Plane = { values: Float64Array; side: number; channels: number };
type Tap = (out: number, input: number, weight: number) => void;

/** Calls `tap` with the flat indices of every product of a convolution with padding 1. */
function walk(side: number, inputs: number, outputs: number, taps: number, stride: number, tap: Tap): void {
  const across = (side + 2 - taps) / stride + 1;
  for (let y = 0; y < across; y++)
    for (let x = 0; x < across; x++)
      for (let dy = 0; dy < taps; dy++)
        for (let dx = 0; dx < taps; dx++) {
          const [row, column] = [y * stride + dy - 1, x * stride + dx - 1];
          if (row < 0 || column < 0 || row >= side || column >= side) continue;
          for (let i = 0; i < inputs; i++)
            for (let o = 0; o < outputs; o++)
              tap((y * across + x) * outputs + o, (row * side + column) * inputs + i, ((dy * taps + dx) * inputs + i) * outputs + o);
        }
}

/** Σ D(x) over patches, their mean, and ‖∇ Σ D(x)‖ of one image. */
function judge(image: Plane, p: Parameters): { mean: number; norm: number } {
  const layers: { side: number; inputs: number; outputs: number; gates: Float64Array; kernel: Float64Array }[] = [];
  let { values: h, side, channels: inputs } = image;
  for (let l = 0; l < CONFIG.criticLayers; l++) {
    const outputs = CONFIG.width * 2 ** l;
    const kernel = p[`c${l}.w`];
    const before = h;
    const y = Float64Array.from({ length: (side / 2) ** 2 * outputs }, (_, i) => p[`c${l}.b`][i % outputs]);
    walk(side, inputs, outputs, 4, 2, (o, i, w) => {
      y[o] += before[i] * kernel[w];
    });
    const gates = y.map((v) => (v > 0 ? 1 : SLOPE));
    layers.push({ side, inputs, outputs, gates, kernel });
    h = y.map((v, i) => v * gates[i]);
    [side, inputs] = [side / 2, outputs];
  }
  const patches = new Float64Array(side ** 2);
  let slope = new Float64Array(h.length);
  walk(side, inputs, 1, 3, 1, (o, i, w) => {
    patches[o] += h[i] * p['patch.w'][w];
    slope[i] += p['patch.w'][w];
  });
  for (const { side, inputs, outputs, gates, kernel } of layers.reverse()) {
    const dy = slope.map((v, i) => v * gates[i]);
    slope = new Float64Array(side ** 2 * inputs);
    walk(side, inputs, outputs, 4, 2, (o, i, w) => {
      slope[i] += dy[o] * kernel[w];
    });
  }
  return { mean: patches.reduce((a, b) => a + b, 0) / patches.length, norm: Math.sqrt(slope.reduce((a, v) => a + v * v, 0)) };
}

/** Eq. 3 on images given as flat batches. */
function lossInDouble(real: Float64Array, fake: Float64Array, p: Parameters): number {
  const length = real.length / BATCH;
  let loss = 0;
  for (let n = 0; n < BATCH; n++) {
    const [b, f] = [real, fake].map((all) => all.subarray(n * length, (n + 1) * length));
    const plane = (values: Float64Array): Plane => ({ values, side: CONFIG.size, channels: CONFIG.channels });
    const between = b.map((v, i) => ALPHA[n] * v + (1 - ALPHA[n]) * f[i]);
    const penalty = (judge(plane(between), p).norm - 1) ** 2;
    loss += (judge(plane(f), p).mean - judge(plane(b), p).mean + WEIGHTS.lambdaGp * penalty) / BATCH;
  }
  return loss;
}

const product = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
/** Weights at which the norms are neither 0 nor 1. */
const made = (base: number) => {
  const layouts = { ...layout(CONFIG).generator, ...layout(CONFIG).critic };
  return (name: string) => {
    const { shape, kind } = layouts[name];
    const scale = kind === 'conv' || kind === 'convTranspose' ? 1.5 / Math.sqrt(product(shape.slice(0, 3))) : 0.1;
    const k = base + Object.keys(layouts).indexOf(name);
    return Float32Array.from(hashUnit(k, product(shape)), (v) => (kind === 'gain' ? 1 : 0) + scale * v);
  };
};
const doubles = (t: tf.Tensor) => Float64Array.from(t.dataSync());

describe.each(['cpu', 'wasm'] as const)('the critic’s loss on %s', (backend) => {
  let networks: Networks;
  beforeAll(async () => {
    await startBackend(backend);
    networks = { generator: new GeneratorNetwork(CONFIG, made(100)), critic: new CriticNetwork(CONFIG, made(200)) };
  });

  it('and its gradient by every weight are those of double precision, second derivatives included', () => {
    const size = BATCH * CONFIG.size ** 2 * CONFIG.channels;
    const images = (k: number) => tf.tensor4d(Float32Array.from(hashUnit(k, size)), [BATCH, CONFIG.size, CONFIG.size, CONFIG.channels]);
    const [a, b] = [images(1), images(2)];
    const { generator, critic } = networks;
    const { intermediate, mask } = generator.translate(a);
    const [real, fake] = [doubles(b), doubles(blend(intermediate, a, mask))];
    const at: Parameters = Object.fromEntries(Object.entries(critic.variables).map(([name, v]) => [name, doubles(v)]));
    const { losses, norms, gradients } = criticGradients(networks, a, b, tf.tensor4d(ALPHA, [BATCH, 1, 1, 1]), WEIGHTS);
    expect(losses.total.dataSync()[0]).toBeCloseTo(lossInDouble(real, fake, at), 4);
    for (const norm of norms.dataSync()) expect(Math.abs(norm - 1) > 0.1 && norm > 0.1, `a norm of ${norm} would test little`).toBe(true);

    for (const [k, name] of Object.keys(at).entries()) {
      const gradient = doubles(gradients[name]);
      const length = Math.hypot(...gradient);
      const random = Float64Array.from(hashUnit(900 + k, gradient.length));
      const scale = Math.hypot(...random);
      for (const direction of [gradient.map((v) => v / length), random.map((v) => v / scale)]) {
        const moved = (h: number) => lossInDouble(real, fake, { ...at, [name]: at[name].map((v, i) => v + h * direction[i]) });
        const slope = (moved(1e-6) - moved(-1e-6)) / 2e-6;
        const ours = gradient.reduce((sum, v, i) => sum + v * direction[i], 0);
        expect(Math.abs(ours - slope), `${name}: ${ours} against ${slope}`).toBeLessThan(2e-5 * length);
      }
    }
  });
});
