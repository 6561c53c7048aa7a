/** Before a run starts: does an update of it fit into memory, and if not, which batch does? Bytes are those of tensors, as measure.ts finds them. */
import * as tf from '@tensorflow/tfjs';
import type { MemoryLimit, Preflight } from '../core/memory';
import type { BackendName, Report } from '../core/protocol';
import type { ModelSpec, Params, Role } from '../core/types';
import type { AnomalyModel } from '../models/model';
import { at, batchOf, type Cost, type Line, measure, TooMuch, type UpdateCost } from './measure';
import { meter } from './meter';
import { bytesHeld } from './snapshots';

/** WebAssembly addresses with 32 bits; the modules' memories are declared up to this. */
const HEAP_BYTES = 2 ** 32;

/**
 * What a run may take.
 * @param machine bytes of memory that the machine says it has; null where it does not say
 * @param chosen bytes that the visitor allows; null for what there is
 */
export function memoryLimit(backend: BackendName, machine: number | null, chosen: number | null): MemoryLimit {
  const largest = backend === 'webgpu' ? largestBuffer() : null;
  // No choice makes WebAssembly hold more than it can.
  if (chosen !== null && (backend === 'webgpu' || chosen < HEAP_BYTES))
    return { bytes: chosen, largest, chosen: true, about: `this lab may take ${gigabytes(chosen)}` };
  if (backend === 'webgpu')
    return { bytes: null, largest, chosen: false, about: 'the graphics device does not say how much memory it has' };
  if (machine !== null && machine < HEAP_BYTES)
    return { bytes: machine, largest, chosen: false, about: `this machine has ${gigabytes(machine)} of memory` };
  return { bytes: HEAP_BYTES, largest, chosen: false, about: `WebAssembly can hold ${gigabytes(HEAP_BYTES)}` };
}

/** Bytes of the largest tensor that WebGPU takes: one tensor is one buffer. */
function largestBuffer(): number {
  const { limits } = (tf.backend() as unknown as { device: GPUDevice }).device;
  return Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize);
}

export const gigabytes = (n: number): string => (n >= 1e9 ? `${(n / 1e9).toFixed(1)} GB` : `${(n / 1e6).toFixed(1)} MB`);

/** Most that a run holds beside its update: the last good weights, and where somebody watches the snapshots. @param chosen whether one is chosen */
const heldOf = ({ state }: Cost, watched: boolean, chosen: boolean): number => state + (watched ? bytesHeld(state, chosen) : 0);

/**
 * Judges `params` by what an update costs.
 * @param turns updates of each network in the run
 */
export function judge(
  { title, params: specs, losses }: ModelSpec,
  params: Params,
  cost: Cost,
  limit: MemoryLimit,
  watched: boolean,
  turns: Readonly<Record<string, number>>,
): Omit<Preflight, 'run'> {
  const held = heldOf(cost, watched, 'distance' in losses);
  const updates = Object.entries(cost.updates);
  const most = (line: (update: UpdateCost) => Line) => Math.max(...updates.map(([, one]) => at(line(one), params[one.batch])));
  const need = most(({ bytes }) => bytes) + held;
  const largest = most((one) => one.largest);
  const seconds = updates.reduce((sum, [network, one]) => sum + turns[network] * Math.max(0, at(one.seconds, params[one.batch])), 0);
  const tooLarge = limit.largest !== null && largest > limit.largest;
  if (!tooLarge && (limit.bytes === null || need <= limit.bytes)) return { need, limit, seconds, fits: params, sentence: null };

  const fits = { ...params };
  for (const [, { batch, bytes, largest: line }] of updates) {
    const { min, step } = specs[batch];
    const room = Math.min(images(bytes, limit.bytes === null ? null : limit.bytes - held), images(line, limit.largest));
    const fewest = Math.max(min, step);
    fits[batch] = cost.exact ? Math.min(fits[batch], Math.floor(room / step) * step) : room < fewest ? 0 : fewest;
  }
  const keys = Object.keys(specs).filter((key) => fits[key] !== params[key]);
  const possible = keys.every((key) => fits[key] >= specs[key].min);
  const asked = `${title} needs ${cost.exact ? '' : 'more than '}${gigabytes(need)} at ${params.size}² with ${named(specs, params, keys)}`;
  const why = tooLarge
    ? `${asked}, ${gigabytes(largest)} of them in one piece, of which the graphics device takes ${gigabytes(limit.largest ?? 0)} at most`
    : `${asked}; ${limit.about}`;
  const way = possible ? `${capital(named(specs, fits, keys))} ${keys.length > 1 ? 'fit' : 'fits'}.` : NONE_FITS;
  return { need, limit, seconds, fits: possible ? fits : null, sentence: `${why}. ${way}` };
}

const NONE_FITS = 'No batch fits. Choose a smaller size or width.';

/** The most images with which a line stays within `most`. */
const images = ({ fixed, perImage }: Line, most: number | null): number =>
  most === null
    ? Number.POSITIVE_INFINITY
    : fixed > most
      ? 0
      : perImage === 0
        ? Number.POSITIVE_INFINITY
        : Math.floor((most - fixed) / perImage);

const named = (specs: ModelSpec['params'], params: Params, keys: readonly string[]): string =>
  keys
    .map((key) => (key === 'batch' && !specs[key].imagesOf ? `a batch of ${params[key]}` : `${specs[key].label} ${params[key]}`))
    .join(', ');

const capital = (words: string): string => words[0].toUpperCase() + words.slice(1);

/** Looks at runs before they start. What an update costs is kept by what decides it, since finding it takes a while. */
export class Preflights {
  private readonly known = new Map<string, Cost>();

  /** Bytes that the visitor allows a run; null for what there is. */
  private allowed: number | null = null;

  constructor(
    private readonly machine: number | null,
    private readonly watched: boolean,
    private readonly post: (report: Report) => void,
  ) {}

  /** @throws Error with the sentence to show for what is no number of bytes */
  allow(bytes: number | null): void {
    if (bytes !== null && !(bytes > 0)) throw new Error(`The memory of a run is a number of bytes above 0, not ${bytes}.`);
    this.allowed = bytes;
  }

  limit(backend: BackendName): MemoryLimit {
    return memoryLimit(backend, this.machine, this.allowed);
  }

  /** Reports what a run would take. @throws Error with the sentence to show where that does not fit */
  async demand(run: string, ...asked: [AnomalyModel, Params, MemoryLimit, (role: Role) => number, () => boolean]): Promise<void> {
    const found = await this.of(...asked);
    if (!found) return; // nobody wants it any more
    this.post({ kind: 'preflight', preflight: { run, ...found } });
    if (found.sentence !== null) throw new Error(found.sentence);
  }

  /** Forgets what was measured on another backend. */
  forget(): void {
    this.known.clear();
  }

  private async of(
    model: AnomalyModel,
    params: Params,
    limit: MemoryLimit,
    count: (role: Role) => number,
    wanted: () => boolean,
  ): Promise<Omit<Preflight, 'run'> | null> {
    const { spec } = model;
    const batches = Object.keys(spec.networks).map((network) => batchOf(spec, network));
    const key = JSON.stringify([spec.id, { ...params, ...Object.fromEntries(batches.map((batch) => [batch, 0])) }]);
    let cost = this.known.get(key) ?? null;
    try {
      cost ??= await this.measured(model, params, limit.bytes ?? Number.POSITIVE_INFINITY, wanted);
    } catch (error) {
      if (!(error instanceof TooMuch)) throw error;
      const sentence = `${spec.title} needs more than ${gigabytes(error.bytes)} at ${params.size}² with the smallest batches; ${limit.about}. ${NONE_FITS}`;
      return { need: error.bytes, limit, seconds: null, fits: null, sentence };
    }
    if (!cost) return null;
    if (cost.exact) this.known.set(key, cost);
    const updates = model.updates(params, count);
    const turns =
      model.turns?.(updates, params, count) ?? Object.fromEntries(Object.keys(spec.networks).map((network) => [network, updates]));
    return judge(spec, params, cost, limit, this.watched, turns);
  }

  private async measured(...[model, params, most, wanted]: [AnomalyModel, Params, number, () => boolean]): Promise<Cost | null> {
    const report = meter('probe', 'updates', this.post);
    try {
      return await measure(model, params, most, wanted, (done, total) => report(done, total, 'measuring memory'));
    } finally {
      this.post({ kind: 'finished', task: 'probe' });
    }
  }
}
