/** Model selection without labels: what was found at each checkpoint, and what the choice by distance costs against the best there was. */

/** One checkpoint: the distance of its translations to healthy images, and the image AUC of its scores, null without labels of both kinds. */
export type Checked = { update: number; distance: number; auc: number | null };

/** The checkpoint with the lowest distance, the first of several; null for none. */
export const chosenOf = (checked: readonly Checked[]): Checked | null =>
  checked.reduce<Checked | null>((low, one) => (low && low.distance <= one.distance ? low : one), null);

/** The checkpoint with the highest AUC, the first of several; null where labels say nothing. */
export const bestOf = (checked: readonly Checked[]): Checked | null =>
  checked.reduce<Checked | null>((best, one) => (one.auc === null || (best && best.auc! >= one.auc) ? best : one), null);

/** Selected against best, the comparison of A2B-GAN's discussion; null where nobody says which images hold an anomaly. */
export function selectionSentence(checked: readonly Checked[]): string | null {
  const [chosen, best] = [chosenOf(checked), bestOf(checked)];
  if (!chosen || chosen.auc === null || !best || best.auc === null) return null;
  const at = ({ update }: Checked) => `update ${update.toLocaleString('en-GB')}`;
  return `Selected by distance: ${at(chosen)} (AUC ${chosen.auc.toFixed(2)}); best AUC ${best.auc.toFixed(2)} at ${at(best)}, by labels.`;
}
