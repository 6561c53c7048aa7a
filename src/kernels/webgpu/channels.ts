/** Norms, bias and activation by channel, and the sums they need, on our shaders. Gradients are those of kernels/fused.ts. */
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs';
import { output, release, run, type Template } from '../program';
import { ahead, type Cut, chunked, cut } from './cut';
import { imageNorm, imageNormGradient, isSmall } from './imageNorm';
import { activation, element, type Lanes, lanes, WORKGROUP } from './lanes';
import { foldSums } from './sums';

type Slope = { slope: number };
type NormAttrs = { epsilon: number; slope: number; perImage: boolean };

const scaleShift: Template<{ n: Lanes; scaled: boolean }> = {
  name: 'scaleShift',
  shader: ({ n, scaled }) => ({
    reads: { x: element(n), ...(scaled ? { scale: element(n) } : {}), shift: element(n) },
    writes: { y: element(n) },
    uniforms: { ...ahead.uniforms, slope: 'f32' },
    workgroup: WORKGROUP,
    main: `${ahead.main}
  ${scaled ? 'let a = scale[c];' : ''}
  let b = shift[c];
  for (var p = first; p < end; p++) {
    let z = ${scaled ? 'a * x[p * u.wide + c]' : 'x[p * u.wide + c]'} + b;
    y[p * u.wide + c] = ${activation(n, 'z', 'z')};
  }`,
  }),
};

/** act(x + bias): x [n, h, w, c], bias [c]. */
export const biasActivation: KernelFunc = ({ inputs, attrs, backend }) => {
  const { x, bias } = inputs as Record<'x' | 'bias', TensorInfo>;
  const { slope } = (attrs ?? { slope: 1 }) as unknown as Slope;
  return scaledAndShifted(backend, [x, bias], cut(x.shape, false), slope);
};

const normScaled: Template<{ n: Lanes }> = {
  name: 'normScale',
  shader: ({ n }) => ({
    reads: { mean: element(n), variance: element(n), gain: element(n), bias: element(n) },
    writes: { scale: element(n), shift: element(n) },
    uniforms: { size: 'u32', epsilon: 'f32' },
    workgroup: WORKGROUP,
    main: `
  let c = group * ${WORKGROUP}u + local;
  if (c >= u.size) { return; }
  let a = gain[c] * inverseSqrt(variance[c] + ${element(n)}(u.epsilon));
  scale[c] = a;
  shift[c] = bias[c] - mean[c] * a;`,
  }),
};

/** What `affine` needs to normalise by given statistics: gain / √(variance + ε) and bias − mean times that. All [c]. */
export const normScale: KernelFunc = ({ inputs, attrs, backend }) => {
  const { mean, variance, gain, bias } = inputs as Record<'mean' | 'variance' | 'gain' | 'bias', TensorInfo>;
  const writes = [output(backend, gain.shape), output(backend, gain.shape)];
  const n = lanes(gain.shape[0]);
  const size = gain.shape[0] / n;
  const uniforms = [size, (attrs as unknown as { epsilon: number }).epsilon];
  run(backend, normScaled, { n }, { reads: [mean, variance, gain, bias], writes, uniforms, groups: Math.ceil(size / WORKGROUP) });
  return writes;
};

/** act(scale · x + shift): x [n, h, w, c], scale and shift [c]. */
export const affine: KernelFunc = ({ inputs, attrs, backend }) => {
  const { x, scale, shift } = inputs as Record<'x' | 'scale' | 'shift', TensorInfo>;
  return scaledAndShifted(backend, [x, scale, shift], cut(x.shape, false), (attrs as unknown as Slope).slope);
};

function scaledAndShifted(backend: unknown, reads: TensorInfo[], on: Cut, slope: number): TensorInfo {
  const y = output(backend, reads[0].shape);
  const values = { n: on.n, scaled: reads.length === 3 };
  run(backend, scaleShift, values, { reads, writes: [y], uniforms: [...ahead.values(on), slope], groups: ahead.groups(on) });
  return y;
}

/** Mean and sum of squared deviations of every chunk (Welford 1962), [groups, chunks, 2, c]. */
const moments: Template<{ n: Lanes }> = {
  name: 'moments',
  shader: ({ n }) => ({
    reads: { x: element(n) },
    writes: { partial: element(n) },
    uniforms: chunked.uniforms,
    workgroup: WORKGROUP,
    main: `${chunked.main}
  var mean = ${element(n)}();
  var squares = ${element(n)}();
  for (var p = first; p < end; p++) {
    let value = x[p * u.wide + c];
    let delta = value - mean;
    mean += delta * (1.0 / f32(p - first + 1));
    squares += delta * (value - mean);
  }
  partial[chunk * 2 * u.wide + c] = mean;
  partial[(chunk * 2 + 1) * u.wide + c] = squares;`,
  }),
};

/** Moments of chunks to mean and biased variance of groups: one workgroup a group and channel lane. */
const foldMoments: Template<{ n: Lanes }> = {
  name: 'foldMoments',
  shader: ({ n }) => {
    const type = element(n);
    const total = (into: string, value: string) => `
  held[local] = ${type}();
  for (var k = i32(local); k < u.chunks; k += ${WORKGROUP}) {
    let count = f32(min(u.perChunk, u.pixels - k * u.perChunk));
    let at = (owner * u.chunks + k) * 2 * u.wide + c;
    held[local] += ${value};
  }
  workgroupBarrier();
  var ${into} = ${type}();
  for (var i = 0; i < ${WORKGROUP}; i++) { ${into} += held[i]; }
  workgroupBarrier();`;
    return {
      reads: { partial: type },
      writes: { means: type, variances: type },
      uniforms: chunked.uniforms,
      workgroup: WORKGROUP,
      globals: `var<workgroup> held: array<${type}, ${WORKGROUP}>;`,
      main: `
  let c = i32(group) % u.wide;
  let owner = i32(group) / u.wide;
  ${total('sum', 'count * partial[at]')}
  let mean = sum / f32(u.pixels);
  ${total('squares', 'partial[at + u.wide] + count * (partial[at] - mean) * (partial[at] - mean)')}
  if (local == 0u) {
    means[group] = mean;
    variances[group] = squares / f32(u.pixels);
  }`,
    };
  },
};

/** Declares what a pixel of group `owner` is normalised with. */
const normaliser = (n: Lanes) => `
  let mu = mean[owner * u.wide + c];
  let deviation = inverseSqrt(variance[owner * u.wide + c] + ${element(n)}(u.epsilon));
  let scale = gain[c] * deviation;
  let b = bias[c];`;

const normalise: Template<{ n: Lanes }> = {
  name: 'normalise',
  shader: ({ n }) => ({
    reads: { x: element(n), mean: element(n), variance: element(n), gain: element(n), bias: element(n) },
    writes: { y: element(n) },
    uniforms: { ...ahead.uniforms, slope: 'f32', epsilon: 'f32' },
    workgroup: WORKGROUP,
    main: `${ahead.main}${normaliser(n)}
  for (var p = first; p < end; p++) {
    let z = (x[p * u.wide + c] - mu) * scale + b;
    y[p * u.wide + c] = ${activation(n, 'z', 'z')};
  }`,
  }),
};

/** act(gain · (x − μ) / √(σ² + ε) + bias) → that, μ and σ² (biased): [c], or [n, 1, 1, c] per image. */
export const norm: KernelFunc = ({ inputs, attrs, backend }) => {
  const { x, gain, bias } = inputs as Record<'x' | 'gain' | 'bias', TensorInfo>;
  const { epsilon, slope, perImage } = attrs as unknown as NormAttrs;
  const on = cut(x.shape, perImage);
  const { n } = on;
  const shape = perImage ? [on.groups, 1, 1, on.channels] : [on.channels];
  const [y, mean, variance] = [output(backend, x.shape), output(backend, shape), output(backend, shape)];
  if (isSmall(on, perImage)) {
    imageNorm(backend, on, [x, gain, bias], [y, mean, variance], { epsilon, slope });
    return [y, mean, variance];
  }
  const partial = output(backend, [on.groups, on.chunks, 2, on.channels]);
  run(backend, moments, { n }, { reads: [x], writes: [partial], uniforms: chunked.values(on), groups: chunked.groups(on) });
  run(
    backend,
    foldMoments,
    { n },
    {
      reads: [partial],
      writes: [mean, variance],
      uniforms: chunked.values(on),
      groups: on.groups * on.wide,
    },
  );
  run(
    backend,
    normalise,
    { n },
    {
      reads: [x, mean, variance, gain, bias],
      writes: [y],
      uniforms: [...ahead.values(on), slope, epsilon],
      groups: ahead.groups(on),
    },
  );
  release(backend, partial);
  return [y, mean, variance];
};

const gradientAt = (n: Lanes) => `
    let centred = x[p * u.wide + c] - mu;
    let z = centred * scale + b;
    let g = ${activation(n, 'z', 'dy[p * u.wide + c]')};`;

/** Σ g and Σ g · (x − μ) of every chunk, g being dy through the activation: [groups, chunks, 2, c]. */
const normSums: Template<{ n: Lanes }> = {
  name: 'normSums',
  shader: ({ n }) => ({
    reads: { dy: element(n), x: element(n), mean: element(n), variance: element(n), gain: element(n), bias: element(n) },
    writes: { partial: element(n) },
    uniforms: { ...chunked.uniforms, slope: 'f32', epsilon: 'f32' },
    workgroup: WORKGROUP,
    main: `${chunked.main}${normaliser(n)}
  var sum = ${element(n)}();
  var product = ${element(n)}();
  for (var p = first; p < end; p++) {${gradientAt(n)}
    sum += g;
    product += g * centred;
  }
  partial[chunk * 2 * u.wide + c] = sum;
  partial[(chunk * 2 + 1) * u.wide + c] = product;`,
  }),
};

/** dx = gain · d · (g − Σ g / N − (x − μ) · d² · Σ g (x − μ) / N), d being 1 / √(σ² + ε). */
const normInput: Template<{ n: Lanes }> = {
  name: 'normInput',
  shader: ({ n }) => ({
    reads: {
      dy: element(n),
      x: element(n),
      mean: element(n),
      variance: element(n),
      gain: element(n),
      bias: element(n),
      sums: element(n),
    },
    writes: { dx: element(n) },
    uniforms: { ...ahead.uniforms, slope: 'f32', epsilon: 'f32' },
    workgroup: WORKGROUP,
    main: `${ahead.main}${normaliser(n)}
  let share = 1.0 / f32(u.pixels);
  let average = sums[owner * 2 * u.wide + c] * share;
  let tilt = sums[(owner * 2 + 1) * u.wide + c] * share * deviation * deviation;
  for (var p = first; p < end; p++) {${gradientAt(n)}
    dx[p * u.wide + c] = scale * (g - average - centred * tilt);
  }`,
  }),
};

/** Gradient of `norm`, through its statistics: dx, dgain, dbias. */
export const normGradient: KernelFunc = ({ inputs, attrs, backend }) => {
  const { dy, x, gain, bias, mean, variance } = inputs as Record<'dy' | 'x' | 'gain' | 'bias' | 'mean' | 'variance', TensorInfo>;
  const { epsilon, slope, perImage } = attrs as unknown as NormAttrs;
  const on = cut(x.shape, perImage);
  const { n } = on;
  const [dx, dGain, dBias] = [output(backend, x.shape), output(backend, gain.shape), output(backend, bias.shape)];
  const reads = [dy, x, mean, variance, gain, bias];
  if (isSmall(on, perImage)) {
    imageNormGradient(backend, on, { reads, dx, dGain, dBias }, { epsilon, slope });
    return [dx, dGain, dBias];
  }
  const partial = output(backend, [on.groups, on.chunks, 2, on.channels]);
  const sums = output(backend, [on.groups, 2, on.channels]);
  run(
    backend,
    normSums,
    { n },
    {
      reads,
      writes: [partial],
      uniforms: [...chunked.values(on), slope, epsilon],
      groups: chunked.groups(on),
    },
  );
  foldSums(backend, on, { partial, sums, totals: [dBias, dGain], variance, epsilon });
  run(
    backend,
    normInput,
    { n },
    {
      reads: [...reads, sums],
      writes: [dx],
      uniforms: [...ahead.values(on), slope, epsilon],
      groups: ahead.groups(on),
    },
  );
  release(backend, partial);
  release(backend, sums);
  return [dx, dGain, dBias];
};

/** dx = scale · g, g being dy through the activation. */
const affineInput: Template<{ n: Lanes }> = {
  name: 'affineInput',
  shader: ({ n }) => ({
    reads: { dy: element(n), x: element(n), scale: element(n), shift: element(n) },
    writes: { dx: element(n) },
    uniforms: { ...ahead.uniforms, slope: 'f32' },
    workgroup: WORKGROUP,
    main: `${ahead.main}
  let a = scale[c];
  let b = shift[c];
  for (var p = first; p < end; p++) {
    let z = a * x[p * u.wide + c] + b;
    dx[p * u.wide + c] = a * ${activation(n, 'z', 'dy[p * u.wide + c]')};
  }`,
  }),
};

/** Gradient of `affine`: dx. */
export const affineGradient: KernelFunc = ({ inputs, attrs, backend }) => {
  const { dy, x, scale, shift } = inputs as Record<'dy' | 'x' | 'scale' | 'shift', TensorInfo>;
  const { slope } = attrs as unknown as Slope;
  const on = cut(x.shape, false);
  const dx = output(backend, x.shape);
  const uniforms = [...ahead.values(on), slope];
  run(backend, affineInput, { n: on.n }, { reads: [dy, x, scale, shift], writes: [dx], uniforms, groups: ahead.groups(on) });
  return dx;
};
