/** What a training step does to all variables of a network at once, in place where it can. Inputs and outputs are those of kernels/fused.ts. */
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import { output, release, run, type Template, taken } from '../program';
import { lanes, WORKGROUP } from './lanes';
import { overMany, perLoad } from './many';

/** `names` of item 0, of item 1, … as they were given. */
const rows = (inputs: unknown, count: number, ...names: string[]): TensorInfo[][] =>
  Array.from({ length: count }, (_, i) => names.map((name) => (inputs as Record<string, TensorInfo>)[`${name}${i}`]));

const adam = overMany({
  name: 'adam',
  reads: ['g'],
  writes: ['p', 'm', 'v'],
  uniforms: { beta1: 'f32', rest1: 'f32', beta2: 'f32', rest2: 'f32', stepSize: 'f32', rootCorrection: 'f32', epsilon: 'f32' },
  main: (of) => `if (i >= ${of('size')}) { return; }
    let g = ${of('g')}[i];
    let first = u.beta1 * ${of('m')}[i] + u.rest1 * g;
    let second = u.beta2 * ${of('v')}[i] + u.rest2 * g * g;
    ${of('m')}[i] = first;
    ${of('v')}[i] = second;
    ${of('p')}[i] -= u.stepSize * first / (sqrt(second) * u.rootCorrection + u.epsilon);`,
});

export type AdamAttrs = { count: number; beta1: number; beta2: number; stepSize: number; rootCorrection: number; epsilon: number };

/** What every dispatch of an Adam step begins its uniforms with. */
export const adamUniforms = ({ beta1, beta2, stepSize, rootCorrection, epsilon }: AdamAttrs) => [
  beta1,
  1 - beta1,
  beta2,
  1 - beta2,
  stepSize,
  rootCorrection,
  epsilon,
];

/** One Adam step of many variables (nn/adam.ts). */
export const adamStep: KernelFunc = ({ inputs, attrs, backend }) => {
  const { count } = attrs as unknown as AdamAttrs;
  const items = rows(inputs, count, 'p', 'g', 'm', 'v').map(([p, g, m, v]) => ({
    reads: [g],
    writes: [p, m, v].map((old) => taken(backend, old)),
    ...perLoad(p),
  }));
  adam(backend, items, { uniforms: adamUniforms(attrs as unknown as AdamAttrs), fleeting: true });
  return items.flatMap(({ writes }) => writes);
};

const averaged = overMany({
  name: 'average',
  reads: ['batch'],
  writes: ['average'],
  uniforms: { momentum: 'f32', rest: 'f32' },
  main: (of) => `if (i < ${of('size')}) { ${of('average')}[i] = u.momentum * ${of('average')}[i] + u.rest * ${of('batch')}[i]; }`,
});

/** momentum · average + (1 − momentum) · batch of many (nn/norm.ts). */
export const moveAverages: KernelFunc = ({ inputs, attrs, backend }) => {
  const { count, momentum } = attrs as unknown as { count: number; momentum: number };
  const items = rows(inputs, count, 'average', 'batch').map(([average, batch]) => ({
    reads: [batch],
    writes: [taken(backend, average)],
    ...perLoad(average),
  }));
  averaged(backend, items, { uniforms: [momentum, 1 - momentum] });
  return items.flatMap(({ writes }) => writes);
};

/** Invocations that fill a large GPU, and the fewest loads of one. */
const INVOCATIONS = 8192;
const LEAST_LOADS = 32;

/** Every invocation adds the squares of a run of loads up, into a place of its own. */
const squares = overMany({
  name: 'squares',
  reads: ['x'],
  writes: [],
  sharedWrites: ['partial'],
  counts: ['first'],
  uniforms: { loads: 'u32' },
  main: (of, n) => `if (i * u.loads >= ${of('size')}) { return; }
    var sum = 0.0;
    for (var k = i * u.loads; k < min((i + 1u) * u.loads, ${of('size')}); k++) {
      sum += ${n === 4 ? `dot(${of('x')}[k], ${of('x')}[k])` : `${of('x')}[k] * ${of('x')}[k]`};
    }
    partial[${of('first')} + i] = sum;`,
});

const foldSquares: Template<null> = {
  name: 'foldSquares',
  shader: () => ({
    reads: { partial: 'f32' },
    writes: { total: 'f32' },
    uniforms: { count: 'u32' },
    workgroup: WORKGROUP,
    globals: `var<workgroup> held: array<f32, ${WORKGROUP}>;`,
    main: `
  var sum = 0.0;
  for (var k = local; k < u.count; k += ${WORKGROUP}u) { sum += partial[k]; }
  held[local] = sum;
  workgroupBarrier();
  if (local == 0u) {
    for (var k = 1u; k < ${WORKGROUP}u; k++) { sum += held[k]; }
    total[0] = sum;
  }`,
  }),
};

/** Σ x² over all values of many tensors: a scalar (nn/sumOfSquares.ts). */
export const sumsOfSquares: KernelFunc = ({ inputs, attrs, backend }) => {
  const xs = rows(inputs, (attrs as unknown as { count: number }).count, 'x').flat();
  const sizes = xs.map((x) => tf.util.sizeFromShape(x.shape));
  const loads = Math.max(LEAST_LOADS, Math.ceil(sizes.reduce((a, b) => a + b) / 4 / INVOCATIONS));
  let all = 0;
  const items = xs.map((x, i) => {
    const first = all;
    const invocations = Math.ceil(sizes[i] / lanes(sizes[i]) / loads);
    all += invocations;
    return { reads: [x], writes: [], counts: [first], values: sizes[i], invocations };
  });
  const [partial, total] = [output(backend, [all]), output(backend, [])];
  squares(backend, items, { writes: [partial], uniforms: [loads] });
  run(backend, foldSquares, null, { reads: [partial], writes: [total], uniforms: [all], groups: 1 });
  release(backend, partial);
  return total;
};

const scaled = overMany({
  name: 'twice',
  reads: ['x'],
  writes: ['y'],
  sharedReads: ['by'],
  uniforms: {},
  main: (of) => `if (i < ${of('size')}) { ${of('y')}[i] = 2.0 * by[0] * ${of('x')}[i]; }`,
});

/** 2 · dy · x of many tensors, dy a scalar: the gradient of `sumsOfSquares`. */
export const sumsOfSquaresGradient: KernelFunc = ({ inputs, attrs, backend }) => {
  const items = rows(inputs, (attrs as unknown as { count: number }).count, 'x').map(([x]) => ({
    reads: [x],
    writes: [output(backend, x.shape)],
    ...perLoad(x),
  }));
  scaled(backend, items, { reads: [(inputs as Record<string, TensorInfo>).dy], uniforms: [] });
  return items.flatMap(({ writes }) => writes);
};
