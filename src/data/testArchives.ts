/** Archives, headers and DICOM files for the tests, written byte by byte: nothing here shares code with the readers. */
import { zipSync } from 'fflate';

export const bytesOf = (text: string) => new Uint8Array([...text].map((c) => c.charCodeAt(0)));

export function joined(...parts: (Uint8Array | string)[]): Uint8Array<ArrayBuffer> {
  const arrays = parts.map((part) => (typeof part === 'string' ? bytesOf(part) : part));
  const out = new Uint8Array(arrays.reduce((n, a) => n + a.length, 0));
  let at = 0;
  for (const array of arrays) {
    out.set(array, at);
    at += array.length;
  }
  return out;
}

export const rawBytes = (values: ArrayBufferView) => new Uint8Array(values.buffer as ArrayBuffer, values.byteOffset, values.byteLength);

export function zip(files: Record<string, Uint8Array>, level: 0 | 6 = 6): Uint8Array<ArrayBuffer> {
  return zipSync(files, { level }) as Uint8Array<ArrayBuffer>;
}

/** ustar; names longer than 100 characters get a pax header, or GNU's. */
export function tar(files: Record<string, Uint8Array>, long: 'pax' | 'gnu' = 'pax'): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const add = (name: string, type: string, data: Uint8Array) => {
    const head = new Uint8Array(512);
    head.set(bytesOf(name.slice(0, 100)));
    const octal = (n: number, digits: number) => `${n.toString(8).padStart(digits, '0')}\x00`;
    const size = octal(data.length, 11);
    head.set(bytesOf(`${octal(0o644, 7)}${octal(0, 7)}${octal(0, 7)}${size}${octal(0, 11)}${' '.repeat(8)}${type}`), 100);
    head.set(bytesOf('ustar\x0000'), 257);
    const sum = head.reduce((a, b) => a + b, 0);
    head.set(bytesOf(`${octal(sum, 6)} `), 148);
    parts.push(head, data, new Uint8Array((512 - (data.length % 512)) % 512));
  };
  for (const [name, data] of Object.entries(files)) {
    if (name.length > 100 && long === 'gnu') add('././@LongLink', 'L', bytesOf(`${name}\x00`));
    if (name.length > 100 && long === 'pax') {
      const record = ` path=${name}\n`;
      const length = record.length + String(record.length + 3).length;
      add('PaxHeader', 'x', bytesOf(`${length}${record}`));
    }
    add(name, '0', data);
  }
  return joined(...parts, new Uint8Array(1024));
}

export function npy(values: ArrayBufferView, descr: string, shape: number[], fortran = false): Uint8Array<ArrayBuffer> {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const text = `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': ${tuple}, }`;
  const padded = `${text}${' '.repeat(63 - ((10 + text.length) % 64))}\n`;
  return joined('\x93NUMPY\x01\x00', Uint8Array.of(padded.length & 255, padded.length >> 8), padded, rawBytes(values));
}

export type Tags = { [tag: string]: string | number | number[] | Tags[] };

/** Value representations of the tags that the tests write. */
const VR: Record<string, string> = {
  '00080018': 'UI',
  '00080020': 'DA',
  '00080060': 'CS',
  '00100010': 'PN',
  '00100020': 'LO',
  '00100030': 'DA',
  '00200013': 'IS',
  '0020000e': 'UI',
  '00200032': 'DS',
  '00200037': 'DS',
  '00201041': 'DS',
  '00280004': 'CS',
  '00280008': 'IS',
  '00280030': 'DS',
  '00281052': 'DS',
  '00281053': 'DS',
  '00180050': 'DS',
  '00180081': 'DS',
};

/** A DICOM file in Explicit VR Little Endian; tags as 8 hexadecimal digits. `packed` wraps the pixels as the frames of another syntax. */
export function dicom(tags: Tags, pixels: Uint8Array | null, packed?: { syntax: string; frames: Uint8Array[] }): Uint8Array<ArrayBuffer> {
  const u16 = (n: number) => Uint8Array.of(n & 255, (n >> 8) & 255);
  const u32 = (n: number) => Uint8Array.of(n & 255, (n >> 8) & 255, (n >> 16) & 255, n >>> 24);
  const tagBytes = (tag: string) => joined(u16(Number.parseInt(tag.slice(0, 4), 16)), u16(Number.parseInt(tag.slice(4), 16)));
  const even = (data: Uint8Array) => (data.length % 2 ? joined(data, '\0') : data);
  const element = (tag: string, vr: string, value: Uint8Array) =>
    /OW|OB/.test(vr) ? joined(tagBytes(tag), vr, u16(0), u32(value.length), value) : joined(tagBytes(tag), vr, u16(value.length), value);
  const encoded = (tag: string, value: Tags[string]): Uint8Array => {
    if (Array.isArray(value) && typeof value[0] === 'object') {
      const items = (value as Tags[]).map((item) => {
        const inside = joined(...all(item));
        return joined(u16(0xfffe), u16(0xe000), u32(inside.length), inside);
      });
      const whole = joined(...items);
      return joined(tagBytes(tag), 'SQ', u16(0), u32(whole.length), whole);
    }
    const vr = VR[tag] ?? 'US';
    if (vr !== 'US') return element(tag, vr, even(bytesOf(Array.isArray(value) ? value.join('\\') : String(value))));
    return element(tag, 'US', joined(...[value].flat().map((v) => u16(Number(v)))));
  };
  const all = (list: Tags) =>
    Object.keys(list)
      .sort()
      .map((tag) => encoded(tag, list[tag]));
  const syntax = packed?.syntax ?? '1.2.840.10008.1.2.1';
  const meta = element('00020010', 'UI', even(bytesOf(syntax)));
  const body = all(tags);
  if (pixels) body.push(element('7fe00010', 'OW', even(pixels)));
  if (packed) {
    const item = (data: Uint8Array) => joined(u16(0xfffe), u16(0xe000), u32(even(data).length), even(data));
    body.push(
      joined(
        tagBytes('7fe00010'),
        'OB',
        u16(0),
        u32(0xffffffff),
        item(new Uint8Array(0)),
        ...packed.frames.map(item),
        u16(0xfffe),
        u16(0xe0dd),
        u32(0),
      ),
    );
  }
  return joined(new Uint8Array(128), 'DICM', element('00020000', 'UL', u32(meta.length)), meta, ...body);
}

/** Tags of a 16-bit slice at `position`. */
export function sliceTags(width: number, height: number, position: readonly number[], more: Tags = {}): Tags {
  return {
    '00080018': `1.2.3.${position.join('.').replaceAll('-', '9')}.${Object.values(more).join('.')}`,
    '00080060': 'MR',
    '0020000e': '1.2.3',
    '00200032': position.join('\\'),
    '00200037': '1\\0\\0\\0\\1\\0',
    '00280002': 1,
    '00280004': 'MONOCHROME2',
    '00280010': height,
    '00280011': width,
    '00280030': '1\\1',
    '00280100': 16,
    '00280101': 16,
    '00280102': 15,
    '00280103': 1,
    ...more,
  };
}
