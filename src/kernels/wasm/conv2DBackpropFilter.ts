import type { KernelFunc } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';

type Attrs = {
  strides: [number, number] | number;
  pad: 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
  filterShape: [number, number, number, number];
};

/**
 * Filter gradient of conv2d for the WASM backend, which has none. [n, h, w, ci] and dy [n, oh, ow, co] → [kh, kw, ci, co].
 *
 * dw[a, b, ci, co] = Σ x[n, s·i + a − pad, s·j + b − pad, ci] · dy[n, i, j, co] is itself a convolution: of x with channels and batch
 * exchanged, by dy as a kernel of oh × ow taps dilated by the stride. XNNPACK's forward kernel then does all the arithmetic.
 */
export const conv2DBackpropFilter: KernelFunc = ({ inputs, attrs }) => {
  const { x, dy } = inputs as { x: tf.Tensor4D; dy: tf.Tensor4D };
  const { strides, pad, dimRoundingMode, filterShape } = attrs as unknown as Attrs;
  const info = tf.backend_util.computeConv2DInfo(x.shape, filterShape, strides, 1, pad, dimRoundingMode);
  const { top, left } = info.padInfo;
  // Exactly the rows and columns that the forward pass read: more would add taps, fewer would lose them.
  const bottom = (info.outHeight - 1) * info.strideHeight + info.filterHeight - top - x.shape[1];
  const right = (info.outWidth - 1) * info.strideWidth + info.filterWidth - left - x.shape[2];
  return tf.tidy(() => {
    const read =
      bottom < 0 || right < 0 ? tf.slice(x, [0, 0, 0, 0], [-1, x.shape[1] + Math.min(bottom, 0), x.shape[2] + Math.min(right, 0), -1]) : x;
    const channelsAsBatch = tf.transpose(read, [3, 1, 2, 0]) as tf.Tensor4D;
    const taps = tf.transpose(dy, [1, 2, 0, 3]) as tf.Tensor4D;
    const padding: tf.backend_util.ExplicitPadding = [
      [0, 0],
      [top, Math.max(bottom, 0)],
      [left, Math.max(right, 0)],
      [0, 0],
    ];
    const dw = tf.conv2d(channelsAsBatch, taps, 1, padding, 'NHWC', [info.strideHeight, info.strideWidth]);
    return tf.transpose(dw, [1, 2, 0, 3]);
  });
};
