/** Convolution and its two gradients on our shaders. Shapes and meanings are those of tfjs; dilation and NCHW are left to the stock kernels. */
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import { release } from '../program';
import { filterProduct } from './filter';
import { type Axis, type Gate, gatherProduct } from './gather';
import { gate } from './values';

type Size = [number, number, number, number];
type Attrs = {
  strides: [number, number] | number;
  pad: 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;
  dataFormat: 'NHWC' | 'NCHW';
  dilations?: [number, number] | number;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
};
type Geometry = { info: tf.backend_util.Conv2DInfo; rows: Axis; cols: Axis; whole: boolean };

/** The call's geometry, x being the source and y the target; null outside the range of our shaders. */
function geometry(x: Size, filter: Size, attrs: Attrs, tensors: TensorInfo[]): Geometry | null {
  const { strides, pad, dataFormat, dilations, dimRoundingMode } = attrs;
  if (dataFormat && dataFormat !== 'NHWC') return null;
  const info = tf.backend_util.computeConv2DInfo(x, filter, strides, dilations ?? 1, pad, dimRoundingMode);
  const { padInfo } = info;
  const whole =
    info.outHeight * info.outWidth === 1 &&
    info.filterHeight === info.inHeight &&
    info.filterWidth === info.inWidth &&
    padInfo.top + padInfo.left === 0;
  if (info.dilationHeight * info.dilationWidth !== 1 || (info.filterWidth > MOST_TAPS && !whole)) return null;
  if (tensors.some(({ dtype, shape }) => dtype !== 'float32' || tf.util.sizeFromShape(shape) === 0)) return null;
  return {
    info,
    rows: { source: info.inHeight, target: info.outHeight, taps: info.filterHeight, stride: info.strideHeight, pad: padInfo.top },
    cols: { source: info.inWidth, target: info.outWidth, taps: info.filterWidth, stride: info.strideWidth, pad: padInfo.left },
    whole,
  };
}

/** The filter gradient keeps a row of taps in registers. */
const MOST_TAPS = 11;
const POINT: Axis = { source: 1, target: 1, taps: 1, stride: 1, pad: 0 };

/** `length` pixels in a row that are fed by themselves alone: what a matrix product is. */
export const line = (length: number) => ({ rows: POINT, cols: { ...POINT, source: length, target: length } });

type Call = Parameters<KernelFunc>[0];
type Own = (call: Call, gated?: Gate) => TensorInfo | null;

/** Null outside the range of our shaders. */
const forward: Own = (call, gated) => {
  const { x, filter } = call.inputs as Record<'x' | 'filter', TensorInfo>;
  const g = geometry(x.shape as Size, filter.shape as Size, call.attrs as unknown as Attrs, [x, filter]);
  if (!g) return null;
  const { info, rows, cols } = g;
  const sizes = { columns: info.outChannels, transposed: false, backward: false };
  // One output pixel that sees the whole image: a matrix product over all taps at once.
  const on = g.whole
    ? { ...sizes, ...line(info.batchSize), images: 1, channels: info.filterHeight * info.filterWidth * info.inChannels }
    : { ...sizes, rows, cols, images: info.batchSize, channels: info.inChannels };
  return gatherProduct(call.backend, x, filter, info.outShape, on, gated);
};

const backward: Own = (call, gated) => {
  const { dy, filter } = call.inputs as Record<'dy' | 'filter', TensorInfo>;
  const attrs = call.attrs as unknown as Attrs & { inputShape: Size };
  const g = geometry(attrs.inputShape, filter.shape as Size, attrs, [dy, filter]);
  if (!g) return null;
  const { info, rows, cols } = g;
  const turned = (axis: Axis): Axis => ({ ...axis, source: axis.target, target: axis.source });
  const sizes = { channels: info.outChannels, transposed: true };
  const on = g.whole
    ? {
        ...sizes,
        ...line(info.batchSize),
        images: 1,
        columns: info.filterHeight * info.filterWidth * info.inChannels,
        backward: false,
      }
    : { ...sizes, rows: turned(rows), cols: turned(cols), images: info.batchSize, columns: info.inChannels, backward: true };
  return gatherProduct(call.backend, dy, filter, attrs.inputShape, on, gated);
};

/** x [n, h, w, ci], filter [kh, kw, ci, co] → [n, oh, ow, co]. */
export const conv2D =
  (stock: KernelFunc): KernelFunc =>
  (call) =>
    forward(call) ?? stock(call);

/** dy [n, oh, ow, co], filter [kh, kw, ci, co] → [n, h, w, ci]: also the forward pass of conv2dTranspose. */
export const conv2DBackpropInput =
  (stock: KernelFunc): KernelFunc =>
  (call) =>
    backward(call) ?? stock(call);

/** The kernel `plain`, its result gated: where our shaders do not cover the shape, in a dispatch of its own. */
const gatedBy =
  (own: Own, plain: string): KernelFunc =>
  (call) => {
    const { by } = call.inputs as { by?: TensorInfo };
    const { slope } = call.attrs as unknown as { slope: number };
    const known = own(call, slope === 1 ? undefined : { slope, by });
    if (known) return known;
    const x = tf.getKernel(plain, tf.getBackend()).kernelFunc(call) as TensorInfo;
    const y = gate({ ...call, inputs: { x, by: by ?? x } });
    release(call.backend, x);
    return y;
  };

export const gatedConv2D = gatedBy(forward, 'Conv2D');
export const gatedConv2DBackpropInput = gatedBy(backward, 'Conv2DBackpropInput');

/** x [n, h, w, ci], dy [n, oh, ow, co] → [kh, kw, ci, co]. */
export const conv2DBackpropFilter =
  (stock: KernelFunc): KernelFunc =>
  (call) => {
    const { x, dy } = call.inputs as Record<'x' | 'dy', TensorInfo>;
    const attrs = call.attrs as unknown as Attrs & { filterShape: Size };
    const g = geometry(x.shape as Size, attrs.filterShape, attrs, [x, dy]);
    if (!g) return stock(call);
    const { info, rows, cols } = g;
    const on = g.whole
      ? { ...line(info.batchSize), images: 1, channels: info.filterHeight * info.filterWidth * info.inChannels }
      : { rows, cols, images: info.batchSize, channels: info.inChannels };
    return filterProduct(call.backend, x, dy, attrs.filterShape, { ...on, columns: info.outChannels });
  };
