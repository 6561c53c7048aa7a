/** What is wrong with a run that cuts an image in two, in one sentence with one remedy. */
import type { Preview } from '../../core/protocol';

export type Finding = { id: 'saturated' | 'blind' | 'emptyFence' | 'emptyWild' | 'copy' | 'noPeak'; says: string; remedy: string };

/** Mean of 1 − D²: below it hardly any gradient passes D's tanh; above the other, D has an opinion on nothing. */
const SATURATED = 0.02;
const BLIND = 0.98;
/** Bytes of 255: a cut whose mean in the body is below it holds nothing; two images closer than it are the same. */
const EMPTY = 5;
/** Updates before which nothing is wrong yet. */
const EARLY = 50;

/** @param gauge mean 1 − D² over D's last updates, null before the first
 * @param ended whether the run is over: until then peaks may still come apart */
export function findings(preview: Preview, gauge: number | null, ended: boolean): Finding[] {
  const found: Finding[] = [];
  if (preview.update < EARLY) return found;
  const pixelsOf = (id: string) => preview.rows.find((row) => row.id === id)?.pixels;
  const [input, fence, wild] = ['input', 'fenceCut', 'wildCut'].map(pixelsOf);
  if (!input || !fence || !wild) return found;
  if (gauge !== null && gauge < SATURATED)
    found.push({
      id: 'saturated',
      says: 'D is saturated: it is sure of every image, so M learns nothing from it.',
      remedy: 'Set Adversarial loss to least squares, or lower Adam rate of D.',
    });
  if (gauge !== null && gauge > BLIND)
    found.push({
      id: 'blind',
      says: 'D has collapsed: it says the same of every image.',
      remedy: 'Raise Adam rate of D, or let it learn for more epochs a phase.',
    });
  if (meanInBody(input, fence) < EMPTY)
    found.push({
      id: 'emptyFence',
      says: 'The fence cut is empty: there is no healthy-looking image to compare with.',
      remedy: 'Raise Weight of Loss_Cf, or Weight of |I_fc − I_in|.',
    });
  if (meanInBody(input, wild) < EMPTY)
    found.push({
      id: 'emptyWild',
      says: 'The wild cut is empty: whatever is anomalous stayed in the fence cut.',
      remedy: 'Raise Weight of Loss_R, or lower Weight of Loss_Cw.',
    });
  else if (distanceInBody(input, wild) < EMPTY)
    found.push({
      id: 'copy',
      says: 'The wild cut copies its input: nothing was separated.',
      remedy: 'Raise Weight of Loss_Cw.',
    });
  if (ended && preview.peaks.length < 2)
    found.push({
      id: 'noPeak',
      says: 'The histogram has no separated peak: a cut at its peak would mark about half of the body.',
      remedy: 'Train for more cycles, or cut by hand and say so.',
    });
  return found;
}

const meanInBody = (input: Uint8Array, cut: Uint8Array): number => overBody(input, (i) => cut[i]);
const distanceInBody = (input: Uint8Array, cut: Uint8Array): number => overBody(input, (i) => Math.abs(cut[i] - input[i]));

/** Mean over the pixels where the input is above 0. */
function overBody(input: Uint8Array, value: (i: number) => number): number {
  let sum = 0;
  let body = 0;
  for (let i = 0; i < input.length; i++) {
    if (input[i] === 0) continue;
    sum += value(i);
    body++;
  }
  return sum / body;
}

/** D's gauge in words. */
export function gaugeInWords(gauge: number): string {
  if (gauge < SATURATED) return 'saturated: nothing gets through';
  if (gauge < 0.2) return 'nearly sure of everything: little gets through';
  if (gauge <= BLIND) return 'open: M can learn from it';
  return 'undecided on everything';
}
