export type Box = {
  left: number;
  top: number;
  width: number;
  height: number;
  decades: number;
  /** Count at the top of a linear axis, which takes the place of the log one. */
  most?: number;
};

/** A count on a fixed axis: linear, or log of so many decades with 0 and 1 on the ground. */
export const countY = (n: number, { top, height, decades, most }: Box): number =>
  top + height * (1 - Math.min(1, most === undefined ? Math.log10(Math.max(1, n)) / decades : n / most));

/** Filled steps, one per bin. */
export function stepPath(bins: ArrayLike<number>, box: Box): string {
  const w = box.width / bins.length;
  let d = `M${box.left} ${box.top + box.height}`;
  for (let i = 0; i < bins.length; i++) {
    const y = countY(bins[i], box).toFixed(1);
    d += `L${(box.left + i * w).toFixed(1)} ${y}L${(box.left + (i + 1) * w).toFixed(1)} ${y}`;
  }
  return `${d}L${box.left + box.width} ${box.top + box.height}Z`;
}

/** A line through the middles of the bins. */
export function linePath(bins: ArrayLike<number>, box: Box): string {
  const w = box.width / bins.length;
  let d = '';
  for (let i = 0; i < bins.length; i++)
    d += `${i === 0 ? 'M' : 'L'}${(box.left + (i + 0.5) * w).toFixed(1)} ${countY(bins[i], box).toFixed(1)}`;
  return d;
}

export const decadeLabel = (d: number): string => ['1', '10', '100', '1k', '10k', '100k', '1M', '10M', '100M'][d] ?? `1e${d}`;
