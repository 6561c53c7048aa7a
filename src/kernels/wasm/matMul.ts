/** Matrix product on our WebAssembly kernels; batches of several and both factors transposed are left to the stock kernel. */
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import { native } from './native';
import { filterProduct, gatherProduct } from './product';

/** a [m, k] (or [k, m]) · b [k, n] (or [n, k]) → [m, n]; leading axes of length 1 are kept. */
export const matMul =
  (stock: KernelFunc): KernelFunc =>
  (call) => {
    const { a, b } = call.inputs as Record<'a' | 'b', TensorInfo>;
    const { transposeA, transposeB } = call.attrs as unknown as { transposeA: boolean; transposeB: boolean };
    const batch = tf.util.sizeFromShape([...a.shape.slice(0, -2), ...b.shape.slice(0, -2)]);
    const [m, k] = transposeA ? a.shape.slice(-2).reverse() : a.shape.slice(-2);
    const n = transposeB ? b.shape[b.shape.length - 2] : b.shape[b.shape.length - 1];
    if (batch !== 1 || (transposeA && transposeB) || m * k * n === 0 || a.dtype !== 'float32' || b.dtype !== 'float32') return stock(call);
    const on = native();
    const leading = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
    const c = on.output([...leading, m, n]);
    if (transposeA) {
      filterProduct(on, on.at(a), on.at(b), on.at(c), {
        size: [1, 1, k, m],
        out: [1, k],
        pixels: k,
        rows: m,
        columns: n,
        tapsARow: 1,
        stride: [1, 1],
        pad: [0, 0],
        dilation: [1, 1],
      });
    } else {
      gatherProduct(on, {
        source: { address: on.at(a), size: [1, 1, m, k] },
        target: { address: on.at(c), size: [1, 1, m, n] },
        factor: { address: on.at(b), transposed: transposeB },
        phases: [{ rows: 1, columns: m, top: 0, left: 0, taps: [{ y: 0, x: 0, index: 0 }] }],
        sourceStep: [1, 1],
        targetStep: [1, 1],
      });
    }
    return c;
  };
