/** Convolution and its two gradients on our WebAssembly kernels. Shapes and meanings are those of tfjs. */
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import { foldedInput } from './fold';
import { native } from './native';
import { ceil, filterProduct, gatherProduct, type Size, type Tap } from './product';
import { winogradFilter, winogradForward, winogradInput } from './winograd';

type Pad = 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;
type Attrs = {
  strides: [number, number] | number;
  pad: Pad;
  dataFormat: 'NHWC' | 'NCHW';
  dilations?: [number, number] | number;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
};

function conv2DInfo(x: Size, filter: Size, { strides, pad, dataFormat, dilations, dimRoundingMode }: Attrs): tf.backend_util.Conv2DInfo {
  if (dataFormat && dataFormat !== 'NHWC') throw new Error('Convolutions here are NHWC.');
  return tf.backend_util.computeConv2DInfo(x, filter, strides, dilations ?? 1, pad, dimRoundingMode);
}

/** x [n, h, w, ci], filter [kh, kw, ci, co] → [n, oh, ow, co]. */
export const conv2D: KernelFunc = ({ inputs, attrs }) => {
  const { x, filter } = inputs as Record<'x' | 'filter', TensorInfo>;
  const info = conv2DInfo(x.shape as Size, filter.shape as Size, attrs as unknown as Attrs);
  const on = native();
  const y = on.output(info.outShape);
  if (winogradForward(info, on.at(x), on.at(filter), on.at(y))) return y;
  const taps: Tap[] = [];
  for (let a = 0; a < info.filterHeight; a++)
    for (let b = 0; b < info.filterWidth; b++)
      taps.push({
        y: a * info.dilationHeight - info.padInfo.top,
        x: b * info.dilationWidth - info.padInfo.left,
        index: a * info.filterWidth + b,
      });
  gatherProduct(on, {
    source: { address: on.at(x), size: x.shape as Size },
    target: { address: on.at(y), size: info.outShape },
    factor: { address: on.at(filter), transposed: false },
    phases: [{ rows: info.outHeight, columns: info.outWidth, top: 0, left: 0, taps }],
    sourceStep: [info.strideHeight, info.strideWidth],
    targetStep: [1, 1],
  });
  return y;
};

/** dy [n, oh, ow, co], filter [kh, kw, ci, co] → [n, h, w, ci]: also the forward pass of conv2dTranspose. */
export const conv2DBackpropInput: KernelFunc = ({ inputs, attrs }) => {
  const { dy, filter } = inputs as Record<'dy' | 'filter', TensorInfo>;
  const { inputShape } = attrs as unknown as { inputShape: Size };
  const info = conv2DInfo(inputShape, filter.shape as Size, attrs as unknown as Attrs);
  const on = native();
  const dx = on.output(inputShape);
  if (info.outHeight * info.outWidth === 1 && info.filterHeight === info.inHeight && info.filterWidth === info.inWidth && unpadded(info)) {
    // Every pixel has one tap: a matrix product, where the taps of all pixels would be zeros but one.
    gatherProduct(on, {
      source: { address: on.at(dy), size: [1, 1, info.batchSize, info.outChannels] },
      target: { address: on.at(dx), size: [1, 1, info.batchSize, info.filterHeight * info.filterWidth * info.inChannels] },
      factor: { address: on.at(filter), transposed: true },
      phases: [{ rows: 1, columns: info.batchSize, top: 0, left: 0, taps: [{ y: 0, x: 0, index: 0 }] }],
      sourceStep: [1, 1],
      targetStep: [1, 1],
    });
    return dx;
  }
  if (winogradInput(info, on.at(dy), on.at(filter), on.at(dx))) return dx;
  if (foldedInput(on, info, on.at(dy), on.at(filter), on.at(dx))) return dx;
  const rows = axisPhases(info.inHeight, info.filterHeight, info.strideHeight, info.padInfo.top, info.dilationHeight);
  const columns = axisPhases(info.inWidth, info.filterWidth, info.strideWidth, info.padInfo.left, info.dilationWidth);
  gatherProduct(on, {
    source: { address: on.at(dy), size: dy.shape as Size },
    target: { address: on.at(dx), size: inputShape },
    factor: { address: on.at(filter), transposed: true },
    phases: rows.flatMap((row) =>
      columns.map((column) => ({
        rows: row.count,
        columns: column.count,
        top: row.first,
        left: column.first,
        taps: row.taps.flatMap(([a, y]) => column.taps.map(([b, x]) => ({ y, x, index: a * info.filterWidth + b }))),
      })),
    ),
    sourceStep: [1, 1],
    targetStep: [info.strideHeight, info.strideWidth],
  });
  return dx;
};

const unpadded = ({ padInfo, dilationHeight, dilationWidth }: tf.backend_util.Conv2DInfo) =>
  padInfo.top + padInfo.left === 0 && dilationHeight * dilationWidth === 1;

/** Input positions p = stride · m + first that exist, and the taps [tap, offset] that reach them: p was read by output m + offset. */
function axisPhases(size: number, taps: number, stride: number, pad: number, dilation: number) {
  return Array.from({ length: Math.min(stride, size) }, (_, first) => ({
    first,
    count: ceil(size - first, stride),
    taps: Array.from({ length: taps }, (_, tap) => [tap, (first + pad - tap * dilation) / stride] as const).filter(([, offset]) =>
      Number.isInteger(offset),
    ),
  }));
}

/** x [n, h, w, ci], dy [n, oh, ow, co] → [kh, kw, ci, co]. */
export const conv2DBackpropFilter: KernelFunc = ({ inputs, attrs }) => {
  const { x, dy } = inputs as Record<'x' | 'dy', TensorInfo>;
  const { filterShape } = attrs as unknown as { filterShape: Size };
  const info = conv2DInfo(x.shape as Size, filterShape, attrs as unknown as Attrs);
  const on = native();
  const dw = on.output(filterShape);
  if (winogradFilter(info, on.at(x), on.at(dy), on.at(dw))) return dw;
  filterProduct(on, on.at(x), on.at(dy), on.at(dw), {
    size: x.shape as Size,
    out: [info.outHeight, info.outWidth],
    pixels: info.batchSize * info.outHeight * info.outWidth,
    rows: info.filterHeight * info.filterWidth * info.inChannels,
    columns: info.outChannels,
    tapsARow: info.filterWidth,
    stride: [info.strideHeight, info.strideWidth],
    pad: [info.padInfo.top, info.padInfo.left],
    dilation: [info.dilationHeight, info.dilationWidth],
  });
  return dw;
};
