/** The ONNX file format (onnx/onnx, onnx.proto): one protocol buffer. Only the fields that a graph of float networks needs are written. */

/** What a tensor of a graph holds, by the number that ONNX gives it. */
export const ELEMENT = { float: 1, int64: 7, bool: 9 } as const;

export type Attribute = number | readonly number[] | { float: number };
export type Node = { op: string; inputs: readonly string[]; outputs: readonly string[]; attributes?: Record<string, Attribute> };
/** Row-major; numbers in a plain array are written as int64. */
export type Initializer = { name: string; shape: readonly number[]; values: Float32Array | readonly number[] };
/** A dimension that is a name is free. */
export type Port = { name: string; shape: readonly (number | string)[] };
export type Graph = {
  name: string;
  about: string;
  inputs: readonly Port[];
  outputs: readonly Port[];
  nodes: readonly Node[];
  initializers: readonly Initializer[];
};

/** Operator set 17 and the version of the format that came with it (ONNX 1.12). */
const OPSET = 17;
const IR_VERSION = 8;

/** Bytes in pieces, so that weights are copied once, at the end. */
type Bytes = { parts: readonly Uint8Array[]; length: number };
type Field = readonly [number: number, value: number | string | Uint8Array<ArrayBufferLike> | Bytes | { float: number }];

export function writeOnnx(graph: Graph, metadata: Readonly<Record<string, string>>): Uint8Array<ArrayBuffer> {
  const { parts, length } = message(
    [1, IR_VERSION],
    [2, 'Wildcut'],
    [6, graph.about],
    [7, graphOf(graph)],
    [8, message([1, ''], [2, OPSET])],
    ...Object.entries(metadata).map(([key, value]): Field => [14, message([1, key], [2, value])]),
  );
  const file = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}

const graphOf = ({ name, about, inputs, outputs, nodes, initializers }: Graph): Bytes =>
  message(
    ...nodes.map((node, i): Field => [1, nodeOf(node, i)]),
    [2, name],
    ...initializers.map((one): Field => [5, tensorOf(one)]),
    [10, about],
    ...inputs.map((port): Field => [11, portOf(port)]),
    ...outputs.map((port): Field => [12, portOf(port)]),
  );

const nodeOf = ({ op, inputs, outputs, attributes = {} }: Node, i: number): Bytes =>
  message(
    ...inputs.map((name): Field => [1, name]),
    ...outputs.map((name): Field => [2, name]),
    [3, `${op}_${i}`],
    [4, op],
    ...Object.entries(attributes).map(([name, value]): Field => [5, attributeOf(name, value)]),
  );

function attributeOf(name: string, value: Attribute): Bytes {
  if (typeof value === 'number') return message([1, name], [3, value], [20, 2]);
  if ('float' in value) return message([1, name], [2, value], [20, 1]);
  return message([1, name], ...value.map((one): Field => [8, one]), [20, 7]);
}

function tensorOf({ name, shape, values }: Initializer): Bytes {
  const float = values instanceof Float32Array;
  const raw = float ? values : BigInt64Array.from(values, BigInt);
  return message(
    ...shape.map((size): Field => [1, size]),
    [2, float ? ELEMENT.float : ELEMENT.int64],
    [8, name],
    [9, new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength)],
  );
}

function portOf({ name, shape }: Port): Bytes {
  const dimensions = message(...shape.map((size): Field => [1, message(typeof size === 'number' ? [1, size] : [2, size])]));
  return message([1, name], [2, message([1, message([1, ELEMENT.float], [2, dimensions])])]);
}

// ---- protocol buffers: a field is a tag (its number, and how its value is laid out) and the value -------------------------------------

const [VARINT, LENGTH, FIXED32] = [0, 2, 5];

function message(...fields: readonly Field[]): Bytes {
  const parts: Uint8Array[] = [];
  for (const [number, value] of fields) {
    const tag = (layout: number) => parts.push(varint(number * 8 + layout));
    if (typeof value === 'number') {
      tag(VARINT);
      parts.push(varint(value));
    } else if (typeof value === 'object' && 'float' in value) {
      tag(FIXED32);
      parts.push(new Uint8Array(Float32Array.of(value.float).buffer));
    } else {
      const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
      tag(LENGTH);
      parts.push(varint(bytes.length), ...('parts' in bytes ? bytes.parts : [bytes]));
    }
  }
  return { parts, length: parts.reduce((sum, part) => sum + part.length, 0) };
}

/** Seven bits a byte, the lowest first; a negative number takes its ten bytes of two's complement. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}
