/** Simulated anomalies (A2B-GAN, section 4.3): a square of an image replaced by its mean, so that a result can be judged by eye. */
import { Random } from '../core/random';
import type { Simulation } from '../core/simulation';
import type { Role, Slice } from '../core/types';
import { DataError } from './errors';

/** Side of the square: 40 pixels of 128 in the paper, in proportion elsewhere. */
const SIDE = 40 / 128;
/** Share of anomalous slices where results are measured (the paper's 2,500 and 2,500). */
const MEASURED_SHARE = 0.5;

/** The roles that get squares, and the share of anomalous slices in each; the reference stays as it is. */
const SHARES: readonly [Role, (simulation: Simulation) => number][] = [
  ['mixed', ({ share }) => share],
  ['validation', () => MEASURED_SHARE],
  ['test', () => MEASURED_SHARE],
];

/** Slices by role with simulated anomalies in all roles but the reference, each role with draws of its own. All slices must be healthy.
 * @throws DataError as `simulateAnomalies` does */
export function simulateRoles(roles: Readonly<Record<Role, Slice[]>>, simulation: Simulation): Record<Role, Slice[]> {
  const simulated = { ...roles };
  SHARES.forEach(([role, share], i) => {
    simulated[role] = simulateAnomalies(roles[role], share(simulation), SHARES.length * simulation.seed + i);
  });
  return simulated;
}

/**
 * The slices in their order, ⌊share · n + ½⌋ of them with one square somewhere replaced by its mean, and every one with a mask that says
 * exactly where. Deterministic in all three arguments; the slices given are left alone. `brain` stays that of the untouched volume.
 *
 * The square lies inside the image, at any place where it changes something and its centre is on the body (above 0): the paper's photographs
 * are all body. Pixels are painted when they are asked for, so that slices which lie in a file stay there.
 * @param slices healthy ones
 * @param share of anomalous slices, 0 to 1
 * @throws DataError for a slice that is anomalous already or has no place for a square
 */
export function simulateAnomalies(slices: readonly Slice[], share: number, seed: number): Slice[] {
  if (!(share >= 0 && share <= 1)) throw new RangeError(`The share of anomalous slices is a number from 0 to 1, not ${share}.`);
  const ill = slices.find(({ label, truth }) => label === 1 || truth?.includes(1));
  if (ill)
    throw new DataError(`${ill.name} is anomalous already: where its anomaly ends would be unknown. Simulate anomalies on healthy slices.`);
  const random = new Random(seed);
  const chosen = new Set(random.permutation(slices.length).subarray(0, Math.round(share * slices.length)));
  return slices.map((slice, i) => new SimulatedSlice(slice, chosen.has(i) ? placed(slice, random) : null));
}

/** Corner (an index) and side of a square. */
type Square = { corner: number; side: number };

/** A slice with a square in it, or with none and an empty mask. */
class SimulatedSlice implements Slice {
  readonly name: string;
  readonly group: string;
  readonly volume: string;
  readonly index: number;
  readonly height: number;
  readonly width: number;
  readonly label: 0 | 1;
  readonly brain: Slice['brain'];
  readonly edges: Slice['edges'];
  readonly pixelArea?: number;
  readonly stack?: Slice['stack'];
  readonly #original: Slice;
  readonly #square: Square | null;

  constructor(original: Slice, square: Square | null) {
    this.name = square ? `${original.name}, square` : original.name;
    this.group = original.group;
    this.volume = original.volume;
    this.index = original.index;
    this.height = original.height;
    this.width = original.width;
    this.label = square ? 1 : 0;
    this.brain = original.brain;
    this.edges = original.edges;
    if (original.pixelArea !== undefined) this.pixelArea = original.pixelArea;
    if (original.stack) this.stack = original.stack;
    this.#original = original;
    this.#square = square;
  }

  get pixels(): Float32Array {
    if (!this.#square) return this.#original.pixels;
    const pixels = this.#original.pixels.slice();
    const inside = pixelsOf(this.#square, this.width);
    const mean = inside.reduce((sum, i) => sum + pixels[i], 0) / inside.length;
    for (const i of inside) pixels[i] = mean;
    return pixels;
  }

  get truth(): Uint8Array {
    const truth = new Uint8Array(this.height * this.width);
    if (this.#square) for (const i of pixelsOf(this.#square, this.width)) truth[i] = 1;
    return truth;
  }
}

const pixelsOf = ({ corner, side }: Square, width: number): number[] =>
  Array.from({ length: side * side }, (_, i) => corner + Math.floor(i / side) * width + (i % side));

/** A square drawn from all that hold more than one value around a centre above 0. */
function placed({ name, pixels, width, height }: Slice, random: Random): Square {
  const side = Math.round(SIDE * Math.min(width, height));
  const middle = Math.floor(side / 2);
  const corners: number[] = [];
  for (let y = 0; y + side <= height; y++)
    for (let x = 0; x + side <= width; x++) if (pixels[(y + middle) * width + x + middle] > 0) corners.push(y * width + x);
  while (corners.length > 0) {
    const [corner] = corners.splice(random.below(corners.length), 1);
    if (pixelsOf({ corner, side }, width).some((i) => pixels[i] !== pixels[corner])) return { corner, side };
  }
  throw new DataError(`${name} has no place for a square of ${side} pixels that would change it. Leave it out.`);
}
