/** The parts of a JPEG stream (ITU-T T.81) that lossless and 12-bit images share: markers, Huffman tables, bits. */
import { DataError } from '../errors';

export type Component = { id: number; h: number; v: number; quantisation: number };
export type JpegFrame = { process: number; precision: number; width: number; height: number; components: Component[] };
export type ScanComponent = { component: number; dc: Huffman; ac: Huffman | null };
/** One scan: what it codes and where its entropy-coded bytes begin. */
export type Scan = { parts: ScanComponent[]; start: number; spectralStart: number; pointTransform: number; restart: number };
export type JpegStream = { bytes: Uint8Array; frame: JpegFrame; quantisation: (Uint16Array | undefined)[] };

const damaged = (what: string) => new DataError(`A JPEG frame is cut short or damaged (${what}). Copy or export it again.`);

/** Canonical Huffman code: values by length, as T.81 F.2.2.3 decodes them. */
export class Huffman {
  private readonly most = new Int32Array(17).fill(-1);
  private readonly offset = new Int32Array(17);

  constructor(
    counts: Uint8Array,
    private readonly values: Uint8Array,
  ) {
    let code = 0;
    let at = 0;
    for (let length = 1; length <= 16; length++) {
      this.offset[length] = at - code;
      at += counts[length - 1];
      code += counts[length - 1];
      if (counts[length - 1] > 0) this.most[length] = code - 1;
      code <<= 1;
    }
  }

  read(bits: Bits): number {
    let code = 0;
    for (let length = 1; length <= 16; length++) {
      code = (code << 1) | bits.read(1);
      if (code <= this.most[length]) return this.values[this.offset[length] + code];
    }
    throw damaged('a code that does not exist');
  }
}

/** Entropy-coded bytes, bit by bit, with stuffed zeros taken out. It stops at a marker: more bits than there are is damage. */
export class Bits {
  private held = 0;
  private count = 0;

  constructor(
    private readonly bytes: Uint8Array,
    public at: number,
  ) {}

  read(length: number): number {
    while (this.count < length) {
      const byte = this.bytes[this.at];
      if (byte === undefined) throw damaged('its data ended early');
      if (byte === 0xff) {
        if (this.bytes[this.at + 1] !== 0) throw damaged('its data ended early');
        this.at++;
      }
      this.at++;
      this.held = ((this.held & 0xffff) << 8) | byte;
      this.count += 8;
    }
    this.count -= length;
    return (this.held >>> this.count) & ((1 << length) - 1);
  }

  /** `length` bits as T.81's EXTEND: half of the values are negative. */
  signed(length: number): number {
    if (length === 0) return 0;
    const value = this.read(length);
    return value < 1 << (length - 1) ? value - (1 << length) + 1 : value;
  }

  /** Drops what is left of a byte and passes over a restart marker. */
  restart(): void {
    this.count = 0;
    this.held = 0;
    if (this.bytes[this.at] !== 0xff || (this.bytes[this.at + 1] & 0xf8) !== 0xd0) throw damaged('a restart marker is missing');
    this.at += 2;
  }
}

/** Reads markers up to the end, handing every scan to `decode`, which returns where its data stopped.
 * @param accept tells whether the frame can be decoded, before anything is allocated; throws where it cannot
 * @throws DataError when the stream is damaged or has no scan */
export function readJpegStream(
  bytes: Uint8Array,
  accept: (frame: JpegFrame) => void,
  decode: (stream: JpegStream, scan: Scan) => number,
): JpegFrame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const dc: (Huffman | undefined)[] = [];
  const ac: (Huffman | undefined)[] = [];
  const quantisation: (Uint16Array | undefined)[] = [];
  let frame: JpegFrame | null = null;
  let restart = 0;
  let scans = 0;
  let at = 2;
  while (at + 4 <= bytes.length) {
    if (bytes[at] !== 0xff) throw damaged('a marker is missing');
    const marker = bytes[at + 1];
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === 0xd9) break;
    const end = at + 2 + view.getUint16(at + 2);
    if (end > bytes.length || end < at + 4) throw damaged('a segment reaches past its end');
    const body = bytes.subarray(at + 4, end);
    if (marker === 0xc4) readHuffman(body, dc, ac);
    else if (marker === 0xdb) readQuantisation(body, quantisation);
    else if (marker === 0xdd && body.length >= 2) restart = body[0] * 256 + body[1];
    else if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc8 && marker !== 0xcc) {
      frame = frameOf(marker & 15, body);
      accept(frame);
    } else if (marker === 0xda) {
      if (!frame) throw damaged('a scan before its frame header');
      const scan = scanOf(body, frame, dc, ac, restart, end);
      at = nextMarker(bytes, decode({ bytes, frame, quantisation }, scan));
      scans++;
      continue;
    }
    at = end;
  }
  if (!frame || scans === 0) throw damaged('it holds no image');
  return frame;
}

function nextMarker(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at + 1 < bytes.length && !(bytes[at] === 0xff && bytes[at + 1] !== 0 && bytes[at + 1] !== 0xff)) at++;
  return at;
}

function frameOf(process: number, body: Uint8Array): JpegFrame {
  const count = body[5];
  if (body.length < 6 + 3 * count || count < 1) throw damaged('its frame header is too short');
  const components = Array.from({ length: count }, (_, c) => {
    const [id, sampling, quantisation] = body.subarray(6 + 3 * c, 9 + 3 * c);
    return { id, h: sampling >> 4, v: sampling & 15, quantisation };
  });
  return { process, precision: body[0], height: body[1] * 256 + body[2], width: body[3] * 256 + body[4], components };
}

function scanOf(
  body: Uint8Array,
  frame: JpegFrame,
  dc: (Huffman | undefined)[],
  ac: (Huffman | undefined)[],
  restart: number,
  start: number,
): Scan {
  const count = body[0];
  if (body.length < 4 + 2 * count || count < 1) throw damaged('its scan header is too short');
  const parts = Array.from({ length: count }, (_, n) => {
    const [id, tables] = body.subarray(1 + 2 * n, 3 + 2 * n);
    const component = frame.components.findIndex((c) => c.id === id);
    const own = dc[tables >> 4];
    if (component < 0 || !own) throw damaged('a scan names a table or component that is not there');
    return { component, dc: own, ac: ac[tables & 15] ?? null };
  });
  return { parts, start, spectralStart: body[1 + 2 * count], pointTransform: body[3 + 2 * count] & 15, restart };
}

function readHuffman(body: Uint8Array, dc: (Huffman | undefined)[], ac: (Huffman | undefined)[]): void {
  for (let at = 0; at < body.length; ) {
    const counts = body.slice(at + 1, at + 17);
    const total = counts.reduce((n, c) => n + c, 0);
    if (counts.length < 16 || at + 17 + total > body.length) throw damaged('a Huffman table is too short');
    (body[at] >> 4 ? ac : dc)[body[at] & 15] = new Huffman(counts, body.slice(at + 17, at + 17 + total));
    at += 17 + total;
  }
}

function readQuantisation(body: Uint8Array, tables: (Uint16Array | undefined)[]): void {
  for (let at = 0; at < body.length; ) {
    const wide = body[at] >> 4 ? 2 : 1;
    if (at + 1 + 64 * wide > body.length) throw damaged('a quantisation table is too short');
    const table = new Uint16Array(64);
    for (let i = 0; i < 64; i++) table[i] = wide === 2 ? body[at + 1 + 2 * i] * 256 + body[at + 2 + 2 * i] : body[at + 1 + i];
    tables[body[at] & 15] = table;
    at += 1 + 64 * wide;
  }
}
