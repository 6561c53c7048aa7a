/** Convolutions one after the other, each but the last with a LeakyReLU, as one: a backend that can does the activations with the convolutions. */
import * as tf from '@tensorflow/tfjs';
import { conv, convTranspose, leakyRelu } from './layers';

/** One convolution [kh, kw, ci, co], or a transposed one [kh, kw, co, ci]; `pad` as in nn/layers, 0 being VALID. */
export type Link = { kernel: tf.Tensor4D; transposed: boolean; stride: number; pad: number };

/** x [n, h, w, c] through `links`, a LeakyReLU of `slope` (above 0) between them. Differentiable once. */
export function chain(x: tf.Tensor4D, links: readonly Link[], slope: number): tf.Tensor4D {
  const last = links.length - 1;
  if (!tf.getKernel('GatedConv2D', tf.getBackend())) {
    return links.reduce((h, { kernel, transposed, stride, pad }, i) => {
      const y = (transposed ? convTranspose : conv)(h, kernel, stride, pad);
      return i < last ? leakyRelu(y, slope) : y;
    }, x);
  }
  return links.reduce((h, link, i) => gated(h, link, i < last ? slope : 1, i > 0 ? slope : 1), x);
}

/** One link: `slope` is that of its own activation, `slopeBefore` that of the one which h went through. */
function gated(h: tf.Tensor4D, { kernel, transposed, stride, pad }: Link, slope: number, slopeBefore: number): tf.Tensor4D {
  const attrs = { strides: stride, pad, dataFormat: 'NHWC', dilations: 1, slope, slopeBefore };
  if (!transposed) return tf.engine().runKernel('GatedConv2D', { x: h, filter: kernel }, attrs) as tf.Tensor4D;
  const [n, rows, cols] = h.shape;
  const [kh, kw, channels] = kernel.shape;
  const inputShape = [n, (rows - 1) * stride + kh - 2 * pad, (cols - 1) * stride + kw - 2 * pad, channels];
  return tf.engine().runKernel('GatedConv2DBackpropInput', { dy: h, filter: kernel }, { ...attrs, inputShape }) as tf.Tensor4D;
}
