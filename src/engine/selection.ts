/** Model selection without labels: how far translated images lie from real healthy ones, of the slices that a run learns from. */
import * as tf from '@tensorflow/tfjs';
import { frechetDistance } from '../core/frechet';
import { type Checked, chosenOf } from '../core/selection';
import type { ModelSpec, Role, Slice } from '../core/types';
import type { Trainer } from '../models/model';
import { spread } from './evaluate';
import { hop } from './hop';
import { toInput } from './input';

/** Slices of each set, evenly spaced. */
const SAMPLE = 192;
const BATCH = 32;

export class Selection {
  private readonly healthy: readonly Slice[];
  private readonly mixed: readonly Slice[];
  private real: Float32Array | null = null;
  /** What was found at each checkpoint so far. */
  readonly checked: Checked[] = [];

  constructor(
    private readonly trainer: Trainer,
    private readonly range: ModelSpec['input'],
    roles: Readonly<Record<Role, readonly Slice[]>>,
  ) {
    this.healthy = spread(roles.reference, SAMPLE);
    this.mixed = spread(roles.mixed, SAMPLE);
  }

  /** Fréchet distance of translated mixed slices to the healthy reference; null for a model without features and for fewer slices than those
   * need. */
  async distance(): Promise<number | null> {
    if (!this.trainer.features) return null;
    this.real ??= await this.featuresOf(this.healthy, false);
    const translated = await this.featuresOf(this.mixed, true);
    return frechetDistance(this.real, translated, this.real.length / this.healthy.length);
  }

  /** The update whose weights are chosen so far; null before the first checkpoint. */
  get chosen(): number | null {
    return chosenOf(this.checked)?.update ?? null;
  }

  /** Forgets what was found after an update that the run went back to. */
  rewind(update: number): void {
    this.checked.splice(this.checked.findLastIndex((one) => one.update <= update) + 1);
  }

  private async featuresOf(slices: readonly Slice[], translated: boolean): Promise<Float32Array> {
    const rows: Float32Array[] = [];
    for (let first = 0; first < slices.length; first += BATCH) {
      const part = slices.slice(first, first + BATCH);
      const { height, width } = part[0];
      const features = tf.tidy(() => {
        const values = new Float32Array(part.length * height * width);
        for (const [i, slice] of part.entries()) values.set(toInput(slice, this.range), i * height * width);
        return this.trainer.features?.(tf.tensor4d(values, [part.length, height, width, 1]), translated);
      });
      if (features) rows.push((await features.data()) as Float32Array);
      features?.dispose();
      await hop();
    }
    const all = new Float32Array(rows.reduce((sum, row) => sum + row.length, 0));
    let at = 0;
    for (const row of rows) {
      all.set(row, at);
      at += row.length;
    }
    return all;
  }
}
