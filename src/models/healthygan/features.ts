/** The lab's own feature network, for a Fréchet distance between translated and healthy images. It stands where HealthyGAN has Inception-v3 (FID),
 * which a page cannot carry; values of the two cannot be compared. */
import * as tf from '@tensorflow/tfjs';
import { Random } from '../../core/random';
import { conv } from '../../nn/layers';

/** Output channels of two 4×4 convolutions of stride 2, whose weights are drawn once for all (He, this seed) and never trained. */
const CHANNELS = [8, 16] as const;
const SEED = 20_26;
/** Mean and standard deviation of each channel of both layers. */
export const FEATURES = 2 * (CHANNELS[0] + CHANNELS[1]);

/** Keeps a standard deviation away from the square root of a rounding error below 0. */
const EPSILON = 1e-6;

/** x [n, s, s, 1] in ± 1 → [n, FEATURES]. The same on every machine up to float32 rounding. */
export function labFeatures(x: tf.Tensor4D): tf.Tensor2D {
  return tf.tidy(() => {
    const random = new Random(SEED);
    const parts: tf.Tensor[] = [];
    let h = x;
    for (const outputs of CHANNELS) {
      const shape: [number, number, number, number] = [4, 4, h.shape[3], outputs];
      const bound = Math.sqrt(6 / (16 * h.shape[3]));
      const kernel = Float32Array.from({ length: 16 * h.shape[3] * outputs }, () => random.between(-bound, bound));
      h = tf.relu(conv(h, tf.tensor4d(kernel, shape), 2, 1));
      const { mean, variance } = tf.moments(h, [1, 2]);
      parts.push(mean, tf.sqrt(tf.add(variance, EPSILON)));
    }
    return tf.concat(parts, 1) as tf.Tensor2D;
  });
}
