/** Slices spread evenly over those with an anomaly, then over the rest: the same ones for every predictor. */
export function spread(anomalous: ArrayLike<number>, total: number, most: number): number[] {
  const pick = (from: ArrayLike<number>, n: number) => {
    const size = Math.min(n, from.length);
    return Array.from({ length: size }, (_, i) => from[Math.floor((i * from.length) / size)]);
  };
  const first = pick(anomalous, most);
  const held = new Set(Array.from(anomalous));
  const rest = Array.from({ length: total }, (_, i) => i).filter((i) => !held.has(i));
  return [...first, ...pick(rest, most - first.length)].sort((a, b) => a - b);
}
