/** Mean and population standard deviation of the pixels above 0; zeros when there is none. */
export function brainStatistics(images: readonly Float32Array[]): { mean: number; sd: number } {
  let n = 0;
  let sum = 0;
  for (const pixels of images) {
    for (const v of pixels) {
      if (v > 0) {
        n++;
        sum += v;
      }
    }
  }
  if (n === 0) return { mean: 0, sd: 0 };
  const mean = sum / n;
  let squares = 0;
  for (const pixels of images) for (const v of pixels) if (v > 0) squares += (v - mean) ** 2;
  return { mean, sd: Math.sqrt(squares / n) };
}
