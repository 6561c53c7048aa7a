/** The losses of ASC-Net (section 2, "Loss Functions"; the paper does not number them). One function per loss; all means over the batch. */
import * as tf from '@tensorflow/tfjs';
import { sumOfSquares } from '../../nn/sumOfSquares';

/** Loss_Cf: mean |D(I_fc) − t_real|. scores [n, 1]. */
export function fenceCutLoss(scores: tf.Tensor2D, real: number): tf.Scalar {
  return tf.mean(tf.abs(tf.sub(scores, real)));
}

/** Loss_Cw, "disjuncy": the positive Dice (2 Σ I_fc·I_wc + smoothing) / (Σ I_fc + Σ I_wc + smoothing), sums over batch and pixels [C].
 * smoothing 1 in the authors' code, 0 in the paper. */
export function disjuncyLoss(fenceCut: tf.Tensor4D, wildCut: tf.Tensor4D, smoothing: number): tf.Scalar {
  const both = tf.add(tf.mul(2, tf.sum(tf.mul(fenceCut, wildCut))), smoothing);
  return tf.div(both, tf.add(tf.add(tf.sum(fenceCut), tf.sum(wildCut)), smoothing));
}

/** Loss_R: (I_in − I_ro)², its mean over pixels and images [C], or its sum over pixels, averaged over images [P]. */
export function reconstructionLoss(x: tf.Tensor4D, reconstruction: tf.Tensor4D, over: 'pixels' | 'images'): tf.Scalar {
  const squares = tf.squaredDifference(x, reconstruction);
  return over === 'pixels' ? tf.mean(squares) : tf.div(tf.sum(squares), x.shape[0]);
}

/** Not published: mean |I_fc − I_in|, which keeps the fence cut an image of this input where D has nothing against it. */
export function fenceDistance(x: tf.Tensor4D, fenceCut: tf.Tensor4D): tf.Scalar {
  return tf.mean(tf.abs(tf.sub(fenceCut, x)));
}

/** Loss_D: mean |D(x) − t| over real and fake images alike. scores and targets [n, 1]. */
export function discriminatorLoss(scores: tf.Tensor2D, targets: tf.Tensor2D): tf.Scalar {
  return tf.mean(tf.abs(tf.sub(scores, targets)));
}

/** Not published: mean (u − t)² over the logits u of images with target t (least squares GAN, X. Mao et al., ICCV 2017). Unlike |tanh u − t| its
 * slope grows with the error, so that a D that is always right still says where to go. logits [n, 1]; targets [n, 1] or one for all. */
export function leastSquaresLoss(logits: tf.Tensor2D, targets: tf.Tensor2D | number): tf.Scalar {
  return tf.mean(tf.squaredDifference(logits, targets));
}

/** weight · Σ w² over kernels [C]. */
export function l2Loss(kernels: readonly tf.Tensor[], weight: number): tf.Scalar {
  return tf.mul(weight, sumOfSquares(kernels)) as tf.Scalar;
}

/** Mean of 1 − D², the slope of D's tanh: how much of its gradient it lets through. 0: saturated, nothing can be learned from it. */
export function gauge(scores: tf.Tensor2D): tf.Scalar {
  return tf.mean(tf.sub(1, tf.square(scores)));
}
