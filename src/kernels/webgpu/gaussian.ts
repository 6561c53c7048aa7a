/** A Gaussian code's sample and the ELBO's terms, each in a dispatch or two, on our shaders. */
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import { output, release, run, type Template } from '../program';
import { chunked, cut } from './cut';
import { element, type Lanes, WORKGROUP } from './lanes';

/** Where value `i` of [n, l] has its μ and its log σ in the code [n, 2 l]. */
const PLACE = `
  let mu = i / u.latent * 2u * u.latent + i % u.latent;
  let logSigma = mu + u.latent;`;
const HEAD = `
  let i = group * ${WORKGROUP}u + local;
  if (i >= u.size) { return; }${PLACE}`;

const sample: Template<null> = {
  name: 'gaussianSample',
  shader: () => ({
    reads: { code: 'f32', noise: 'f32' },
    writes: { z: 'f32' },
    uniforms: { size: 'u32', latent: 'u32' },
    workgroup: WORKGROUP,
    main: `${HEAD}
  z[i] = code[mu] + exp(code[logSigma]) * noise[i];`,
  }),
};

const sampleBack: Template<null> = {
  name: 'gaussianSampleGradient',
  shader: () => ({
    reads: { dy: 'f32', code: 'f32', noise: 'f32' },
    writes: { dcode: 'f32' },
    uniforms: { size: 'u32', latent: 'u32' },
    workgroup: WORKGROUP,
    main: `${HEAD}
  dcode[mu] = dy[i];
  dcode[logSigma] = dy[i] * noise[i] * exp(code[logSigma]);`,
  }),
};

/** Uniforms and workgroups of work on every latent. */
function latents({ shape: [images, twice] }: TensorInfo) {
  const latent = twice / 2;
  return { uniforms: [images * latent, latent], groups: Math.ceil((images * latent) / WORKGROUP) };
}

/** μ + σ · noise: code [n, 2 l], noise [n, l] → [n, l]. */
export const gaussianSample: KernelFunc = ({ inputs, backend }) => {
  const { code, noise } = inputs as Record<'code' | 'noise', TensorInfo>;
  const z = output(backend, noise.shape);
  run(backend, sample, null, { reads: [code, noise], writes: [z], ...latents(code) });
  return z;
};

export const gaussianSampleGradient: KernelFunc = ({ inputs, backend }) => {
  const { dy, code, noise } = inputs as Record<'dy' | 'code' | 'noise', TensorInfo>;
  const dCode = output(backend, code.shape);
  run(backend, sampleBack, null, { reads: [dy, code, noise], writes: [dCode], ...latents(code) });
  return dCode;
};

/** Σ ½ (x − y)² of every chunk. */
const errors: Template<{ n: Lanes }> = {
  name: 'elboErrors',
  shader: ({ n }) => ({
    reads: { x: element(n), y: element(n) },
    writes: { partial: 'f32' },
    uniforms: chunked.uniforms,
    workgroup: WORKGROUP,
    main: `${chunked.main}
  var sum = 0.0;
  for (var p = first; p < end; p++) {
    let d = x[p] - y[p];
    sum += ${n === 4 ? 'dot(d, d)' : 'd * d'};
  }
  partial[chunk] = 0.5 * sum;`,
  }),
};

/** One workgroup: adds the chunks up, and the divergences of the code. */
const terms: Template<null> = {
  name: 'elboTerms',
  shader: () => ({
    reads: { partial: 'f32', code: 'f32' },
    writes: { total: 'f32', rec: 'f32', kl: 'f32' },
    uniforms: { size: 'u32', latent: 'u32', chunks: 'u32', images: 'f32', beta: 'f32' },
    workgroup: WORKGROUP,
    globals: `var<workgroup> held: array<vec2f, ${WORKGROUP}>;`,
    main: `
  var sum = vec2f();
  for (var k = local; k < u.chunks; k += ${WORKGROUP}u) { sum.x += partial[k]; }
  for (var i = local; i < u.size; i += ${WORKGROUP}u) {${PLACE}
    sum.y += 0.5 * (code[mu] * code[mu] + exp(2.0 * code[logSigma]) - 1.0) - code[logSigma];
  }
  held[local] = sum;
  workgroupBarrier();
  if (local == 0u) {
    for (var k = 1u; k < ${WORKGROUP}u; k++) { sum += held[k]; }
    sum /= u.images;
    rec[0] = sum.x;
    kl[0] = sum.y;
    total[0] = sum.x + u.beta * sum.y;
  }`,
  }),
};

/** Both tensors as pixels of one channel, or of four where that divides their size. */
function pixels(x: TensorInfo) {
  const size = tf.util.sizeFromShape(x.shape);
  return cut(size % 4 === 0 ? [size / 4, 4] : [size, 1], false);
}

type Beta = { beta: number };

/** Rec + β · KL, Rec and KL, means over the batch: x and y [n, …], code [n, 2 l]. */
export const gaussianElbo: KernelFunc = ({ inputs, attrs, backend }) => {
  const { x, y, code } = inputs as Record<'x' | 'y' | 'code', TensorInfo>;
  const on = pixels(x);
  const partial = output(backend, [on.chunks]);
  run(backend, errors, { n: on.n }, { reads: [x, y], writes: [partial], uniforms: chunked.values(on), groups: chunked.groups(on) });
  const writes = [output(backend, []), output(backend, []), output(backend, [])];
  const uniforms = [...latents(code).uniforms, on.chunks, code.shape[0], (attrs as unknown as Beta).beta];
  run(backend, terms, null, { reads: [partial, code], writes, uniforms, groups: 1 });
  release(backend, partial);
  return writes;
};

/** The first invocations do the code as well. */
const elboBack: Template<{ n: Lanes }> = {
  name: 'gaussianElboGradient',
  shader: ({ n }) => ({
    reads: { dy: 'f32', x: element(n), y: element(n), code: 'f32' },
    writes: { dyOut: element(n), dcode: 'f32' },
    uniforms: { size: 'u32', latent: 'u32', loads: 'u32', images: 'f32', beta: 'f32' },
    workgroup: WORKGROUP,
    main: `
  let i = group * ${WORKGROUP}u + local;
  let share = dy[0] / u.images;
  if (i < u.loads) { dyOut[i] = share * (y[i] - x[i]); }
  if (i < u.size) {${PLACE}
    dcode[mu] = share * u.beta * code[mu];
    dcode[logSigma] = share * u.beta * (exp(2.0 * code[logSigma]) - 1.0);
  }`,
  }),
};

export const gaussianElboGradient: KernelFunc = ({ inputs, attrs, backend }) => {
  const { dy, x, y, code } = inputs as Record<'dy' | 'x' | 'y' | 'code', TensorInfo>;
  const on = pixels(x);
  const writes = [output(backend, y.shape), output(backend, code.shape)];
  const [size, latent] = latents(code).uniforms;
  run(
    backend,
    elboBack,
    { n: on.n },
    {
      reads: [dy, x, y, code],
      writes,
      uniforms: [size, latent, on.pixels, code.shape[0], (attrs as unknown as Beta).beta],
      groups: Math.ceil(Math.max(size, on.pixels) / WORKGROUP),
    },
  );
  return writes;
};
