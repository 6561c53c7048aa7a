/** Said of an image whose colour was given up. */
export const REDUCED = 'Colour was reduced to luminance (0.299 R + 0.587 G + 0.114 B).';

/** One intensity a pixel from interleaved samples.
 * @param samples height × width × channels; 1 = grey, 2 = grey and alpha, 3 = RGB, 4 = RGB and alpha
 * @param opaque largest alpha value
 * @param notes receives a sentence when colour or transparency was given up; grey images stored as RGB lose nothing and get none */
export function luminance(samples: ArrayLike<number>, channels: number, opaque: number, notes: string[]): Float32Array {
  const count = samples.length / channels;
  const out = new Float32Array(count);
  const coloured = channels >= 3;
  const alphaAt = channels === 2 ? 1 : channels === 4 ? 3 : -1;
  let colourful = false;
  let transparent = false;
  for (let i = 0, s = 0; i < count; i++, s += channels) {
    const r = samples[s];
    if (coloured) {
      const g = samples[s + 1];
      const b = samples[s + 2];
      if (r === g && g === b) out[i] = r;
      else {
        colourful = true;
        out[i] = 0.299 * r + 0.587 * g + 0.114 * b;
      }
    } else out[i] = r;
    if (alphaAt >= 0 && samples[s + alphaAt] !== opaque) transparent = true;
  }
  if (colourful) notes.push(REDUCED);
  if (transparent) notes.push('Its transparency was ignored.');
  return out;
}
