/** How shaders that work by channel share [n, h, w, c] out among invocations. */
import * as tf from '@tensorflow/tfjs';
import { type Lanes, lanes, WORKGROUP } from './lanes';

/** Groups have statistics of their own. An invocation takes `n` channels, and a run of pixels of one group. */
export type Cut = { groups: number; channels: number; n: Lanes; wide: number; pixels: number; perChunk: number; chunks: number };

/** Invocations that fill a large GPU, and the fewest pixels of a partial sum: fewer would not pay for adding it up. */
const INVOCATIONS = 8192;
const LEAST_PIXELS = 32;
/** Pixels in a row that an invocation of `ahead` does, for one load of what their channel needs. */
const PIXELS = 8;

export function cut(shape: readonly number[], perImage: boolean): Cut {
  const channels = shape[shape.length - 1];
  const groups = perImage ? shape[0] : 1;
  const pixels = tf.util.sizeFromShape([...shape]) / channels / groups;
  const n = lanes(channels);
  const wide = channels / n;
  const perChunk = Math.min(pixels, Math.max(LEAST_PIXELS, Math.ceil((pixels * groups * wide) / INVOCATIONS)));
  return { groups, channels, n, wide, pixels, perChunk, chunks: Math.ceil(pixels / perChunk) };
}

const counts = (...names: string[]) => Object.fromEntries(names.map((name) => [name, 'i32' as const]));

/** A chunk an invocation: channel `c` of pixels from `first` to `end` of group `owner`, the `chunk`-th of all groups' chunks. */
export const chunked = {
  uniforms: counts('wide', 'pixels', 'perChunk', 'chunks', 'all'),
  values: ({ groups, wide, pixels, perChunk, chunks }: Cut) => [wide, pixels, perChunk, chunks, groups * chunks],
  groups: ({ groups, wide, chunks }: Cut) => Math.ceil((groups * chunks * wide) / WORKGROUP),
  main: `
  let item = i32(group * ${WORKGROUP}u + local);
  let c = item % u.wide;
  let chunk = item / u.wide;
  if (chunk >= u.all) { return; }
  let owner = chunk / u.chunks;
  let first = owner * u.pixels + chunk % u.chunks * u.perChunk;
  let end = min(first + u.perChunk, (owner + 1) * u.pixels);`,
};

/** A short run of pixels an invocation, for work that is done pixel by pixel; the names are those of `chunked`. */
export const ahead = {
  uniforms: counts('wide', 'pixels', 'runs', 'all'),
  values: ({ groups, wide, pixels }: Cut) => [wide, pixels, Math.ceil(pixels / PIXELS), groups * Math.ceil(pixels / PIXELS)],
  groups: ({ groups, wide, pixels }: Cut) => Math.ceil((groups * Math.ceil(pixels / PIXELS) * wide) / WORKGROUP),
  main: `
  let item = i32(group * ${WORKGROUP}u + local);
  let c = item % u.wide;
  let part = item / u.wide;
  if (part >= u.all) { return; }
  let owner = part / u.runs;
  let first = owner * u.pixels + part % u.runs * ${PIXELS};
  let end = min(first + ${PIXELS}, (owner + 1) * u.pixels);`,
};
