import * as tf from '@tensorflow/tfjs';
import { CLIP } from '../core/baselines';
import type { Random } from '../core/random';
import type { ModelSpec, Role, Slice } from '../core/types';
import { type Patching, randomPatch } from '../data/patches';
import type { Augmentation, Sampler } from '../models/model';
import { augment } from './augment';
import { toInput } from './input';

type Deck = { order: Uint32Array; next: number };

/** Where the draws of a role stand: saved in a checkpoint together with the generator's state. */
export type SamplerState = { random: [number, number, number, number]; decks: Partial<Record<Role, { order: number[]; next: number }>> };

/** Draws batches from the slices of each role: every slice once before any is drawn again, across batch borders. With patches, one is cut from
 * each slice that is drawn, at a random place, when a batch needs it. */
export class SliceSampler implements Sampler {
  private readonly decks: Partial<Record<Role, Deck>> = {};

  /** Slices of one size; `range` is the model's input range; `patching`: whether and how patches are cut from the slices. */
  constructor(
    private readonly slices: Readonly<Record<Role, readonly Slice[]>>,
    private readonly range: ModelSpec['input'],
    readonly random: Random,
    private readonly patching: Patching | null = null,
  ) {}

  count(role: Role): number {
    return this.slices[role].length;
  }

  batch(role: Role, n: number, augmentation?: Augmentation): tf.Tensor4D {
    const pool = this.slices[role];
    if (pool.length === 0) throw new RangeError(`There are no ${role} slices to train on.`);
    const { height, width } = this.patching ? { height: this.patching.size, width: this.patching.size } : pool[0];
    const values = new Float32Array(n * height * width);
    for (let i = 0; i < n; i++) {
      const deal = () => pool[this.draw(role, pool.length)];
      const slice = this.patching ? randomPatch(deal, this.patching, this.random) : deal();
      values.set(this.prepare(slice, augmentation), i * height * width);
    }
    return tf.tensor4d(values, [n, height, width, 1]);
  }

  private prepare(slice: Slice, augmentation: Augmentation | undefined): Float32Array {
    if (!augmentation) return toInput(slice, this.range);
    const clip = this.range === 'zscore' ? CLIP : null;
    return augment(
      this.range === 'zscore' ? unclipped(slice) : toInput(slice, this.range),
      slice.height,
      slice.width,
      augmentation,
      clip,
      this.random,
    );
  }

  private draw(role: Role, n: number): number {
    let deck = this.decks[role];
    if (!deck || deck.next === deck.order.length) {
      deck = { order: this.random.permutation(n), next: 0 };
      this.decks[role] = deck;
    }
    return deck.order[deck.next++];
  }

  get state(): SamplerState {
    const decks = Object.entries(this.decks).map(([role, deck]) => [role, { order: [...deck.order], next: deck.next }]);
    return { random: this.random.state, decks: Object.fromEntries(decks) };
  }

  set state({ random, decks }: SamplerState) {
    this.random.state = random;
    for (const role of Object.keys(this.decks)) delete this.decks[role as Role]; // one not dealt from yet
    for (const [role, deck] of Object.entries(decks)) this.decks[role as Role] = { order: Uint32Array.from(deck.order), next: deck.next };
  }
}

/** The z-score before its clip, which noise comes before. */
function unclipped({ pixels, brain }: Slice): Float32Array {
  const scale = brain.sd > 0 ? 1 / brain.sd : 0;
  return pixels.map((v) => (v > 0 ? (v - brain.mean) * scale : 0));
}
