/** Work on values one by one, and joins and cuts along the last axis, on our WebAssembly kernels. */
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import { sumOfAll, sumOfChannels, VALUES_A_CHUNK } from './channels';
import { float, type Native, native } from './native';
import { ADAM, COMBINE, COPY_ROWS, DROPOUT, EVALUATE } from './operations';

const size = (tensor: TensorInfo) => tf.util.sizeFromShape(tensor.shape);
const chunksOf = (values: number) => Math.ceil(values / VALUES_A_CHUNK);

/** Inverted dropout whose mask is a hash of `draw` and the flat index (nn/layers.ts). */
export const dropout: KernelFunc = ({ inputs, attrs }) => {
  const { x } = inputs as Record<'x', TensorInfo>;
  const { rate, draw } = attrs as unknown as { rate: number; draw: number };
  const on = native();
  const y = on.output(x.shape);
  const least = Math.ceil(rate * 0x100000000);
  on.run(DROPOUT, [on.at(x), on.at(y), size(x), draw, least, float(1 / (1 - rate)), VALUES_A_CHUNK], chunksOf(size(x)));
  return y;
};

type AdamAttrs = { count: number; beta1: number; beta2: number; stepSize: number; rootCorrection: number; epsilon: number };

/** One Adam step of many variables (nn/adam.ts): p, g, m, v of each → p, m, v of each. */
export const adamStep: KernelFunc = ({ inputs, attrs }) => {
  const { count, beta1, beta2, stepSize, rootCorrection, epsilon } = attrs as unknown as AdamAttrs;
  const on = native();
  const scalars = [beta1, 1 - beta1, beta2, 1 - beta2, stepSize, rootCorrection, epsilon].map(float);
  return Array.from({ length: count }, (_, i) => {
    const [p, g, m, v] = ['p', 'g', 'm', 'v'].map((name) => (inputs as Record<string, TensorInfo>)[`${name}${i}`]);
    const outputs = [p, m, v].map(({ shape }) => on.output(shape));
    const addresses = [p, g, m, v, ...outputs].map((tensor) => on.at(tensor));
    on.run(ADAM, [...addresses, size(p), VALUES_A_CHUNK, ...scalars], chunksOf(size(p)));
    return outputs;
  }).flat();
};

/** The same values under another name; the stock kernel copies them. */
export const identity: KernelFunc = ({ inputs, backend }) => {
  const { x } = inputs as Record<'x', TensorInfo>;
  (backend as tf.KernelBackend).incRef(x.dataId);
  return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
};

/** Stock copies also where the type stays. */
export const cast =
  (stock: KernelFunc): KernelFunc =>
  (call) =>
    (call.attrs as unknown as { dtype: tf.DataType }).dtype === (call.inputs as Record<'x', TensorInfo>).x.dtype
      ? identity(call)
      : stock(call);

const KINDS = { add: 0, multiply: 1, subtract: 2 };

/** Stock, but for float32 tensors of one shape, or one of them a single value of no higher rank. */
const combining =
  (kind: keyof typeof KINDS) =>
  (stock: KernelFunc): KernelFunc =>
  (call) => {
    const { a, b } = call.inputs as Record<'a' | 'b', TensorInfo>;
    const larger = size(a) >= size(b) ? a : b;
    const smaller = larger === a ? b : a;
    const plain = tf.util.arraysEqual(a.shape, b.shape) || (size(smaller) === 1 && smaller.shape.length <= larger.shape.length);
    if (!plain || a.dtype !== 'float32' || b.dtype !== 'float32' || size(smaller) === 0) return stock(call);
    const on = native();
    const c = on.output(larger.shape);
    const values = size(larger);
    const single = [a, b].map((tensor) => Number(size(tensor) === 1 && values > 1));
    on.run(COMBINE, [on.at(a), on.at(b), on.at(c), values, VALUES_A_CHUNK, KINDS[kind], ...single], chunksOf(values));
    return c;
  };
export const add = combining('add');
export const multiply = combining('multiply');
export const subtract = combining('subtract');

/** x²: stock, but for float32. */
export const square =
  (stock: KernelFunc): KernelFunc =>
  (call) => {
    const { x } = call.inputs as Record<'x', TensorInfo>;
    if (x.dtype !== 'float32' || size(x) === 0) return stock(call);
    const on = native();
    const y = on.output(x.shape);
    on.run(COMBINE, [on.at(x), on.at(x), on.at(y), size(x), VALUES_A_CHUNK, KINDS.multiply, 0, 0], chunksOf(size(x)));
    return y;
  };

const FUNCTIONS = { tanh: 0, sign: 1 };

/** Stock, but for float32. */
const evaluating =
  (kind: keyof typeof FUNCTIONS) =>
  (stock: KernelFunc): KernelFunc =>
  (call) => {
    const { x } = call.inputs as Record<'x', TensorInfo>;
    if (x.dtype !== 'float32' || size(x) === 0) return stock(call);
    const on = native();
    const y = on.output(x.shape);
    on.run(EVALUATE, [on.at(x), on.at(y), size(x), VALUES_A_CHUNK, FUNCTIONS[kind]], chunksOf(size(x)));
    return y;
  };
export const tanh = evaluating('tanh');
export const sign = evaluating('sign');

/** Copies `rows` rows of `width` values between places `fromStride` and `toStride` values apart. */
function copyRows(on: Native, from: number, to: number, rows: number, width: number, fromStride: number, toStride: number): void {
  const perChunk = Math.max(1, Math.floor(VALUES_A_CHUNK / width));
  on.run(COPY_ROWS, [from, to, rows, width, fromStride, toStride, perChunk], Math.ceil(rows / perChunk));
}

/** Stock, but for float32 tensors joined along an inner axis, which it copies value by value. */
export const concat =
  (stock: KernelFunc): KernelFunc =>
  (call) => {
    const tensors = (call.inputs as unknown as TensorInfo[]).filter((tensor) => size(tensor) > 0);
    const axis = tf.util.parseAxisParam((call.attrs as unknown as { axis: number }).axis, tensors[0]?.shape ?? [0])[0];
    if (tensors.length < 2 || axis === 0 || tensors.some(({ dtype }) => dtype !== 'float32')) return stock(call);
    const shape = tf.backend_util.computeOutShape(
      tensors.map((tensor) => tensor.shape),
      axis,
    );
    const on = native();
    const joined = on.output(shape);
    const width = (of: readonly number[]) => of.slice(axis).reduce((a, b) => a * b, 1);
    const rows = shape.slice(0, axis).reduce((a, b) => a * b, 1);
    let to = on.at(joined);
    for (const tensor of tensors) {
      copyRows(on, on.at(tensor), to, rows, width(tensor.shape), width(tensor.shape), width(shape));
      to += 4 * width(tensor.shape);
    }
    return joined;
  };

/** Stock, but for a float32 tensor cut along one inner axis. */
export const slice =
  (stock: KernelFunc): KernelFunc =>
  (call) => {
    const { x } = call.inputs as Record<'x', TensorInfo>;
    const { begin, size: wanted } = call.attrs as unknown as { begin: number | number[]; size: number | number[] };
    const [from, extent] = tf.slice_util.parseSliceParams(x as tf.Tensor, begin, wanted);
    const cutAxes = x.shape.map((length, axis) => (extent[axis] === length ? -1 : axis)).filter((axis) => axis >= 0);
    const axis = cutAxes[0];
    if (x.dtype !== 'float32' || cutAxes.length !== 1 || axis === 0 || extent[axis] === 0) return stock(call);
    const on = native();
    const y = on.output(extent);
    const inner = x.shape.slice(axis + 1).reduce((a, b) => a * b, 1);
    const rows = x.shape.slice(0, axis).reduce((a, b) => a * b, 1);
    copyRows(on, on.at(x) + 4 * from[axis] * inner, on.at(y), rows, extent[axis] * inner, x.shape[axis] * inner, extent[axis] * inner);
    return y;
  };

/** Stock, but for a float32 tensor cut into pieces along an inner axis. */
export const splitV =
  (stock: KernelFunc): KernelFunc =>
  (call) => {
    const { x } = call.inputs as Record<'x', TensorInfo>;
    const attrs = call.attrs as unknown as { numOrSizeSplits: number[] | number; axis: number };
    const axis = tf.util.parseAxisParam(attrs.axis, x.shape)[0];
    if (x.dtype !== 'float32' || axis === 0 || size(x) === 0) return stock(call);
    const on = native();
    const inner = x.shape.slice(axis + 1).reduce((a, b) => a * b, 1);
    const rows = x.shape.slice(0, axis).reduce((a, b) => a * b, 1);
    let from = 0;
    return tf.backend_util.prepareSplitSize(x as tf.Tensor, attrs.numOrSizeSplits, axis).map((length) => {
      const piece = on.output(x.shape.map((whole, i) => (i === axis ? length : whole)));
      const width = length * inner;
      if (width > 0) copyRows(on, on.at(x) + 4 * from * inner, on.at(piece), rows, width, x.shape[axis] * inner, width);
      from += length;
      return piece;
    });
  };

/** Stock, but for float32 sums over every axis, or every one but the last. */
export const sum =
  (stock: KernelFunc): KernelFunc =>
  (call) => {
    const { x } = call.inputs as Record<'x', TensorInfo>;
    const { axis, keepDims } = call.attrs as unknown as { axis: number | number[]; keepDims: boolean };
    const rank = x.shape.length;
    const axes = tf.util.parseAxisParam(axis, x.shape);
    const whole = axes.length === rank && size(x) > 0 && !keepDims && x.dtype === 'float32';
    if (whole) return sumOfAll(x);
    const leading = rank > 1 && axes.length === rank - 1 && !axes.includes(rank - 1) && size(x) > 0;
    if (!leading || keepDims || x.dtype !== 'float32') return stock(call);
    return sumOfChannels(x);
  };
