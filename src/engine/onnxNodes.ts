/** Kernels of TensorFlow.js as nodes of ONNX. Images lie channels last there and channels first here: every tensor of rank 4 is turned. */
import * as tf from '@tensorflow/tfjs';
import { ELEMENT, type Initializer, type Node } from './onnxFile';
import type { Ref, Step } from './trace';

/** Values of what does not depend on an input. */
export type Constant = { name: string; shape: readonly number[]; values: Float32Array };

const TO_FIRST = [0, 3, 1, 2];
const TO_LAST = [0, 2, 3, 1];
/** [kh, kw, in, out] → [out, in, kh, kw]; of a transposed convolution [kh, kw, out, in] → [in, out, kh, kw]. */
const KERNEL = [3, 2, 0, 1];

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
/** An axis as it counts here. */
const turned = (axis: number, rank: number) => (rank === 4 ? TO_FIRST.indexOf(axis) : axis);
/** Whether values lie in the same order either way. */
const alike = ([, h, w, c]: readonly number[]) => c === 1 || h * w === 1;

/** Values of `shape` with their axes in another order. */
export function permuted(values: Float32Array, shape: readonly number[], order: readonly number[]): Float32Array {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const sizes = order.map((axis) => shape[axis]);
  const result = new Float32Array(values.length);
  const at = sizes.map(() => 0);
  let from = 0;
  for (let i = 0; i < result.length; i++) {
    result[i] = values[from];
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      at[axis]++;
      from += strides[order[axis]];
      if (at[axis] < sizes[axis]) break;
      from -= at[axis] * strides[order[axis]];
      at[axis] = 0;
    }
  }
  return result;
}

/** A graph that grows by the steps of a trace; tensors are named by their ids. */
export class Builder {
  readonly nodes: Node[] = [];
  readonly initializers: Initializer[] = [];
  private readonly names = new Map<number, string>();
  private readonly placed = new Set<string>();
  private made = 0;

  constructor(private readonly constants: ReadonlyMap<number, Constant>) {}

  /** Names a tensor that is given, or one of a step. */
  name({ id }: Ref, name: string): void {
    this.names.set(id, name);
  }

  /** @throws Error for a kernel that has no counterpart here */
  add(step: Step): void {
    const emit = EMIT[step.kernel];
    if (!emit) throw new Error(`This score takes the operation ${step.kernel}, which the lab does not write as ONNX.`);
    emit(this, step);
  }

  /** The name of a tensor that takes part in a result of this rank, channels first. */
  operand(ref: Ref, rank = ref.shape.length): string {
    const known = this.names.get(ref.id);
    if (known !== undefined) {
      const { length } = ref.shape;
      if (rank === 4 && length > 0 && length < 4) throw new Error(`A tensor of rank ${length} cannot be spread over images in ONNX here.`);
      return known;
    }
    const { name, shape, values } = this.constant(ref);
    if (rank < 4 || values.length === 1) return this.place(name, shape, values);
    const whole = [...Array(4 - shape.length).fill(1), ...shape];
    const sizes = TO_FIRST.map((axis) => whole[axis]);
    return this.place(`${name}.nchw`, sizes, permuted(values, whole, TO_FIRST));
  }

  isConstant({ id }: Ref): boolean {
    return this.constants.has(id);
  }

  /** The name of a kernel in the order of ONNX. */
  kernel(ref: Ref): string {
    const { name, shape, values } = this.constant(ref);
    return this.place(
      name,
      KERNEL.map((axis) => shape[axis]),
      permuted(values, shape, KERNEL),
    );
  }

  /** An input that is whole numbers. */
  integers(values: readonly number[]): string {
    return this.place(`[${values}]`, [values.length], values);
  }

  scalar(value: number): string {
    return this.place(String(value), [], Float32Array.of(value));
  }

  /** A node with one output, which is `result` or else something in between; @returns its name */
  node(op: string, inputs: readonly string[], result: Ref | null = null, attributes: Node['attributes'] = {}): string {
    const name = (result && this.names.get(result.id)) ?? `t${this.made++}`;
    if (result) this.name(result, name);
    this.nodes.push({ op, inputs, outputs: [name], attributes });
    return name;
  }

  split(input: string, sizes: readonly number[], axis: number, results: readonly Ref[]): void {
    for (const result of results) this.name(result, this.names.get(result.id) ?? `t${this.made++}`);
    const outputs = results.map(({ id }) => this.names.get(id) as string);
    this.nodes.push({ op: 'Split', inputs: [input, this.integers(sizes)], outputs, attributes: { axis } });
  }

  private constant({ id }: Ref): Constant {
    const found = this.constants.get(id);
    if (!found) throw new Error('This score depends on its input where ONNX wants weights.');
    return found;
  }

  private place(name: string, shape: readonly number[], values: Initializer['values']): string {
    if (!this.placed.has(name)) this.initializers.push({ name, shape, values });
    this.placed.add(name);
    return name;
  }
}

type Emit = (g: Builder, step: Step) => void;

const unary =
  (op: string): Emit =>
  (g, { inputs, outputs: [y] }) => {
    g.node(op, [g.operand(Object.values(inputs)[0])], y);
  };

const binary =
  (op: string): Emit =>
  (g, { inputs: { a, b }, outputs: [y] }) => {
    const rank = y.shape.length;
    g.node(op, [g.operand(a, rank), g.operand(b, rank)], y);
  };

const reduction =
  (op: string, axesAsInput: boolean): Emit =>
  (g, { inputs: { x }, attributes, outputs: [y] }) => {
    const rank = x.shape.length;
    const axes = tf.util.parseAxisParam((attributes.axis ?? attributes.reductionIndices) as number[], [...x.shape]);
    const keepdims = attributes.keepDims ? 1 : 0;
    // Without its axis of channels or those of its pixels a tensor has one order; with some of both it goes back to channels last.
    const mixed = rank === 4 && !keepdims && !axes.includes(3) && (!axes.includes(1) || !axes.includes(2));
    const input = mixed ? g.node('Transpose', [g.operand(x)], null, { perm: TO_LAST }) : g.operand(x);
    const own = mixed ? axes : axes.map((axis) => turned(axis, rank));
    if (axesAsInput) g.node(op, [input, g.integers(own)], y, { keepdims });
    else g.node(op, [input], y, { axes: own, keepdims });
  };

/** act(x) by its slope at and below 0, as in nn/layers. */
function activation(g: Builder, x: string, slope: number, y: Ref): void {
  if (slope === 1) g.node('Identity', [x], y);
  else if (slope === 0) g.node('Relu', [x], y);
  else g.node('LeakyRelu', [x], y, { alpha: { float: slope } });
}

/** Padding in the order of ONNX: top, left, bottom, right. */
const padsOf = ({ top, left, bottom, right }: { top: number; left: number; bottom: number; right: number }) => [top, left, bottom, right];

type ConvAttributes = { strides: [number, number]; pad: 'same' | 'valid' | number; dilations?: [number, number] | number };

function convInfo(image: readonly number[], kernel: readonly number[], { strides, pad, dilations }: ConvAttributes) {
  return tf.backend_util.computeConv2DInfo(image as [number, number, number, number], kernel as [number, number, number, number], strides, dilations ?? 1, pad); // biome-ignore format: one line
}

/** Any shape but the first dimension, which follows from the rest: it counts the images. */
function reshape(g: Builder, { inputs: { x }, outputs: [y] }: Step): void {
  const input = x.shape.length === 4 && !alike(x.shape) ? g.node('Transpose', [g.operand(x)], null, { perm: TO_LAST }) : g.operand(x);
  const shapeOf = (shape: readonly number[]) => g.integers(shape.length > 0 ? [-1, ...shape.slice(1)] : []);
  if (y.shape.length !== 4) g.node('Reshape', [input, shapeOf(y.shape)], y);
  else if (alike(y.shape)) g.node('Reshape', [input, shapeOf(TO_FIRST.map((axis) => y.shape[axis]))], y);
  else g.node('Transpose', [g.node('Reshape', [input, shapeOf(y.shape)])], y, { perm: TO_FIRST });
}

/** The node of a convolution, under the name of `result` or one in between. */
function convolution(g: Builder, { inputs: { x, filter }, attributes }: Step, result: Ref | null): string {
  const { padInfo, strideHeight, strideWidth } = convInfo(x.shape, filter.shape, attributes as ConvAttributes);
  return g.node('Conv', [g.operand(x), g.kernel(filter)], result, { pads: padsOf(padInfo), strides: [strideHeight, strideWidth] });
}

/** The adjoint of a convolution: what makes its input's gradient, and a transposed convolution. */
function adjoint(g: Builder, { inputs: { dy, filter }, attributes, outputs: [y] }: Step, result: Ref | null): string {
  const { padInfo, strideHeight, strideWidth } = convInfo(y.shape, filter.shape, attributes as ConvAttributes);
  const [, height, width] = y.shape;
  const [, rows, columns] = dy.shape;
  const [kh, kw] = filter.shape;
  // Rows and columns at the end that no tap of the convolution reached.
  const left = [
    height - ((rows - 1) * strideHeight + kh - padInfo.top - padInfo.bottom),
    width - ((columns - 1) * strideWidth + kw - padInfo.left - padInfo.right),
  ];
  return g.node('ConvTranspose', [g.operand(dy), g.kernel(filter)], result, {
    pads: padsOf(padInfo),
    strides: [strideHeight, strideWidth],
    ...(left.some((n) => n > 0) && { output_padding: left }),
  });
}

/** A convolution and its LeakyReLU, or that of another tensor's sign, which is the gradient of one. */
const gated =
  (plain: typeof convolution): Emit =>
  (g, step) => {
    const { inputs, attributes, outputs } = step;
    const slope = attributes.slope as number;
    if (slope === 1) plain(g, step, outputs[0]);
    else if (inputs.by) gatedBy(g, plain(g, step, null), inputs.by, slope, outputs[0]);
    else activation(g, plain(g, step, null), slope, outputs[0]);
  };

/** x where `by` > 0, slope · x elsewhere. */
function gatedBy(g: Builder, x: string, by: Ref, slope: number, y: Ref): void {
  g.node('Where', [g.node('Greater', [g.operand(by), g.scalar(0)]), x, g.node('Mul', [x, g.scalar(slope)])], y);
}

const EMIT: Record<string, Emit> = {
  ...Object.fromEntries(['Relu', 'Tanh', 'Sigmoid', 'Abs', 'Exp', 'Log', 'Neg', 'Sqrt'].map((op) => [op, unary(op)])),
  /** A tensor that was cloned, to be kept for a gradient: another name of it. */
  Identity: (g, { inputs: { x }, outputs: [y] }) => {
    g.name(y, g.operand(x));
  },
  IsNan: unary('IsNaN'),
  Add: binary('Add'),
  Sub: binary('Sub'),
  Multiply: binary('Mul'),
  RealDiv: binary('Div'),
  Maximum: binary('Max'),
  Minimum: binary('Min'),
  Greater: binary('Greater'),
  Sum: reduction('ReduceSum', true),
  Mean: reduction('ReduceMean', false),
  Max: reduction('ReduceMax', false),
  Reshape: reshape,
  Square: (g, { inputs: { x }, outputs: [y] }) => {
    g.node('Mul', [g.operand(x), g.operand(x)], y);
  },
  Rsqrt: (g, { inputs: { x }, outputs: [y] }) => {
    g.node('Reciprocal', [g.node('Sqrt', [g.operand(x)])], y);
  },
  NotEqual: (g, { inputs: { a, b }, outputs: [y] }) => {
    const rank = y.shape.length;
    g.node('Not', [g.node('Equal', [g.operand(a, rank), g.operand(b, rank)])], y);
  },
  Cast: (g, { inputs: { x }, attributes: { dtype }, outputs: [y] }) => {
    g.node('Cast', [g.operand(x)], y, { to: dtype === 'bool' ? ELEMENT.bool : ELEMENT.float });
  },
  Select: (g, { inputs: { condition, t, e }, outputs: [y] }) => {
    const rank = y.shape.length;
    g.node('Where', [g.operand(condition, rank), g.operand(t, rank), g.operand(e, rank)], y);
  },
  /** 1 above 0, `alpha` elsewhere. */
  Step: (g, { inputs: { x }, attributes: { alpha }, outputs: [y] }) => {
    g.node('Where', [g.node('Greater', [g.operand(x), g.scalar(0)]), g.scalar(1), g.scalar(alpha as number)], y);
  },
  ClipByValue: (g, { inputs: { x }, attributes: { clipValueMin, clipValueMax }, outputs: [y] }) => {
    g.node('Clip', [g.operand(x), g.scalar(clipValueMin as number), g.scalar(clipValueMax as number)], y);
  },
  /** A part that is constant was made for the one image of the trace: it is repeated for every image. */
  Concat: (g, { inputs, attributes: { axis }, outputs: [y] }) => {
    const rank = y.shape.length;
    const all = Object.values(inputs);
    const free = all.find((part) => !g.isConstant(part)) as Ref;
    const parts = all.map((part) => {
      if (!g.isConstant(part)) return g.operand(part, rank);
      const rest = rank === 4 ? TO_FIRST.slice(1).map((from) => part.shape[from]) : part.shape.slice(1);
      const images = g.node('Shape', [g.operand(free)], null, { start: 0, end: 1 });
      return g.node('Expand', [g.operand(part, rank), g.node('Concat', [images, g.integers(rest)], null, { axis: 0 })]);
    });
    g.node('Concat', parts, y, { axis: turned(axis as number, rank) });
  },
  SplitV: (g, { inputs: { x }, attributes: { axis }, outputs }) => {
    const along = axis as number;
    g.split(
      g.operand(x),
      outputs.map(({ shape }) => shape[along]),
      turned(along, x.shape.length),
      outputs,
    );
  },
  Tile: (g, { inputs: { x }, attributes: { reps }, outputs: [y] }) => {
    const times = reps as number[];
    g.node('Tile', [g.operand(x), g.integers(times.length === 4 ? TO_FIRST.map((axis) => times[axis]) : times)], y);
  },
  Slice: (g, { inputs: { x }, attributes: { begin }, outputs: [y] }) => {
    const [starts, rank] = [begin as number[], x.shape.length];
    const axes = x.shape.flatMap((size, axis) => (size === y.shape[axis] ? [] : [axis]));
    if (axes.length === 0) return g.node('Identity', [g.operand(x)], y);
    const ends = axes.map((axis) => starts[axis] + y.shape[axis]);
    const own = axes.map((axis) => turned(axis, rank));
    return g.node('Slice', [g.operand(x), g.integers(axes.map((axis) => starts[axis])), g.integers(ends), g.integers(own)], y);
  },
  BatchMatMul: (g, { inputs: { a, b }, attributes: { transposeA, transposeB }, outputs: [y] }) => {
    if (transposeA || transposeB) throw new Error('This score takes a transposed product, which the lab does not write as ONNX.');
    g.node('MatMul', [g.operand(a), g.operand(b)], y);
  },
  Conv2D: (g, step) => {
    convolution(g, step, step.outputs[0]);
  },
  Conv2DBackpropInput: (g, step) => {
    adjoint(g, step, step.outputs[0]);
  },
  MaxPool: (g, { inputs: { x }, attributes: { filterSize, strides, pad }, outputs: [y] }) => {
    const size = filterSize as [number, number];
    const { padInfo, strideHeight, strideWidth } = tf.backend_util.computePool2DInfo(x.shape as [number, number, number, number], size, strides as [number, number], 1, pad as 'valid'); // biome-ignore format: one line
    const [kh, kw] = [size].flat();
    g.node('MaxPool', [g.operand(x)], y, {
      kernel_shape: [kh, kw ?? kh],
      pads: padsOf(padInfo),
      strides: [strideHeight, strideWidth],
    });
  },
  // ---- the lab's own kernels (kernels/fused.ts)
  GatedConv2D: gated(convolution),
  GatedConv2DBackpropInput: gated(adjoint),
  BiasActivation: (g, { inputs: { x, bias }, attributes: { slope }, outputs: [y] }) => {
    activation(g, g.node('Add', [g.operand(x), g.operand(bias, 4)]), slope as number, y);
  },
  Affine: (g, { inputs: { x, scale, shift }, attributes: { slope }, outputs: [y] }) => {
    const scaled = g.node('Mul', [g.operand(x), g.operand(scale, 4)]);
    activation(g, g.node('Add', [scaled, g.operand(shift, 4)]), slope as number, y);
  },
  Gate: (g, { inputs: { x, by }, attributes: { slope }, outputs: [y] }) => {
    if (x.id === by.id) activation(g, g.operand(x), slope as number, y);
    else gatedBy(g, g.operand(x), by, slope as number, y);
  },
  Norm: (g, { inputs: { x, gain, bias }, attributes: { epsilon, slope, perImage }, outputs: [y] }) => {
    if (!perImage) throw new Error('This score normalises over a batch, so that one image would change the score of another.');
    const normed = g.node('InstanceNormalization', [g.operand(x), g.operand(gain), g.operand(bias)], null, { epsilon: { float: epsilon as number } }); // biome-ignore format: one line
    activation(g, normed, slope as number, y);
  },
};
