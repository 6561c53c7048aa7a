/** Norms, bias and activation by channel, and the sums they need, on our WebAssembly kernels. Gradients are those of kernels/fused.ts. */
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import { float, type Native, native } from './native';
import { CHANNEL_MOMENTS, CHANNEL_SUMS, GATE, NORM_GRADIENT, NORM_SUMS, SCALE_SHIFT } from './operations';

/** Values a chunk works on: 64 KB, so that a second pass finds them in the cache. */
export const VALUES_A_CHUNK = 16384;

/** How [n, h, w, c] is cut: groups have statistics of their own. */
type Cut = { groups: number; channels: number; pixels: number; perChunk: number; chunks: number };

function cut(shape: readonly number[], perImage: boolean): Cut {
  const channels = shape[shape.length - 1];
  const all = tf.util.sizeFromShape(shape as number[]) / channels;
  const groups = perImage ? shape[0] : 1;
  const pixels = all / groups;
  const perChunk = Math.max(1, Math.min(pixels, Math.floor(VALUES_A_CHUNK / channels)));
  return { groups, channels, pixels, perChunk, chunks: Math.ceil(pixels / perChunk) };
}

const common = (x: number, partial: number, { channels, pixels, perChunk, chunks }: Cut) => [
  x,
  partial,
  channels,
  pixels,
  perChunk,
  chunks,
];

/** act(x + bias): x [n, h, w, c], bias [c]. */
export const biasActivation: KernelFunc = ({ inputs, attrs }) => {
  const { x, bias } = inputs as Record<'x' | 'bias', TensorInfo>;
  const on = native();
  const y = on.output(x.shape);
  scaleShift(on, on.at(x), on.at(y), 0, on.at(bias), cut(x.shape, false), (attrs as { slope?: number } | undefined)?.slope ?? 1);
  return y;
};

function scaleShift(on: Native, x: number, y: number, scale: number, shift: number, c: Cut, slope: number): void {
  on.run(SCALE_SHIFT, [x, y, scale, shift, c.channels, float(slope), c.pixels, c.perChunk, c.chunks], c.groups * c.chunks);
}

/** x where by > 0, slope · x elsewhere: LeakyReLU where both are one, and its gradient. */
export const gate: KernelFunc = ({ inputs, attrs }) => {
  const { x, by } = inputs as Record<'x' | 'by', TensorInfo>;
  const on = native();
  const y = on.output(x.shape);
  const values = tf.util.sizeFromShape(x.shape);
  const { slope } = attrs as unknown as { slope: number };
  on.run(GATE, [on.at(x), on.at(by), on.at(y), values, float(slope), VALUES_A_CHUNK], Math.ceil(values / VALUES_A_CHUNK));
  return y;
};

/** Σ over all axes but the last: what the gradient of a bias needs. */
export function sumOfChannels(x: TensorInfo): TensorInfo {
  const on = native();
  const c = cut(x.shape, false);
  const sums = on.output([c.channels]);
  on.f32.set(totals(on, on.at(x), c), on.at(sums) >> 2);
  return sums;
}

function totals(on: Native, x: number, c: Cut): Float64Array {
  const partial = on.reserve(4 * c.chunks * c.channels);
  on.run(CHANNEL_SUMS, common(x, partial, c), c.chunks);
  const values = on.f32.subarray(partial >> 2);
  const total = new Float64Array(c.channels);
  for (let k = 0; k < c.chunks * c.channels; k += c.channels) for (let i = 0; i < c.channels; i++) total[i] += values[k + i];
  return total;
}

/** Σ over everything: as pixels of as many channels as divide the values, up to 64. */
export function sumOfAll(x: TensorInfo): TensorInfo {
  const on = native();
  const sum = on.output([]);
  const values = tf.util.sizeFromShape(x.shape);
  const channels = [64, 16, 4, 2, 1].find((n) => values % n === 0) as number;
  on.f32[on.at(sum) >> 2] = totals(on, on.at(x), cut([values / channels, channels], false)).reduce((a, b) => a + b, 0);
  return sum;
}

type NormAttrs = { epsilon: number; slope: number; perImage: boolean };

/** act(gain · (x − μ) / √(σ² + ε) + bias) → that, μ and σ² (biased): [c], or [n, 1, 1, c] per image. */
export const norm: KernelFunc = ({ inputs, attrs }) => {
  const { x, gain, bias } = inputs as Record<'x' | 'gain' | 'bias', TensorInfo>;
  const { epsilon, slope, perImage } = attrs as unknown as NormAttrs;
  const on = native();
  const c = cut(x.shape, perImage);
  const shape = perImage ? [c.groups, 1, 1, c.channels] : [c.channels];
  const outputs = [on.output(x.shape), on.output(shape), on.output(shape)];
  const [y, mean, variance] = outputs.map((output) => on.at(output));
  const size = c.groups * c.channels;
  const place = on.reserve(4 * (2 * size + 2 * c.groups * c.chunks * c.channels));
  const partial = place + 8 * size;
  on.run(CHANNEL_MOMENTS, common(on.at(x), partial, c), c.groups * c.chunks);
  foldMoments(on.f32, partial >> 2, mean >> 2, variance >> 2, c);
  scaleAndShift(on, { mean, variance, gain: on.at(gain), bias: on.at(bias) }, place, epsilon, c);
  scaleShift(on, on.at(x), y, place, place + 4 * size, c, slope);
  return outputs;
};

/** Means and sums of squares of chunks to those of groups, in chunk order and in double: Chan et al. (1979), Eq. 2.1. */
function foldMoments(heap: Float32Array, partial: number, mean: number, variance: number, c: Cut): void {
  for (let group = 0; group < c.groups; group++)
    for (let i = 0; i < c.channels; i++) {
      let count = 0;
      let average = 0;
      let squares = 0;
      for (let k = 0; k < c.chunks; k++) {
        const at = partial + (group * c.chunks + k) * 2 * c.channels + i;
        const pixels = Math.min(c.perChunk, c.pixels - k * c.perChunk);
        const delta = heap[at] - average;
        squares += heap[at + c.channels] + (delta * delta * count * pixels) / (count + pixels);
        count += pixels;
        average += (delta * pixels) / count;
      }
      heap[mean + group * c.channels + i] = average;
      heap[variance + group * c.channels + i] = squares / c.pixels;
    }
}

type Affine = { mean: number; variance: number; gain: number; bias: number };

/** Writes scale = gain / √(variance + ε) at `place` and shift = bias − mean · scale behind it, by group and channel. */
function scaleAndShift(on: Native, { mean, variance, gain, bias }: Affine, place: number, epsilon: number, c: Cut): void {
  const heap = on.f32;
  const size = c.groups * c.channels;
  for (let i = 0; i < size; i++) {
    const scale = heap[(gain >> 2) + (i % c.channels)] / Math.sqrt(heap[(variance >> 2) + i] + epsilon);
    heap[(place >> 2) + i] = scale;
    heap[(place >> 2) + size + i] = heap[(bias >> 2) + (i % c.channels)] - heap[(mean >> 2) + i] * heap[(place >> 2) + i];
  }
}

/** Gradient of `norm`, through its statistics: dx, dgain, dbias. */
export const normGradient: KernelFunc = ({ inputs, attrs }) => {
  const { dy, x, gain, bias, mean, variance } = inputs as Record<'dy' | 'x' | 'gain' | 'bias' | 'mean' | 'variance', TensorInfo>;
  const { epsilon, slope, perImage } = attrs as unknown as NormAttrs;
  const on = native();
  const c = cut(x.shape, perImage);
  const outputs = [on.output(x.shape), on.output(gain.shape), on.output(bias.shape)];
  const [dx, dGain, dBias] = outputs.map((output) => on.at(output) >> 2);
  const size = c.groups * c.channels;
  const place = on.reserve(4 * (4 * size + 2 * c.groups * c.chunks * c.channels));
  const at = { mean: on.at(mean), variance: on.at(variance), gain: on.at(gain), bias: on.at(bias) };
  scaleAndShift(on, at, place, epsilon, c);
  const shared = { x: on.at(x), dy: on.at(dy), scale: place, shift: place + 4 * size, slope, centre: at.mean };
  const sums = normSums(on, shared, place + 16 * size, c);
  const heap = on.f32;
  const [scale, beta, gamma] = [place >> 2, (place >> 2) + 2 * size, (place >> 2) + 3 * size];
  heap.fill(0, dGain, dGain + c.channels);
  heap.fill(0, dBias, dBias + c.channels);
  for (let i = 0; i < size; i++) {
    const deviation = 1 / Math.sqrt(heap[(at.variance >> 2) + i] + epsilon);
    const ofGain = sums[size + i] * deviation;
    heap[dGain + (i % c.channels)] += ofGain;
    heap[dBias + (i % c.channels)] += sums[i];
    // dx = scale · (g − mean of g − x̂ · mean of g x̂), with x̂ = (x − μ) · deviation.
    heap[beta + i] = (-heap[scale + i] * deviation * ofGain) / c.pixels;
    heap[gamma + i] = (-heap[scale + i] * sums[i]) / c.pixels - heap[beta + i] * heap[(at.mean >> 2) + i];
  }
  inputGradient(on, shared, 4 * dx, { alpha: 4 * scale, beta: 4 * beta, gamma: 4 * gamma }, c);
  return outputs;
};

type Shared = { x: number; dy: number; scale: number; shift: number; slope: number; centre: number };

/** Σ g, then Σ g · (x − centre), by group and channel. */
function normSums(on: Native, { x, dy, scale, shift, slope, centre }: Shared, partial: number, c: Cut): Float64Array {
  on.run(NORM_SUMS, [...common(x, partial, c), dy, scale, shift, float(slope), centre], c.groups * c.chunks);
  const size = c.groups * c.channels;
  const sums = new Float64Array(2 * size);
  const heap = on.f32;
  let at = partial >> 2;
  for (let group = 0; group < c.groups; group++)
    for (let k = 0; k < c.chunks; k++)
      for (const base of [0, size]) for (let i = 0; i < c.channels; i++, at++) sums[base + group * c.channels + i] += heap[at];
  return sums;
}

type Terms = { alpha: number; beta: number; gamma: number };

function inputGradient(
  on: Native,
  { x, dy, scale, shift, slope }: Omit<Shared, 'centre'>,
  dx: number,
  { alpha, beta, gamma }: Terms,
  c: Cut,
): void {
  const args = [...common(x, 0, c), dy, scale, shift, float(slope), dx, alpha, beta, gamma];
  on.run(NORM_GRADIENT, args, c.groups * c.chunks);
}

/** act(scale · x + shift): x [n, h, w, c], scale and shift [c]. */
export const affine: KernelFunc = ({ inputs, attrs }) => {
  const { x, scale, shift } = inputs as Record<'x' | 'scale' | 'shift', TensorInfo>;
  const on = native();
  const y = on.output(x.shape);
  scaleShift(on, on.at(x), on.at(y), on.at(scale), on.at(shift), cut(x.shape, false), (attrs as unknown as { slope: number }).slope);
  return y;
};

/** Gradient of `affine`: dx. */
export const affineGradient: KernelFunc = ({ inputs, attrs }) => {
  const { dy, x, scale, shift } = inputs as Record<'dy' | 'x' | 'scale' | 'shift', TensorInfo>;
  const { slope } = attrs as unknown as { slope: number };
  const on = native();
  const c = cut(x.shape, false);
  const dx = on.output(x.shape);
  const place = on.reserve(4 * c.channels);
  on.f32.fill(0, place >> 2, (place >> 2) + c.channels);
  const shared = { x: on.at(x), dy: on.at(dy), scale: on.at(scale), shift: on.at(shift), slope };
  inputGradient(on, shared, on.at(dx), { alpha: shared.scale, beta: place, gamma: place }, c);
  return dx;
};
