/** Max pooling 2 × 2 with stride 2 on our WebAssembly kernels; other windows are left to the stock kernel and to maxPoolGrad.ts. */
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import { maxPoolGrad as anyMaxPoolGrad } from './maxPoolGrad';
import { native } from './native';
import { MAX_POOL, MAX_POOL_GRADIENT } from './operations';

type Size = [number, number, number, number];
type Attrs = {
  filterSize: [number, number] | number;
  strides: [number, number] | number;
  pad: 'same' | 'valid' | number;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
};

/** The window's grid, or null where it is not the plain 2 × 2. */
function plain(shape: number[], { filterSize, strides, pad, dimRoundingMode }: Attrs): tf.backend_util.Conv2DInfo | null {
  const info = tf.backend_util.computePool2DInfo(shape as Size, filterSize, strides, 1, pad, dimRoundingMode);
  const { filterHeight, filterWidth, strideHeight, strideWidth, padInfo } = info;
  const two = [filterHeight, filterWidth, strideHeight, strideWidth].every((length) => length === 2);
  return two && padInfo.top + padInfo.left + padInfo.bottom + padInfo.right === 0 ? info : null;
}

/** x [n, h, w, c] → [n, ⌊h/2⌋, ⌊w/2⌋, c]. */
export const maxPool =
  (stock: KernelFunc): KernelFunc =>
  (call) => {
    const { x } = call.inputs as Record<'x', TensorInfo>;
    const info = plain(x.shape, call.attrs as unknown as Attrs);
    if (!info) return stock(call);
    const on = native();
    const y = on.output(info.outShape);
    const args = [on.at(x), ...x.shape.slice(1), on.at(y), info.outHeight, info.outWidth];
    on.run(MAX_POOL, args, info.batchSize * info.outHeight);
    return y;
  };

/** input [n, h, w, c], dy [n, ⌊h/2⌋, ⌊w/2⌋, c] → [n, h, w, c]: of equal values the first takes it all. */
export const maxPoolGrad: KernelFunc = (call) => {
  const { dy, input } = call.inputs as Record<'dy' | 'input', TensorInfo>;
  const info = plain(input.shape, call.attrs as unknown as Attrs);
  if (!info) return anyMaxPoolGrad(call);
  const on = native();
  const dx = on.output(input.shape);
  const place = on.at(dx) >> 2;
  if (info.inHeight % 2 || info.inWidth % 2) on.f32.fill(0, place, place + tf.util.sizeFromShape(input.shape));
  const args = [on.at(input), ...input.shape.slice(1), on.at(dy), info.outHeight, info.outWidth, on.at(dx)];
  on.run(MAX_POOL_GRADIENT, args, info.batchSize * info.outHeight);
  return dx;
};
