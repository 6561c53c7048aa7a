/** Variants of the head phantom: the same recipe and the same draws, with some spreads made wider or narrower and some intensities others. */
import type { PhantomName } from '../core/protocol';

/** Factors on spreads (the constants before C, N and R in the recipe): 1 is the standard phantom, 0 makes all heads alike. */
export type PhantomVariant = {
  /** Rotation and position (θ; tx, ty). */
  pose: number;
  /** Half axes of the head (a, b). */
  size: number;
  /** Level of the slice: lev = U · this. */
  level: number;
  /** Warps, and waves of the outline. */
  shape: number;
  /** Folds of the cortex (F, F2); at 0 it is a band of one thickness without sulci. */
  folds: number;
  /** Size of the ventricles (vs), and each limb's own. */
  ventricles: number;
  /** Mean intensities of white and grey matter, and gain. */
  tissue: number;
  /** Strength of the bright caps beside the ventricles. */
  caps: number;
  /** Strength of the tissue's texture. */
  texture: number;
  /** Strength of the bias field. */
  shading: number;
  /** How far the noise level lies from its middle, 0.025. */
  noiseSpread: number;
  /** The noise level itself. */
  noise: number;
  /** Radii of lesions. */
  lesions: number;
  /** How far tumours and plaques stand above white matter. */
  brightness: number;
  /** How much the parts of a tumour differ: at 0 it is one even blob without oedema and core. */
  zones: number;
  // No factors, but values as they are:
  /** Mean intensity of white matter. */
  white: number;
  /** How much brighter grey matter is. */
  contrast: number;
  /** Thickness of the cortex where it has no folds, in half image sides. */
  cortex: number;
};

/** The recipe as it stands. */
export const STANDARD: PhantomVariant = {
  pose: 1,
  size: 1,
  level: 1,
  shape: 1,
  folds: 1,
  ventricles: 1,
  tissue: 1,
  caps: 1,
  texture: 1,
  shading: 1,
  noiseSpread: 1,
  noise: 1,
  lesions: 1,
  brightness: 1,
  zones: 1,
  white: 0.42,
  contrast: 0.21,
  cortex: 0.115,
};

/**
 * Smooth heads: anatomy nearly the same in all, uneven illumination strong and different in each. What is normal then varies in few ways, which a
 * generator can learn and the distance from a mean image cannot; lesions have the intensities of tissue that lies elsewhere. Made so that the latent
 * search of AnoGAN has something to show (chosen on tuning seeds; models/anogan/RESULTS.md): no evidence for the method on images of patients.
 */
const SMOOTH: PhantomVariant = {
  pose: 0.5,
  size: 0.5,
  level: 0.3,
  shape: 0.3,
  folds: 0,
  ventricles: 0.5,
  tissue: 0,
  caps: 0,
  texture: 0,
  shading: 3,
  noiseSpread: 0,
  noise: 0.5,
  lesions: 1.5,
  brightness: 1,
  zones: 1,
  white: 0.42,
  contrast: 0.21,
  cortex: 0.115,
};

/**
 * Bright rinds: dark heads in a thick cortex that is brighter than the tumours, of very different pose and size. Neither an intensity nor the distance
 * from a mean image then says what is a tumour; where it lies and its shape do. Made so that the remix of ASC-Net has something to show (chosen on
 * tuning seeds; models/ascnet/RESULTS.md): no evidence for the method on images of patients.
 */
const RINDS: PhantomVariant = {
  pose: 6,
  size: 3,
  level: 0.5,
  shape: 1,
  folds: 0.3,
  ventricles: 1,
  tissue: 0.2,
  caps: 0,
  texture: 0.3,
  shading: 0.3,
  noiseSpread: 1,
  noise: 0.3,
  lesions: 1.4,
  brightness: 2.1,
  zones: 0,
  white: 0.1,
  contrast: 0.78,
  cortex: 0.25,
};

export const VARIANTS: Readonly<Record<PhantomName, PhantomVariant>> = {
  standard: STANDARD,
  smooth: SMOOTH,
  tumours: SMOOTH,
  rinds: RINDS,
};
