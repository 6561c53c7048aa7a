/** Masks as bits: 32 pixels a word, so that a morphological step over a slice is a few thousand word operations. Rows start at a word;
 * bit x mod 32 of word ⌊x/32⌋ is pixel x; bits beyond the width are 0. */

export type BitMask = {
  readonly height: number;
  readonly width: number /** Words in a row. */;
  readonly stride: number;
  bits: Uint32Array;
};

export function emptyMask(height: number, width: number): BitMask {
  const stride = (width + 31) >>> 5;
  return { height, width, stride, bits: new Uint32Array(height * stride) };
}

export const copyOf = (mask: BitMask): BitMask => ({ ...mask, bits: mask.bits.slice() });

/** Packs height · width pixels that start at `offset`; a pixel is set where low ≤ value ≤ high. */
export function packed(values: Uint8Array | Uint16Array, offset: number, height: number, width: number, low = 1, high = 0xffff): BitMask {
  const mask = emptyMask(height, width);
  const { bits, stride } = mask;
  const span = high - low;
  for (let y = 0, i = offset; y < height; y++)
    for (let word = y * stride, left = width; left > 0; word++, left -= 32) {
      const end = i + Math.min(32, left);
      let pixels = 0;
      for (let bit = 0; i < end; i++, bit++) {
        const above = values[i] - low;
        // Either is negative outside; a branch here would be mispredicted all the time.
        pixels |= (((above | (span - above)) >>> 31) ^ 1) << bit;
      }
      bits[word] = pixels;
    }
  return mask;
}

/** One byte a pixel, 0 or 1. */
export function unpacked({ height, width, stride, bits }: BitMask): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(height * width);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    for (let word = 0; word < stride; word++)
      for (let pixels = bits[y * stride + word]; pixels !== 0; pixels &= pixels - 1)
        bytes[row + 32 * word + 31 - Math.clz32(pixels & -pixels)] = 1;
  }
  return bytes;
}

/** Number of set bits of a word. */
function ones(word: number): number {
  let n = word - ((word >>> 1) & 0x55555555);
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333);
  return Math.imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Number of pixels that are set. */
export function areaOf({ bits }: BitMask): number {
  let area = 0;
  for (let i = 0; i < bits.length; i++) area += ones(bits[i]);
  return area;
}

/** Number of pixels set in both. */
export function overlapOf(a: BitMask, b: BitMask): number {
  let area = 0;
  for (let i = 0; i < a.bits.length; i++) area += ones(a.bits[i] & b.bits[i]);
  return area;
}

/** The bits of a row's last word that are pixels. */
const tailOf = (width: number): number => (width % 32 === 0 ? -1 : (1 << (width % 32)) - 1);

/** Turns every pixel over. */
export function invert({ height, width, stride, bits }: BitMask): void {
  for (let i = 0; i < bits.length; i++) bits[i] = ~bits[i];
  const tail = tailOf(width);
  for (let y = 1; y <= height; y++) bits[y * stride - 1] &= tail;
}

/** Dilates by a square of (2·radius + 1)²; outside is background. */
export function dilate(mask: BitMask, radius: number): void {
  const { height, width, stride } = mask;
  const tail = tailOf(width);
  const { bits } = mask;
  for (let y = 0; y < height; y++) {
    const end = (y + 1) * stride;
    for (let step = 0; step < radius; step++) {
      for (let i = y * stride, left = 0; i < end; i++) {
        const here = bits[i];
        const right = i + 1 < end ? bits[i + 1] : 0;
        bits[i] = here | (here << 1) | (here >>> 1) | (left >>> 31) | (right << 31);
        left = here;
      }
      bits[end - 1] &= tail;
    }
  }
  const wide = bits.slice();
  const reach = radius * stride;
  for (let i = 0; i < bits.length; i++) {
    const last = Math.min(bits.length - 1, i + reach);
    let pixels = wide[i];
    for (let j = i - stride; j >= 0 && j >= i - reach; j -= stride) pixels |= wide[j];
    for (let j = i + stride; j <= last; j += stride) pixels |= wide[j];
    bits[i] = pixels;
  }
}

/** Erodes by a square of (2·radius + 1)²; outside is foreground. */
export function erode(mask: BitMask, radius: number): void {
  invert(mask);
  dilate(mask, radius);
  invert(mask);
}
