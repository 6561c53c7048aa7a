import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';

type Size = [number, number, number, number];
type Attrs = {
  filterSize: [number, number] | number;
  strides: [number, number] | number;
  pad: 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
};
/** What is used of tfjs's WASM backend: views of its heap, valid until it allocates again. */
type Heap = { makeOutput(shape: number[], dtype: 'float32'): TensorInfo; typedArrayFromHeap(info: TensorInfo): Float32Array };

/**
 * Gradient of max-pooling for the WASM backend, whose own is wrong where all values of a window are negative (tfjs 4.22 looks for the largest
 * one above the smallest positive float). input [n, h, w, c] and dy [n, oh, ow, c] → [n, h, w, c]; of equal values the first takes it all, as
 * on the CPU backend.
 */
export const maxPoolGrad: KernelFunc = ({ inputs, attrs, backend }) => {
  const { dy, input } = inputs as Record<string, TensorInfo>;
  const { filterSize, strides, pad, dimRoundingMode } = attrs as unknown as Attrs;
  const info = tf.backend_util.computePool2DInfo(input.shape as Size, filterSize, strides, 1, pad, dimRoundingMode);
  const heap = backend as Heap;
  const output = heap.makeOutput(input.shape, 'float32');
  const [x, slope, dx] = [input, dy, output].map((tensor) => heap.typedArrayFromHeap(tensor));
  dx.fill(0);
  const { batchSize, inHeight, inWidth, outHeight, outWidth, inChannels: channels, padInfo } = info;
  let at = 0;
  for (let n = 0; n < batchSize; n++)
    for (let i = 0; i < outHeight; i++) {
      const top = i * info.strideHeight - padInfo.top;
      const [firstRow, lastRow] = [Math.max(0, top), Math.min(inHeight, top + info.filterHeight)];
      for (let j = 0; j < outWidth; j++) {
        const left = j * info.strideWidth - padInfo.left;
        const [firstColumn, lastColumn] = [Math.max(0, left), Math.min(inWidth, left + info.filterWidth)];
        for (let c = 0; c < channels; c++, at++) {
          let largest = Number.NEGATIVE_INFINITY;
          let place = -1;
          for (let row = firstRow; row < lastRow; row++)
            for (let column = firstColumn; column < lastColumn; column++) {
              const k = ((n * inHeight + row) * inWidth + column) * channels + c;
              if (x[k] <= largest) continue;
              largest = x[k];
              place = k;
            }
          dx[place] += slope[at];
        }
      }
    }
  return output;
};
