/** Pixels to canvases. Masks are thresholded here, from codes; nothing is computed twice for the same picture. */

/** Stops of matplotlib's magma, evenly spaced. */
const MAGMA = ['000004', '1c1044', '4f127b', '812581', 'b5367a', 'e55964', 'fb8761', 'fec287', 'fcfdbf'].map((hex) =>
  [0, 2, 4].map((i) => Number.parseInt(hex.slice(i, i + 2), 16)),
);

const pack = (r: number, g: number, b: number, a = 255): number => ((a << 24) | (b << 16) | (g << 8) | r) >>> 0;

const magmaAt = (t: number): number => {
  const x = Math.min(1, Math.max(0, t)) * (MAGMA.length - 1);
  const i = Math.min(MAGMA.length - 2, Math.floor(x));
  const [r, g, b] = MAGMA[i].map((from, c) => Math.round(from + (x - i) * (MAGMA[i + 1][c] - from)));
  return pack(r, g, b);
};

/** A code of a map has 12 bits, a colour table 8. */
export const CODE_SHIFT = 4;
export const GREY = Uint32Array.from({ length: 256 }, (_, v) => pack(v, v, v));
export const MAGMA_LUT = Uint32Array.from({ length: 256 }, (_, v) => magmaAt(v / 255));
export const MAGMA_CSS = `linear-gradient(90deg, ${MAGMA.map(([r, g, b]) => `rgb(${r} ${g} ${b})`).join(', ')})`;

/** Colours of the overlays: plates are black in both themes, so these do not follow the theme. */
export const MASK_LINE = '#ff8b52';
export const MASK_TINT = 'rgb(255 122 61 / 14%)';
export const TRUTH_LINE = '#63d4ea';
const EDGE = pack(0xff, 0x8b, 0x52);
const TRUTH_DOT = pack(0x63, 0xd4, 0xea);

/** Draws bytes (or codes shifted to bytes) through a colour table, at their own resolution, with the truth's edge on top; clear where
 * a pixel is below 0. */
export function paintBytes(
  canvas: HTMLCanvasElement,
  pixels: ArrayLike<number>,
  height: number,
  width: number,
  lut: Uint32Array,
  shift = 0,
  truth: Uint8Array | null = null,
): void {
  const context = sized(canvas, width, height);
  const image = context.createImageData(width, height);
  const words = new Uint32Array(image.data.buffer);
  for (let i = 0; i < words.length; i++) words[i] = pixels[i] < 0 ? 0 : lut[pixels[i] >> shift];
  if (truth) dashEdge(truth, words, width);
  context.putImageData(image, 0, 0);
}

function sized(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  // Pixels are put, never drawn: in main memory a plate needs neither an upload nor a layer of its own at every move of the threshold.
  return canvas.getContext('2d', { willReadFrequently: true })!;
}

/** A small plate: the grey image is kept, and each repaint lays the mask over a copy of it. */
export type SmallPlate = { context: CanvasRenderingContext2D; image: ImageData; words: Uint32Array; grey: Uint32Array; width: number };

export function smallPlate(
  canvas: HTMLCanvasElement,
  pixels: Uint8Array,
  truth: Uint8Array | null,
  height: number,
  width: number,
): SmallPlate {
  const context = sized(canvas, width, height);
  const image = context.createImageData(width, height);
  const grey = new Uint32Array(pixels.length);
  for (let i = 0; i < grey.length; i++) grey[i] = GREY[pixels[i]];
  if (truth) dashEdge(truth, grey, width);
  return { context, image, words: new Uint32Array(image.data.buffer), grey, width };
}

/** A mask is where a value reaches the level: its edge in the colour of the cut, its inside tinted. */
export function paintMask(plate: SmallPlate, mask: { values: Uint16Array | Uint8Array; level: number } | null): void {
  const { words, grey, width } = plate;
  words.set(grey);
  if (mask) {
    const { values: codes, level } = mask;
    const n = codes.length;
    for (let i = 0; i < n; i++) {
      if (codes[i] < level) continue;
      const x = i % width;
      const inside =
        x > 0 &&
        x < width - 1 &&
        i >= width &&
        i < n - width &&
        codes[i - 1] >= level &&
        codes[i + 1] >= level &&
        codes[i - width] >= level &&
        codes[i + width] >= level;
      words[i] = inside ? tinted(grey[i]) : EDGE;
    }
  }
  plate.context.putImageData(plate.image, 0, 0);
}

const tinted = (word: number): number => {
  const mix = (from: number, to: number) => Math.round(from + 0.14 * (to - from));
  return pack(mix(word & 255, 255), mix((word >> 8) & 255, 122), mix((word >> 16) & 255, 61));
};

/** Every second edge pixel of the truth: dashed, so that colour is not the only difference. */
function dashEdge(truth: Uint8Array, words: Uint32Array, width: number): void {
  for (let i = 0; i < truth.length; i++) {
    if (!truth[i]) continue;
    const x = i % width;
    const edge = x === 0 || x === width - 1 || !truth[i - 1] || !truth[i + 1] || !truth[i - width] || !truth[i + width];
    if (edge && (x + Math.floor(i / width)) % 3 !== 0) words[i] = TRUTH_DOT;
  }
}
