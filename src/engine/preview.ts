/** What is seen while training: six fixed slices with their maps, and the scores of a fixed sample as a histogram. */
import type { Preview, PreviewRow } from '../core/protocol';
import type { ModelSpec, Slice } from '../core/types';
import type { Trainer } from '../models/model';
import { gather, spread } from './evaluate';
import { SCORE_BATCH, type ScoredSlices, scoreSlices } from './scoring';

const SHOWN = 6;
const BINS = 256;
const LABELS: Record<string, string> = { reconstruction: 'reconstruction' };

export class Previewer {
  private readonly sample: readonly Slice[];
  private readonly shown: readonly number[];
  private lo = 0;
  private hi = 0;

  /** One batch of slices, from the test set where there is one: six of them are shown, all are counted. */
  constructor(
    private readonly run: string,
    private readonly spec: ModelSpec,
    private readonly trainer: Trainer,
    pool: readonly Slice[],
  ) {
    this.sample = spread(pool, SCORE_BATCH);
    this.shown = spread(
      this.sample.map((_, i) => i),
      SHOWN,
    );
  }

  async make(update: number, cancelled: () => boolean): Promise<Preview | null> {
    const lead = this.spec.scorers.find((s) => s.id === this.spec.lead) ?? this.spec.scorers[0];
    const scored = await scoreSlices(this.trainer, this.spec.input, this.sample, lead.id, lead.smooth, { cancelled, progress: () => {} });
    if (scored.count < this.sample.length) return null;
    return this.compose(update, lead.id, scored);
  }

  private compose(update: number, scorer: string, scored: ScoredSlices): Preview {
    const { height, width } = this.sample[0];
    const size = height * width;
    // The first preview sets the axis, and it stays for the run; what comes to lie above it is counted in the last bin.
    const { maps } = scored;
    if (this.hi === 0) this.hi = maps?.reduce((a, b) => Math.max(a, b), 0) || 1;
    const { images, truths, masked } = gather(this.sample);
    const rows: PreviewRow[] = [{ id: 'input', label: 'input', kind: 'image', pixels: this.pick(bytes(images, 0, 1), size) }];
    for (const [id, view] of Object.entries(scored.views))
      rows.push({ id, label: LABELS[id] ?? id, kind: 'image', pixels: this.pick(view, size) });
    if (maps) rows.push({ id: 'map', label: scorer, kind: 'map', pixels: this.pick(bytes(maps, this.lo, this.hi), size) });
    const anyMask = masked.some(Boolean);
    const healthy = new Uint32Array(BINS);
    const anomalous = new Uint32Array(BINS);
    for (let i = 0; maps && i < images.length; i++) {
      // A slice without a mask may hold anything: beside masked ones it is not counted as healthy.
      if (images[i] <= 0 || (anyMask && !masked[Math.floor(i / size)])) continue;
      const bin = Math.max(0, Math.min(BINS - 1, Math.floor(((maps[i] - this.lo) / (this.hi - this.lo)) * BINS)));
      (truths[i] ? anomalous : healthy)[bin]++;
    }
    return {
      run: this.run,
      update,
      scorer,
      height,
      width,
      names: this.shown.map((i) => this.sample[i].name),
      oriented: this.shown.map((i) => this.sample[i].oriented),
      rows,
      truths: anyMask ? this.pick(truths, size) : null,
      lo: this.lo,
      hi: this.hi,
      healthy,
      anomalous: anyMask ? anomalous : null,
      counted: anyMask ? masked.filter(Boolean).length : masked.length,
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

function bytes(values: Float32Array, lo: number, hi: number): Uint8Array {
  return Uint8Array.from(values, (v) => Math.round(255 * Math.min(1, Math.max(0, (v - lo) / (hi - lo)))));
}
