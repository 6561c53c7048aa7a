import type { KernelFunc } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';

type Attrs = {
  strides: [number, number] | number;
  pad: 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
  inputShape: [number, number, number, number];
};

/**
 * Input gradient of conv2d, which is also the forward pass of conv2dTranspose, for the WASM backend. dy [n, oh, ow, co] and the kernel
 * [kh, kw, ci, co] → [n, h, w, ci].
 *
 * Each of the stride × stride phases of the output is an ordinary convolution of dy by every stride-th tap, reversed; the phases are then
 * interleaved. XNNPACK's forward kernel does the arithmetic, where the stock loop runs at a tenth of its speed. Only whole leading blocks
 * are sliced or joined: anything else is slow in this backend, transposes are not.
 */
export const conv2DBackpropInput: KernelFunc = ({ inputs, attrs }) => {
  const { dy, filter } = inputs as { dy: tf.Tensor4D; filter: tf.Tensor4D };
  const { strides, pad, dimRoundingMode, inputShape } = attrs as unknown as Attrs;
  const info = tf.backend_util.computeConv2DInfo(inputShape, filter.shape, strides, 1, pad, dimRoundingMode);
  const { strideHeight, strideWidth, inChannels: ci, outChannels: co, padInfo } = info;
  const inside = padInfo.top === 0 && padInfo.left === 0 && info.filterHeight <= info.inHeight && info.filterWidth <= info.inWidth;
  if (info.outHeight === 1 && info.outWidth === 1 && inside) return singlePixel(dy, filter, info);
  const rows = axisPhases(info.inHeight, info.outHeight, info.filterHeight, strideHeight, padInfo.top);
  const columns = axisPhases(info.inWidth, info.outWidth, info.filterWidth, strideWidth, padInfo.left);
  return tf.tidy(() => {
    const taps = tf.unstack(tf.transpose(tf.reshape(filter, [info.filterHeight * info.filterWidth, ci, co]), [0, 2, 1]));
    const n = dy.shape[0];
    const h = rows[0].count;
    const w = columns[0].count;
    const bands = rows.map((row) => {
      const parts = columns.map((column) => phase(dy, taps, row, column, info.filterWidth, ci));
      return parts.length === 1 ? parts[0] : interleave(parts, n * h * w, ci);
    });
    const whole = (bands.length === 1 ? bands[0] : interleave(bands, n * h, w * strideWidth * ci)).reshape([
      n,
      h * strideHeight,
      w * strideWidth,
      ci,
    ]);
    const exact = whole.shape[1] === info.inHeight && whole.shape[2] === info.inWidth;
    return exact ? whole : tf.slice(whole, [0, 0, 0, 0], [n, info.inHeight, info.inWidth, ci]);
  });
};

/** dy has one pixel, so every input pixel under the filter has one tap: a matrix product, where a padded convolution would multiply zeros. */
function singlePixel(dy: tf.Tensor4D, filter: tf.Tensor4D, info: tf.backend_util.Conv2DInfo): tf.Tensor4D {
  const { filterHeight, filterWidth, inHeight, inWidth, inChannels, outChannels } = info;
  return tf.tidy(() => {
    const taps = tf.transpose(tf.reshape(filter, [filterHeight * filterWidth * inChannels, outChannels]));
    const dx = tf.matMul(tf.reshape(dy, [dy.shape[0], outChannels]), taps).reshape([dy.shape[0], filterHeight, filterWidth, inChannels]);
    const [below, right] = [inHeight - filterHeight, inWidth - filterWidth];
    return (below || right ? tf.pad(dx, [[0, 0], [0, below], [0, right], [0, 0]]) : dx) as tf.Tensor4D; // biome-ignore format: one line
  });
}

/** Output pixels p = stride·m + r, m < count, read dy[m − before … m + after] through the filter's taps `taps`, in that order. */
type Phase = { count: number; taps: number[]; before: number; after: number };

function axisPhases(size: number, outSize: number, taps: number, stride: number, pad: number): Phase[] {
  const count = Math.ceil(size / stride);
  return Array.from({ length: stride }, (_, r) => {
    const first = (r + pad) % stride;
    const shift = (r + pad - first) / stride;
    const reach = Math.max(0, Math.ceil((taps - first) / stride));
    return {
      count,
      taps: Array.from({ length: reach }, (_, t) => first + stride * (reach - 1 - t)),
      before: reach - 1 - shift,
      after: count - 1 + shift - (outSize - 1),
    };
  });
}

/** One phase, [n, rows, columns, ci]: zeros where the stride leaves it without a tap. */
function phase(dy: tf.Tensor4D, taps: tf.Tensor[], row: Phase, column: Phase, filterWidth: number, ci: number): tf.Tensor4D {
  const [n, oh, ow, co] = dy.shape;
  if (row.taps.length === 0 || column.taps.length === 0) return tf.zeros([n, row.count, column.count, ci]);
  const kernel = tf.concat(row.taps.flatMap((y) => column.taps.map((x) => taps[y * filterWidth + x])), 0); // biome-ignore format: one line
  const outside = Math.min(row.before, row.after, column.before, column.after) < 0;
  const top = Math.max(0, -row.before);
  const left = Math.max(0, -column.before);
  const read = outside
    ? tf.slice(dy, [0, top, left, 0], [n, oh - top - Math.max(0, -row.after), ow - left - Math.max(0, -column.after), co])
    : dy;
  const padding: tf.backend_util.ExplicitPadding = [
    [0, 0],
    [Math.max(0, row.before), Math.max(0, row.after)],
    [Math.max(0, column.before), Math.max(0, column.after)],
    [0, 0],
  ];
  return tf.conv2d(read, tf.reshape(kernel, [row.taps.length, column.taps.length, co, ci]), 1, padding);
}

/** k tensors of `outer` × `inner` values → [outer, k, inner]. */
function interleave(parts: tf.Tensor[], outer: number, inner: number): tf.Tensor {
  const joined = tf.concat(parts.map((part) => tf.reshape(part, [1, outer, inner])), 0); // biome-ignore format: one line
  return tf.transpose(joined, [1, 0, 2]);
}
