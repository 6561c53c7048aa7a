/** Matrix product on the shaders of convolutions, whose pipelines exist anyway: the stock ones take a second and more to compile. */
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import { line } from './conv2D';
import { filterProduct } from './filter';
import { gatherProduct } from './gather';

/** Results of so few values are long sums, which the stock kernel shares out among invocations. */
const FEW = 128;

/** a [m, k] (or [k, m]) · b [k, n] (or [n, k]) → [m, n]; stock for batches of several, both factors transposed, and few results. */
export const matMul =
  (stock: KernelFunc): KernelFunc =>
  (call) => {
    const { a, b } = call.inputs as Record<'a' | 'b', TensorInfo>;
    const { transposeA, transposeB } = call.attrs as unknown as { transposeA: boolean; transposeB: boolean };
    const batch = tf.util.sizeFromShape([...a.shape.slice(0, -2), ...b.shape.slice(0, -2)]);
    const [m, k] = transposeA ? a.shape.slice(-2).reverse() : a.shape.slice(-2);
    const n = transposeB ? b.shape[b.shape.length - 2] : b.shape[b.shape.length - 1];
    const ours = batch === 1 && !(transposeA && transposeB) && m * n > FEW && k > 0 && a.dtype === 'float32' && b.dtype === 'float32';
    if (!ours) return stock(call);
    const shape = [...tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2)), m, n];
    if (transposeA) return filterProduct(call.backend, a, b, shape, { ...line(k), images: 1, channels: m, columns: n });
    return gatherProduct(call.backend, a, b, shape, {
      ...line(m),
      images: 1,
      channels: k,
      columns: n,
      transposed: transposeB,
      backward: false,
    });
  };
