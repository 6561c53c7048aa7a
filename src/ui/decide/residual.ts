/** Difference, as a share of all intensities, that has the last colour: one scale for every slice and step, so that a search is seen to end lower. */
export const RESIDUAL_TOP = 0.25;

/** |x − image| of bytes, for display, as bytes of a colour table from 0 to `RESIDUAL_TOP`. */
export function residualOf(x: Uint8Array, image: Uint8Array): Uint8Array {
  return x.map((v, i) => Math.min(255, Math.round(Math.abs(v - image[i]) / RESIDUAL_TOP)));
}
