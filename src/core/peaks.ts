/** Peaks of a histogram. The ASC-Net paper cuts at one and gives no algorithm: this one is ours. */

/** Side of the box that smooths the counts, bins; edges are repeated. */
const WINDOW = 5;
/** Least height, as a share of all that was counted, and least prominence, as a share of the height. */
const MIN_SHARE = 0.002;
const MIN_PROMINENCE = 0.25;

/** Bins of the kept local maxima, from left to right; a plateau counts once, at its middle, and both ends may be peaks. Empty for no counts. */
export function peaksOf(counts: ArrayLike<number>): number[] {
  const s = smoothed(counts);
  const total = Array.from(counts).reduce((a, b) => a + b, 0);
  const found: number[] = [];
  if (total === 0) return found;
  for (let first = 0, last = 0; first < s.length; first = last + 1) {
    last = first;
    while (last + 1 < s.length && s[last + 1] === s[first]) last++;
    const height = s[first];
    if ((first > 0 && s[first - 1] > height) || (last + 1 < s.length && s[last + 1] > height)) continue;
    // The lowest point on the way to anything higher, to each side that there is.
    const sides = [first > 0 ? lowest(s, first - 1, -1, height) : 0, last + 1 < s.length ? lowest(s, last + 1, 1, height) : 0];
    if (height >= MIN_SHARE * total && height - Math.max(...sides) >= MIN_PROMINENCE * height) found.push((first + last) >> 1);
  }
  return found;
}

function lowest(s: readonly number[], from: number, step: -1 | 1, height: number): number {
  let low = height;
  for (let i = from; i >= 0 && i < s.length && s[i] <= height; i += step) low = Math.min(low, s[i]);
  return low;
}

function smoothed(counts: ArrayLike<number>): number[] {
  const reach = (WINDOW - 1) / 2;
  const at = (i: number) => counts[Math.max(0, Math.min(counts.length - 1, i))];
  return Array.from({ length: counts.length }, (_, i) => {
    let sum = 0;
    for (let d = -reach; d <= reach; d++) sum += at(i + d);
    return sum / WINDOW;
  });
}

/** Lowest bin of the smoothed counts between two peaks; the middle (rounded down) of all from the first to the last that are as low. */
export function valleyBetween(counts: ArrayLike<number>, left: number, right: number): number {
  const s = smoothed(counts).slice(left, right + 1);
  const low = Math.min(...s);
  return left + ((s.indexOf(low) + s.lastIndexOf(low)) >> 1);
}
