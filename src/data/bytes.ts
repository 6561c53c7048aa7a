/** Byte streams of dropped files, unpacked on the way where they are gzip or zlib. Nothing here holds a whole compressed file. */
import { DataError, megabytes } from './errors';
import { gunzipMembers } from './gunzip';

/** Deflate cannot pack better than about 1032 : 1: a header that asks for more than this of a packed file lies. */
export const BEST_DEFLATE_RATIO = 1100;

export function isGzip(head: Uint8Array): boolean {
  return head.length > 2 && head[0] === 0x1f && head[1] === 0x8b && head[2] === 8;
}

/** Reads a blob front to back, through the platform's gzip or zlib (which check length and checksum) where it is packed. */
export class ByteSource {
  private held = new Uint8Array(0);
  private received = 0;
  private members = false;

  private constructor(
    private readonly blob: Blob,
    private chunks: AsyncIterator<Uint8Array>,
    readonly packing: 'none' | 'gzip' | 'zlib',
  ) {}

  /** @param packing 'gzip' is taken where the first bytes say so, whatever is asked for */
  static async open(blob: Blob, packing: 'auto' | 'zlib' = 'auto'): Promise<ByteSource> {
    if (packing === 'zlib') return new ByteSource(blob, unpacked(blob, 'deflate'), 'zlib');
    const gzipped = isGzip(new Uint8Array(await blob.slice(0, 3).arrayBuffer()));
    return new ByteSource(blob, gzipped ? unpacked(blob, 'gzip') : chunksOf(blob.stream()), gzipped ? 'gzip' : 'none');
  }

  /** The most bytes that this source can hold. */
  get most(): number {
    return this.packing === 'none' ? this.blob.size : this.blob.size * BEST_DEFLATE_RATIO;
  }

  /** Fills `target` from the front; returns how many bytes there were, fewer than its length only at the end.
   * @throws DataError when the packed data is cut short or damaged */
  async fill(target: Uint8Array): Promise<number> {
    let filled = 0;
    while (filled < target.length) {
      if (this.held.length === 0 && !(await this.next())) break;
      const part = this.held.subarray(0, target.length - filled);
      target.set(part, filled);
      filled += part.length;
      this.held = this.held.subarray(part.length);
    }
    return filled;
  }

  /** Passes over `count` bytes; returns how many there were. */
  async skip(count: number): Promise<number> {
    let passed = 0;
    while (passed < count) {
      if (this.held.length === 0 && !(await this.next())) break;
      const part = Math.min(this.held.length, count - passed);
      passed += part;
      this.held = this.held.subarray(part);
    }
    return passed;
  }

  /** Reads on to the end without keeping anything, so that the checksum at the end is checked too; returns the bytes passed over. */
  async drain(): Promise<number> {
    return this.skip(Number.POSITIVE_INFINITY);
  }

  async close(): Promise<void> {
    // A stream that already failed rejects the cancel as well; the failure itself has been reported by `fill`.
    await this.chunks.return?.().catch(() => undefined);
  }

  private async next(): Promise<boolean> {
    try {
      const { done, value } = await this.chunks.next();
      if (done) return false;
      this.held = value as Uint8Array<ArrayBuffer>;
      this.received += value.length;
      return true;
    } catch (error) {
      if (this.packing === 'none') throw error;
      // Chromium unpacks only the first of several members; Node unpacks them all.
      if (this.packing === 'gzip' && !this.members && String(error).includes('Junk')) {
        await this.restartByMembers();
        return this.held.length > 0 || this.next();
      }
      throw new DataError(
        `Its ${this.packing} data is cut short or damaged: it unpacks to ${megabytes(this.received)} and then breaks off. Copy or download it again.`,
      );
    }
  }

  /** Begins again with the reader that takes several members, and goes on where the other stopped. */
  private async restartByMembers(): Promise<void> {
    const before = this.received;
    this.members = true;
    this.received = 0;
    this.held = new Uint8Array(0);
    this.chunks = gunzipMembers({ [Symbol.asyncIterator]: () => chunksOf(this.blob.stream()) });
    await this.skip(before);
  }
}

function unpacked(blob: Blob, format: 'gzip' | 'deflate'): AsyncIterator<Uint8Array> {
  return chunksOf(
    blob.stream().pipeThrough(new DecompressionStream(format) as ReadableWritablePair<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>),
  );
}

/** A stream's chunks; leaving early cancels it. */
export async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** The first `count` bytes, unpacked where the file is gzip; fewer when the file is shorter. */
export async function headOf(blob: Blob, count: number): Promise<Uint8Array> {
  const source = await ByteSource.open(blob);
  const head = new Uint8Array(count);
  const length = await source.fill(head);
  await source.close();
  return head.subarray(0, length);
}

export async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
