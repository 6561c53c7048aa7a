/** The same work on each of many tensors, as many of them a dispatch as a shader may bind: a network has a hundred variables, most of them small. */
import type { TensorInfo } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import { mostBuffers, run, type Template } from '../program';
import { each, element, type Lanes, lanes, range, WORKGROUP } from './lanes';

export type Work = {
  name: string;
  /** Buffers that each item has of its own. */
  reads: readonly string[];
  writes: readonly string[];
  /** Buffers of single values that all items share. */
  sharedReads?: readonly string[];
  sharedWrites?: readonly string[];
  /** Counts that each item has of its own; `size`, in loads, is always there. */
  counts?: readonly string[];
  /** Numbers that all items share. */
  uniforms: Record<string, 'u32' | 'f32'>;
  /** The work of invocation `i` of an item whose buffers and counts `of` names; more invocations than there is work come along. */
  main: (of: (name: string) => string, n: Lanes) => string;
};

export type Item = { reads: TensorInfo[]; writes: TensorInfo[]; counts?: number[]; values: number; invocations: number };

type Shared = { reads?: TensorInfo[]; writes?: TensorInfo[]; uniforms: number[]; fleeting?: boolean };

/** One item an invocation of each load. */
export const perLoad = (tensor: TensorInfo) => {
  const values = tf.util.sizeFromShape(tensor.shape);
  return { values, invocations: values / lanes(values) };
};

export const overMany = (work: Work) => {
  const { reads, writes, sharedReads = [], sharedWrites = [], counts = [], uniforms } = work;
  const template: Template<{ n: Lanes; items: number }> = {
    name: work.name,
    shader: ({ n, items }) => {
      const ofAll = (names: readonly string[]) => range(items).flatMap((j) => names.map((name) => [`${name}${j}`, element(n)] as const));
      return {
        reads: Object.fromEntries([...sharedReads.map((name) => [name, 'f32'] as const), ...ofAll(reads)]),
        writes: Object.fromEntries([...sharedWrites.map((name) => [name, 'f32'] as const), ...ofAll(writes)]),
        uniforms: {
          ...uniforms,
          ...Object.fromEntries(
            range(items).flatMap((j) => ['groupsOf', 'size', ...counts].map((name) => [`${name}${j}`, 'u32' as const])),
          ),
        },
        workgroup: WORKGROUP,
        main: `
  var rest = group;
  ${each(
    items,
    (j) => `if (rest < u.groupsOf${j}) {
    let i = rest * ${WORKGROUP}u + local;
    ${work.main((name) => (name === 'size' || counts.includes(name) ? `u.${name}${j}` : `${name}${j}`), n)}
    return;
  }
  rest -= u.groupsOf${j};`,
  )}`,
      };
    },
  };
  const mostItems = (backend: unknown) =>
    Math.floor((mostBuffers(backend) - sharedReads.length - sharedWrites.length) / (reads.length + writes.length));

  /** Does the work on every item, those of like size together. */
  return (backend: unknown, items: readonly Item[], shared: Shared): void => {
    const atOnce = mostItems(backend);
    for (const n of [4, 1] as const) {
      const alike = items.filter(({ values }) => lanes(values) === n).sort((a, b) => b.values - a.values);
      for (let from = 0; from < alike.length; from += atOnce) {
        const some = alike.slice(from, from + atOnce);
        const groupsOf = some.map(({ invocations }) => Math.ceil(invocations / WORKGROUP));
        run(
          backend,
          template,
          { n, items: some.length },
          {
            reads: [...(shared.reads ?? []), ...some.flatMap((item) => item.reads)],
            writes: [...(shared.writes ?? []), ...some.flatMap((item) => item.writes)],
            uniforms: [...shared.uniforms, ...some.flatMap(({ values, counts: own = [] }, j) => [groupsOf[j], values / n, ...own])],
            groups: groupsOf.reduce((a, b) => a + b),
            fleeting: shared.fleeting,
          },
        );
      }
    }
  };
};
