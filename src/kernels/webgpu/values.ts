/** Work on values one by one, on our shaders. */
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import { output, run, type Template } from '../program';
import { activation, element, type Lanes, lanes, WORKGROUP } from './lanes';

const HEAD = `
  let i = group * ${WORKGROUP}u + local;
  if (i >= u.size) { return; }`;

/** How many loads a tensor takes, and in workgroups. */
function loads(tensor: TensorInfo) {
  const size = tf.util.sizeFromShape(tensor.shape);
  const n = lanes(size);
  return { n, size: size / n, groups: Math.ceil(size / n / WORKGROUP) };
}

const gated: Template<{ n: Lanes }> = {
  name: 'gate',
  shader: ({ n }) => ({
    reads: { x: element(n), by: element(n) },
    writes: { y: element(n) },
    uniforms: { size: 'u32', slope: 'f32' },
    workgroup: WORKGROUP,
    main: `${HEAD}
  y[i] = ${activation(n, 'by[i]', 'x[i]')};`,
  }),
};

/** x where by > 0, slope · x elsewhere: LeakyReLU where both are one, and its gradient. */
export const gate: KernelFunc = ({ inputs, attrs, backend }) => {
  const { x, by } = inputs as Record<'x' | 'by', TensorInfo>;
  const y = output(backend, x.shape);
  const { n, size, groups } = loads(x);
  run(backend, gated, { n }, { reads: [x, by], writes: [y], uniforms: [size, (attrs as unknown as { slope: number }).slope], groups });
  return y;
};

const dropped: Template<{ n: Lanes }> = {
  name: 'dropout',
  shader: ({ n }) => ({
    reads: { x: element(n) },
    writes: { y: element(n) },
    uniforms: { size: 'u32', draw: 'u32', least: 'u32', gain: 'f32' },
    workgroup: WORKGROUP,
    // mix32 of core/random.ts.
    globals: `
fn kept(i: u32, draw: u32) -> u32 {
  var h = i * 0x9e3779b1u + draw;
  h = (h ^ (h >> 16u)) * 0x7feb352du;
  h = (h ^ (h >> 15u)) * 0x846ca68bu;
  return h ^ (h >> 16u);
}`,
    main: `${HEAD}
  let hash = ${n === 4 ? `vec4u(${[0, 1, 2, 3].map((lane) => `kept(4u * i + ${lane}u, u.draw)`).join(', ')})` : 'kept(i, u.draw)'};
  y[i] = select(x[i] * u.gain, ${element(n)}(), hash < ${n === 4 ? 'vec4u(u.least)' : 'u.least'});`,
  }),
};

/** Inverted dropout whose mask is a hash of `draw` and the flat index (nn/layers.ts). */
export const dropout: KernelFunc = ({ inputs, attrs, backend }) => {
  const { x } = inputs as Record<'x', TensorInfo>;
  const { rate, draw } = attrs as unknown as { rate: number; draw: number };
  const y = output(backend, x.shape);
  const { n, size, groups } = loads(x);
  const uniforms = [size, draw, Math.ceil(rate * 0x100000000), 1 / (1 - rate)];
  run(backend, dropped, { n }, { reads: [x], writes: [y], uniforms, groups, fleeting: true });
  return y;
};
