import * as tf from '@tensorflow/tfjs';
import { smooth7 } from '../../nn/layers';
import type { Scored, ScoreStep } from '../model';
import type { Cuts, MainModule } from './network';

/** x [n, s, s, 1] in [0, 1], 0 outside the body; higher is more anomalous. */
type Map = (cuts: Cuts, inside: tf.Tensor) => tf.Tensor;

/** What is thresholded, by scorer. The authors advise I_ro, not the wild cut [C, read-me]. */
const MAPS: Record<string, Map> = {
  I_ro: ({ reconstruction }) => reconstruction,
  // For anomalies darker than their surroundings: the outside is masked first, or it would be the brightest of all (LiTS).
  'I_ro-dark': ({ reconstruction }, inside) => tf.mul(tf.sub(1, reconstruction), inside),
  I_wc: ({ wildCut }) => wildCut,
};

/** Section 2, "Thresholding": the remix of both cuts in inference mode, to be thresholded. One pass, no inner steps. */
export function* score(main: MainModule, x: tf.Tensor4D, scorer: string, smooth: boolean): Generator<ScoreStep, Scored, void> {
  const mapOf = MAPS[scorer];
  if (!mapOf) throw new RangeError(`ASC-Net has no score "${scorer}"; it has ${Object.keys(MAPS).join(', ')}.`);
  return tf.tidy(() => {
    const cuts = main.project(x);
    const inside = tf.cast(tf.greater(x, 0), 'float32');
    const raw = mapOf(cuts, inside) as tf.Tensor4D;
    const map = smooth ? smooth7(raw) : tf.clone(raw);
    // The paper has no score of a whole image: the mean inside the body is ours; 0 for an empty image.
    const scores = tf.div(tf.sum(tf.mul(map, inside), [1, 2, 3]), tf.maximum(tf.sum(inside, [1, 2, 3]), 1)) as tf.Tensor1D;
    return { map, scores, views: { ...cuts } };
  });
}
