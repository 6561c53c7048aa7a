import { expect, it } from 'vitest';
import { bestOf, chosenOf, selectionSentence } from './selection';

const checked = [
  { update: 500, distance: 0.4, auc: 0.625 },
  { update: 1000, distance: 0.2, auc: 0.7 },
  { update: 1500, distance: 0.3, auc: 0.9 },
  { update: 2000, distance: 0.2, auc: 0.9 },
];

it('the lowest distance is chosen and the highest AUC is best, the first of several', () => {
  expect(chosenOf(checked)?.update).toBe(1000);
  expect(bestOf(checked)?.update).toBe(1500);
  expect(selectionSentence(checked)).toBe('Selected by distance: update 1,000 (AUC 0.70); best AUC 0.90 at update 1,500, by labels.');
});

it('without labels one is chosen all the same, and nothing is compared', () => {
  const unlabelled = checked.map((one) => ({ ...one, auc: null }));
  expect(chosenOf(unlabelled)?.update).toBe(1000);
  expect([bestOf(unlabelled), selectionSentence(unlabelled), chosenOf([]), selectionSentence([])]).toEqual([null, null, null, null]);
});
