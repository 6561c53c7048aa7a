import * as tf from '@tensorflow/tfjs';

/**
 * How varied generated images are beside real ones, as D sees them: mean over features of their standard deviation in the batch, generated over
 * real. Near 1 when G makes images as different as the real ones are; near 0 when all are alike. No loss: a watch [ours]. features [n, m].
 */
export function spreadOf(generated: tf.Tensor2D, real: tf.Tensor2D): tf.Scalar {
  const spread = (f: tf.Tensor2D) => tf.mean(tf.sqrt(tf.mean(tf.square(tf.sub(f, tf.mean(f, 0, true))), 0)));
  return tf.div(spread(generated), spread(real));
}
