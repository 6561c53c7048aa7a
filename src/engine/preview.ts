/** What is seen while training: six fixed slices with their maps, and the scores of a fixed sample as a histogram. */
import type * as tf from '@tensorflow/tfjs';
import { peaksOf } from '../core/peaks';
import type { Preview, PreviewRow } from '../core/protocol';
import type { ModelSpec, ScorerSpec, Slice } from '../core/types';
import type { Trainer } from '../models/model';
import { gather, spread } from './evaluate';
import { toBytes } from './input';
import { SCORE_BATCH, type ScoredSlices, scoreSlices } from './scoring';

const SHOWN = 6;
/** Of them, from the healthy reference where it is shown too. */
const REFERENCES = 3;
const BINS = 256;

export class Previewer {
  private readonly sample: readonly Slice[];
  /** Of the sample, from its start: the others are the reference's. */
  private readonly counted: number;
  private readonly shown: readonly number[];
  private readonly lead: ScorerSpec;
  /** Axis of the run; null until it is known. */
  private range: readonly [lo: number, hi: number] | null;

  /** One batch of slices, from the test set where there is one: six of them are shown, all are counted. With a `reference`, three of it are
   * shown beside three of the others, anomalous ones where they are known, and not counted: the model learnt from them. */
  constructor(
    private readonly run: string,
    private readonly spec: ModelSpec,
    private readonly trainer: Trainer,
    pool: readonly Slice[],
    reference: readonly Slice[] = [],
  ) {
    this.lead = spec.scorers.find((s) => s.id === spec.lead) ?? spec.scorers[0];
    this.range = this.lead.range ?? null;
    const healthy = spread(reference, REFERENCES);
    const others = spread(pool, SCORE_BATCH - healthy.length);
    this.sample = [...others, ...healthy];
    this.counted = others.length;
    const places = [...others.keys()];
    const room = SHOWN - healthy.length;
    const anomalous = healthy.length > 0 ? places.filter((i) => others[i].label === 1) : [];
    const first = spread(anomalous, room);
    const rest = spread(
      places.filter((i) => !first.includes(i)),
      room - first.length,
    );
    this.shown = [...first, ...rest, ...healthy.map((_, i) => others.length + i)];
  }

  async make(update: number, cancelled: () => boolean): Promise<Preview | null> {
    const { id, smooth } = this.lead;
    const scored = await scoreSlices(this.trainer, this.spec.input, this.sample, id, smooth, { cancelled, progress: () => {} });
    if (scored.count < this.sample.length) return null;
    const { trainer, shown } = this;
    const samples = [
      await this.made('sample', trainer.sample?.(shown.length)),
      await this.made('between', trainer.interpolate?.(shown.length)),
    ];
    return this.compose(update, scored, samples.flat());
  }

  /** A row of images made of codes, one for each slice shown; none where the model makes all it shows of slices. */
  private async made(id: string, images: tf.Tensor4D | undefined): Promise<PreviewRow[]> {
    if (!images) return [];
    const values = (await images.data()) as Float32Array;
    images.dispose();
    const size = values.length / this.shown.length;
    const pixels = new Uint8Array(values.length);
    this.shown.forEach((i, k) => {
      const part = <T extends Float32Array | Uint8Array>(all: T) => all.subarray(k * size, (k + 1) * size) as T;
      toBytes(part(values), this.sample[i], this.spec.input, part(pixels));
    });
    return [{ id, label: this.spec.views[id], kind: 'sample', pixels }];
  }

  private compose(update: number, scored: ScoredSlices, samples: readonly PreviewRow[]): Preview {
    const { height, width } = this.sample[0];
    const size = height * width;
    // Where the scores have no range of their own the first preview sets the axis, and it stays for the run; what comes to lie above it is
    // counted in the last bin.
    const { maps } = scored;
    this.range ??= [0, highest(maps ?? scored.scores) || 1];
    const [lo, hi] = this.range;
    const { images, truths, masked, labels } = gather(this.sample);
    const others = masked.slice(0, this.counted);
    const rows: PreviewRow[] = [{ id: 'input', label: 'input', kind: 'image', pixels: this.pick(bytes(images, 0, 1), size) }];
    for (const [id, view] of Object.entries(scored.views))
      rows.push({ id, label: this.spec.views[id], kind: 'image', pixels: this.pick(view, size) });
    rows.push(...samples);
    if (maps) rows.push({ id: 'map', label: this.lead.id, kind: 'map', pixels: this.pick(bytes(maps, lo, hi), size) });
    const anyMask = others.some(Boolean);
    const healthy = new Uint32Array(BINS);
    const anomalous = new Uint32Array(BINS);
    let beyond = 0;
    for (let i = 0; maps && i < this.counted * size; i++) {
      // A slice without a mask may hold anything: beside masked ones it is not counted as healthy.
      if (images[i] <= 0 || (anyMask && !masked[Math.floor(i / size)])) continue;
      const bin = Math.max(0, Math.min(BINS - 1, Math.floor(((maps[i] - lo) / (hi - lo)) * BINS)));
      (truths[i] ? anomalous : healthy)[bin]++;
      if (maps[i] > hi) beyond++;
    }
    // What only the end of the axis has heaped up is no peak.
    const counts = healthy.map((n, bin) => n + anomalous[bin] - (bin === BINS - 1 ? beyond : 0));
    return {
      run: this.run,
      update,
      scorer: this.lead.id,
      height,
      width,
      names: this.shown.map((i) => this.sample[i].name),
      references: this.sample.length - this.counted,
      edges: this.shown.map((i) => this.sample[i].edges),
      rows,
      truths: anyMask ? this.pick(truths, size) : null,
      lo,
      hi,
      scores: scored.scores,
      labels: labels.map((label, i) => (i < this.counted ? label : null)),
      shown: this.shown,
      healthy,
      anomalous: anyMask ? anomalous : null,
      peaks: maps ? peaksOf(counts) : [],
      counted: anyMask ? others.filter(Boolean).length : others.length,
    };
  }

  private pick(all: Uint8Array, size: number): Uint8Array {
    const out = new Uint8Array(this.shown.length * size);
    this.shown.forEach((from, to) => {
      out.set(all.subarray(from * size, (from + 1) * size), to * size);
    });
    return out;
  }
}

function highest(values: Float32Array | Float64Array): number {
  let top = 0;
  for (const v of values) if (v > top) top = v;
  return top;
}

function bytes(values: Float32Array, lo: number, hi: number): Uint8Array {
  return Uint8Array.from(values, (v) => Math.round(255 * Math.min(1, Math.max(0, (v - lo) / (hi - lo)))));
}
