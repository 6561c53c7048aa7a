/** Byte streams of dropped files, unpacked on the way where they are gzip. Nothing here holds a whole compressed file. */
import { DataError, megabytes } from './errors';

export function isGzip(head: Uint8Array): boolean {
  return head.length > 2 && head[0] === 0x1f && head[1] === 0x8b && head[2] === 8;
}

/** Reads a blob front to back, through the platform's gzip (which checks length and CRC-32) where its first bytes ask for it. */
export class ByteSource {
  private held = new Uint8Array(0);
  private received = 0;

  private constructor(
    private readonly reader: ReadableStreamDefaultReader<Uint8Array>,
    readonly gzipped: boolean,
  ) {}

  static async open(blob: Blob): Promise<ByteSource> {
    const gzipped = isGzip(new Uint8Array(await blob.slice(0, 3).arrayBuffer()));
    const stream = gzipped ? blob.stream().pipeThrough(new DecompressionStream('gzip')) : blob.stream();
    return new ByteSource(stream.getReader() as ReadableStreamDefaultReader<Uint8Array>, gzipped);
  }

  /** Fills `target` from the front; returns how many bytes there were, fewer than its length only at the end.
   * @throws DataError when the gzip data is cut short or damaged */
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

  /** Reads on to the end without keeping anything, so that the checksum at the end is checked too; returns the bytes passed over. */
  async drain(): Promise<number> {
    let passed = 0;
    do {
      passed += this.held.length;
      this.held = new Uint8Array(0);
    } while (await this.next());
    return passed;
  }

  async close(): Promise<void> {
    // A stream that already failed rejects the cancel as well; the failure itself has been reported by `fill`.
    await this.reader.cancel().catch(() => undefined);
  }

  private async next(): Promise<boolean> {
    try {
      const { done, value } = await this.reader.read();
      if (done) return false;
      this.held = value as Uint8Array<ArrayBuffer>;
      this.received += value.length;
      return true;
    } catch (error) {
      if (!this.gzipped) throw error;
      // Chromium unpacks only the first of several members (bgzip, pigz -i); Node unpacks them all.
      if (String(error).includes('Junk')) {
        throw new DataError('It is made of several gzip members, which this browser does not unpack. Unpack it and drop the file inside.');
      }
      throw new DataError(
        `Its gzip data is cut short or damaged: it unpacks to ${megabytes(this.received)} and then breaks off. Copy or download it again.`,
      );
    }
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
