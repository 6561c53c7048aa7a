/** The second pass of a sum that was split: adds the parts up, in their order. */
import type { TensorInfo } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import { run, type Template } from '../program';
import { element, type Lanes, lanes, WORKGROUP } from './lanes';

const fold: Template<{ n: Lanes }> = {
  name: 'sumOfParts',
  shader: ({ n }) => ({
    reads: { parts: element(n) },
    writes: { total: element(n) },
    uniforms: { size: 'u32', count: 'u32' },
    workgroup: WORKGROUP,
    main: `
  let i = group * ${WORKGROUP}u + local;
  if (i >= u.size) { return; }
  var sum = ${element(n)}();
  for (var part = 0u; part < u.count; part++) { sum += parts[part * u.size + i]; }
  total[i] = sum;`,
  }),
};

/** parts [count, …] → total […]. */
export function sumOfParts(backend: unknown, parts: TensorInfo, total: TensorInfo, count: number): void {
  const values = tf.util.sizeFromShape(total.shape);
  const n = lanes(values);
  run(
    backend,
    fold,
    { n },
    {
      reads: [parts],
      writes: [total],
      uniforms: [values / n, count],
      groups: Math.ceil(values / n / WORKGROUP),
    },
  );
}
