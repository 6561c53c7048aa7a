import type { Random } from '../core/random';
import type { Augmentation } from '../models/model';

/** One training image varied at random: mirror, rotation and zoom about the centre, brightness, noise, clip to ± `clip` (null: none), noise. */
export function augment(
  values: Float32Array,
  height: number,
  width: number,
  { mirror, rotation, zoom, brightness, noiseBefore, noiseAfter }: Augmentation,
  clip: number | null,
  random: Random,
): Float32Array {
  const flip = mirror && random.uniform() < 0.5;
  const angle = rotation > 0 ? random.between(-rotation, rotation) : 0;
  const scale = zoom[0] === zoom[1] ? zoom[0] : random.between(zoom[0], zoom[1]);
  const out = angle === 0 && scale === 1 ? mirrored(values, height, width, flip) : warped(values, height, width, flip, angle, scale);
  const factor = brightness[0] === brightness[1] ? brightness[0] : random.between(brightness[0], brightness[1]);
  if (factor !== 1) for (let i = 0; i < out.length; i++) out[i] *= factor;
  addNoise(out, noiseBefore, random);
  if (clip !== null) for (let i = 0; i < out.length; i++) out[i] = Math.max(-clip, Math.min(clip, out[i]));
  addNoise(out, noiseAfter, random);
  return out;
}

function addNoise(values: Float32Array, largestVariance: number, random: Random): void {
  if (largestVariance === 0) return;
  const sd = Math.sqrt(random.between(0, largestVariance));
  for (let i = 0; i < values.length; i++) values[i] += sd * random.normal();
}

function mirrored(values: Float32Array, height: number, width: number, flip: boolean): Float32Array {
  const out = values.slice();
  if (flip) for (let y = 0; y < height; y++) out.subarray(y * width, (y + 1) * width).reverse();
  return out;
}

/** Bilinear, 0 outside. */
function warped(values: Float32Array, height: number, width: number, flip: boolean, angle: number, scale: number): Float32Array {
  const out = new Float32Array(values.length);
  const cos = Math.cos(angle) / scale;
  const sin = Math.sin(angle) / scale;
  const cy = (height - 1) / 2;
  const cx = (width - 1) / 2;
  const at = (y: number, x: number) => (y < 0 || x < 0 || y >= height || x >= width ? 0 : values[y * width + x]);
  for (let r = 0; r < height; r++) {
    for (let c = 0; c < width; c++) {
      const dx = (flip ? width - 1 - c : c) - cx;
      const x = cos * dx - sin * (r - cy) + cx;
      const y = sin * dx + cos * (r - cy) + cy;
      const x0 = Math.floor(x);
      const y0 = Math.floor(y);
      const fx = x - x0;
      const fy = y - y0;
      const top = at(y0, x0) * (1 - fx) + at(y0, x0 + 1) * fx;
      const bottom = at(y0 + 1, x0) * (1 - fx) + at(y0 + 1, x0 + 1) * fx;
      out[r * width + c] = top * (1 - fy) + bottom * fy;
    }
  }
  return out;
}
