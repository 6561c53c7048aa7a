/** The numbers that fixtures/make.py draws: n whole numbers in 0 … 65,535. */
export function draws(seed: number, n: number): number[] {
  let x = seed;
  return Array.from({ length: n }, () => {
    x = (Math.imul(1664525, x) + 1013904223) >>> 0;
    return x >>> 16;
  });
}
