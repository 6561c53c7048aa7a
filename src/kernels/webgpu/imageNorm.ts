/** Instance norm of images small enough for one workgroup each: statistics and what follows from them in one dispatch. Names are those of channels.ts. */
import type { TensorInfo } from '@tensorflow/tfjs';
import { output, release, run, type Template } from '../program';
import type { Cut } from './cut';
import { activation, element, type Lanes, WORKGROUP } from './lanes';
import { foldSums } from './sums';

/** Pixels up to which a workgroup does a channel of an image: beyond, too few invocations would be at work. */
const MOST_PIXELS = 4096;
export const isSmall = ({ pixels }: Cut, perImage: boolean) => perImage && pixels <= MOST_PIXELS;

const UNIFORMS = { wide: 'i32', pixels: 'i32', slope: 'f32', epsilon: 'f32' } as const;
const HEAD = `
  let c = i32(group) % u.wide;
  let owner = i32(group) / u.wide;
  let at = owner * u.pixels * u.wide + c;`;
/** A loop over the invocation's pixels, `i` being their place in x. */
const pixels = (body: string) => `
  for (var p = i32(local); p < u.pixels; p += ${WORKGROUP}) {
    let i = at + p * u.wide;${body}
  }`;
const held = (n: Lanes) => `
var<workgroup> first: array<${element(n)}, ${WORKGROUP}>;
var<workgroup> second: array<${element(n)}, ${WORKGROUP}>;`;

/** Mean and squared deviations of each invocation's pixels (Welford 1962), then of all. */
const forward: Template<{ n: Lanes }> = {
  name: 'imageNorm',
  shader: ({ n }) => ({
    reads: { x: element(n), gain: element(n), bias: element(n) },
    writes: { y: element(n), mean: element(n), variance: element(n) },
    uniforms: UNIFORMS,
    workgroup: WORKGROUP,
    globals: held(n),
    main: `${HEAD}
  var own = ${element(n)}();
  var squares = ${element(n)}();
  var count = 0.0;${pixels(`
    let value = x[i];
    let delta = value - own;
    count += 1.0;
    own += delta / count;
    squares += delta * (value - own);`)}
  first[local] = own;
  second[local] = squares;
  workgroupBarrier();
  var sum = ${element(n)}();
  for (var k = 0; k < ${WORKGROUP}; k++) { sum += f32((u.pixels - k + ${WORKGROUP - 1}) / ${WORKGROUP}) * first[k]; }
  let mu = sum / f32(u.pixels);
  var deviations = ${element(n)}();
  for (var k = 0; k < ${WORKGROUP}; k++) {
    deviations += second[k] + f32((u.pixels - k + ${WORKGROUP - 1}) / ${WORKGROUP}) * (first[k] - mu) * (first[k] - mu);
  }
  let spread = deviations / f32(u.pixels);
  if (local == 0u) {
    mean[group] = mu;
    variance[group] = spread;
  }
  let scale = gain[c] * inverseSqrt(spread + ${element(n)}(u.epsilon));
  let b = bias[c];${pixels(`
    let z = (x[i] - mu) * scale + b;
    y[i] = ${activation(n, 'z', 'z')};`)}`,
  }),
};

/** Σ g and Σ g · (x − μ) of the image, g being dy through the activation, and dx. */
const backward: Template<{ n: Lanes }> = {
  name: 'imageNormGradient',
  shader: ({ n }) => {
    const gradient = `
    let centred = x[i] - mu;
    let z = centred * scale + b;
    let g = ${activation(n, 'z', 'dy[i]')};`;
    return {
      reads: { dy: element(n), x: element(n), mean: element(n), variance: element(n), gain: element(n), bias: element(n) },
      writes: { dx: element(n), sums: element(n) },
      uniforms: UNIFORMS,
      workgroup: WORKGROUP,
      globals: held(n),
      main: `${HEAD}
  let mu = mean[group];
  let deviation = inverseSqrt(variance[group] + ${element(n)}(u.epsilon));
  let scale = gain[c] * deviation;
  let b = bias[c];
  var sum = ${element(n)}();
  var product = ${element(n)}();${pixels(`${gradient}
    sum += g;
    product += g * centred;`)}
  first[local] = sum;
  second[local] = product;
  workgroupBarrier();
  sum = ${element(n)}();
  product = ${element(n)}();
  for (var k = 0; k < ${WORKGROUP}; k++) {
    sum += first[k];
    product += second[k];
  }
  if (local == 0u) {
    sums[owner * 2 * u.wide + c] = sum;
    sums[(owner * 2 + 1) * u.wide + c] = product;
  }
  let share = 1.0 / f32(u.pixels);
  let average = sum * share;
  let tilt = product * share * deviation * deviation;${pixels(`${gradient}
    dx[i] = scale * (g - average - centred * tilt);`)}`,
    };
  },
};

type Attrs = { epsilon: number; slope: number };
const call = ({ wide, pixels: size, groups }: Cut, { slope, epsilon }: Attrs) => ({
  uniforms: [wide, size, slope, epsilon],
  groups: groups * wide,
});

/** @param reads x, gain, bias @param writes y, mean, variance */
export function imageNorm(backend: unknown, on: Cut, reads: TensorInfo[], writes: TensorInfo[], attrs: Attrs): void {
  run(backend, forward, { n: on.n }, { reads, writes, ...call(on, attrs) });
}

type Gradient = { reads: TensorInfo[]; dx: TensorInfo; dGain: TensorInfo; dBias: TensorInfo };

/** `reads`: dy, x, mean, variance, gain, bias. */
export function imageNormGradient(backend: unknown, on: Cut, { reads, dx, dGain, dBias }: Gradient, attrs: Attrs): void {
  const sums = output(backend, [on.groups, 2, on.channels]);
  run(backend, backward, { n: on.n }, { reads, writes: [dx, sums], ...call(on, attrs) });
  const { epsilon } = attrs;
  foldSums(backend, { ...on, chunks: 1 }, { partial: sums, totals: [dBias, dGain], variance: reads[3], epsilon });
  release(backend, sums);
}
