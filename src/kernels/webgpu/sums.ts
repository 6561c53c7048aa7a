/** Sums over pixels, by channel and of everything, in two passes without atomics. */
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import { output, release, run, type Template } from '../program';
import { type Cut, chunked, cut } from './cut';
import { each, element, type Lanes, WORKGROUP } from './lanes';

/** `kept`: the sums of each group are. `deviating`: the second is multiplied by its group's 1 / √(variance + ε) in the total. */
type Values = { n: Lanes; terms: number; kept: boolean; deviating: boolean; across: boolean };

/** [groups, chunks, terms, c] to [groups, terms, c], and totals over groups: one workgroup a channel lane. */
const fold: Template<Values> = {
  name: 'foldSums',
  shader: ({ n, terms, kept, deviating, across }) => {
    const type = element(n);
    return {
      reads: { partial: type, ...(deviating ? { variance: type } : {}) },
      writes: {
        ...(kept ? { sums: type } : {}),
        ...Object.fromEntries(Array.from({ length: terms }, (_, i) => [`total${i}`, across ? 'f32' : type] as const)),
      },
      uniforms: { wide: 'i32', chunks: 'i32', groupsOfPixels: 'i32', epsilon: 'f32' },
      workgroup: WORKGROUP,
      globals: each(terms, (i) => `var<workgroup> held${i}: array<${type}, ${WORKGROUP}>;`),
      main: `
  let c = i32(group);
  ${each(terms, (i) => `var all${i} = ${type}();`)}
  for (var owner = 0; owner < u.groupsOfPixels; owner++) {
    ${each(terms, (i) => `var sum${i} = ${type}();`)}
    for (var k = i32(local); k < u.chunks; k += ${WORKGROUP}) {
      let at = (owner * u.chunks + k) * ${terms} * u.wide + c;
      ${each(terms, (i) => `sum${i} += partial[at + ${i} * u.wide];`)}
    }
    ${each(terms, (i) => `held${i}[local] = sum${i};`)}
    workgroupBarrier();
    if (local == 0u) {
      for (var i = 1; i < ${WORKGROUP}; i++) { ${each(terms, (i) => `sum${i} += held${i}[i];`)} }
      ${kept ? each(terms, (i) => `sums[(owner * ${terms} + ${i}) * u.wide + c] = sum${i};`) : ''}
      ${deviating ? `sum1 *= inverseSqrt(variance[owner * u.wide + c] + ${type}(u.epsilon));` : ''}
      ${each(terms, (i) => `all${i} += sum${i};`)}
    }
    workgroupBarrier();
  }
  if (local == 0u) { ${each(terms, (i) => `total${i}[c] = ${across ? `all${i}.x + all${i}.y + all${i}.z + all${i}.w` : `all${i}`};`)} }`,
    };
  },
};

type Sums = { partial: TensorInfo; sums?: TensorInfo; totals: TensorInfo[]; variance?: TensorInfo; epsilon?: number; across?: boolean };

/** Second pass: adds up the chunks of `partial`. */
export function foldSums(backend: unknown, on: Cut, { partial, sums, totals, variance, epsilon = 0, across = false }: Sums): void {
  run(
    backend,
    fold,
    { n: on.n, terms: totals.length, kept: sums !== undefined, deviating: variance !== undefined, across },
    {
      reads: variance ? [partial, variance] : [partial],
      writes: sums ? [sums, ...totals] : totals,
      uniforms: [on.wide, on.chunks, on.groups, epsilon],
      groups: on.wide,
    },
  );
}

const sumChunks: Template<{ n: Lanes }> = {
  name: 'sumChunks',
  shader: ({ n }) => ({
    reads: { x: element(n) },
    writes: { partial: element(n) },
    uniforms: chunked.uniforms,
    workgroup: WORKGROUP,
    main: `${chunked.main}
  var sum = ${element(n)}();
  for (var p = first; p < end; p++) { sum += x[p * u.wide + c]; }
  partial[chunk * u.wide + c] = sum;`,
  }),
};

/** Stock, but for float32 sums over every axis, or every axis but the last. */
export const sum =
  (stock: KernelFunc): KernelFunc =>
  (call) => {
    const { x } = call.inputs as Record<'x', TensorInfo>;
    const { axis, keepDims } = call.attrs as unknown as { axis: number | number[]; keepDims: boolean };
    const rank = x.shape.length;
    const axes = tf.util.parseAxisParam(axis, x.shape);
    const size = tf.util.sizeFromShape(x.shape);
    const everything = axes.length === rank && (size % 4 === 0 || size < SMALL);
    const leading = rank > 1 && axes.length === rank - 1 && !axes.includes(rank - 1);
    if (x.dtype !== 'float32' || size === 0 || rank === 0 || !(everything || leading)) return stock(call);
    // Everything is summed as if it had four channels, which are then added to each other.
    const across = everything && size % 4 === 0;
    const on = cut(everything ? [size / (across ? 4 : 1), across ? 4 : 1] : x.shape, false);
    const shape = x.shape.filter((_, i) => !axes.includes(i));
    const total = output(call.backend, keepDims ? x.shape.map((length, i) => (axes.includes(i) ? 1 : length)) : shape);
    const partial = output(call.backend, [on.chunks, on.channels]);
    run(call.backend, sumChunks, { n: on.n }, { reads: [x], writes: [partial], uniforms: chunked.values(on), groups: chunked.groups(on) });
    foldSums(call.backend, on, { partial, totals: [total], across });
    release(call.backend, partial);
    return total;
  };

/** Odd sizes beyond this are left to the stock kernel, whose loads are as wide there. */
const SMALL = 65536;
