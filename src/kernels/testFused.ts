/** Calls of the fused operations through nn/, for the tests that hold each backend's kernels to the same functions composed on the CPU backend. */
import * as tf from '@tensorflow/tfjs';
import { Adam } from '../nn/adam';
import { chain, type Link } from '../nn/chain';
import { biasActivation, dropout, leakyRelu } from '../nn/layers';
import { batchNorm, instanceNorm, moveAverages, movingNorm } from '../nn/norm';
import { sumOfSquares } from '../nn/sumOfSquares';

export type Call = { name: string; run: () => tf.Tensor[] };
type Size = [number, number, number, number];

const wave = (shape: readonly number[], salt: number, offset = 0.2) =>
  tf.tensor(
    Float32Array.from(
      { length: shape.reduce((a, b) => a * b, 1) },
      (_, i) => Math.sin(12.9898 * i + 78.233 * salt + 0.37 * i * i) + offset,
    ),
    [...shape],
  );

/** Odd sizes, one pixel, one channel, remainders of the vector's 4, means far from 0, and enough for many chunks; images of up to 64² pixels and larger. */
const SIZES: Size[] = [
  [2, 5, 7, 3],
  [1, 2, 1, 1],
  [3, 8, 8, 1],
  [2, 6, 5, 4],
  [4, 9, 9, 13],
  [2, 24, 24, 32],
  [1, 3, 3, 300],
  [3, 64, 33, 8],
  [2, 72, 57, 4],
];
const SLOPES = [1, 0, 0.2];

/** A function's value and its gradients by every input, against a fixed direction. */
function withGradients(f: (...inputs: tf.Tensor[]) => tf.Tensor, inputs: tf.Tensor[]): tf.Tensor[] {
  const y = f(...inputs);
  return [y, ...tf.grads(f)(inputs, wave(y.shape, 77, 0.1))];
}

const LAYERS: Call[] = SIZES.flatMap((size) =>
  SLOPES.flatMap((slope): Call[] => {
    const c = size[3];
    const inputs = () => [wave(size, 1, 3), wave([c], 2, 1), wave([c], 3)];
    const of = (name: string, f: (x: tf.Tensor4D, gain: tf.Tensor, bias: tf.Tensor) => tf.Tensor): Call => ({
      name: `${name}, slope ${slope}, of ${size}`,
      run: () => withGradients((x, gain, bias) => f(x as tf.Tensor4D, gain, bias), inputs()),
    });
    const twice: Call = {
      name: `bias and activation, slope ${slope}, of ${size}, differentiated twice`,
      run: () => {
        const cube = (x: tf.Tensor, bias: tf.Tensor) => tf.sum(tf.pow(biasActivation(x as tf.Tensor4D, bias, slope), 3)) as tf.Scalar;
        const point = [wave(size, 1), wave([c], 3)];
        return tf.grads((x, bias) => tf.sum(tf.square(tf.grad((t) => cube(t, bias))(x))))(point);
      },
    };
    return [
      of('batch norm', (x, gain, bias) => batchNorm(x, gain, bias, 1e-3, slope).y),
      of('instance norm', (x, gain, bias) => instanceNorm(x, gain, bias, 1e-3, slope)),
      {
        name: `moving norm, slope ${slope}, of ${size}`,
        run: () =>
          withGradients(
            (x, gain, bias, mean) => movingNorm(x as tf.Tensor4D, mean, wave([c], 5, 1.5), gain, bias, 1e-3, slope),
            [...inputs(), wave([c], 4, 3)],
          ),
      },
      {
        name: `bias and activation, slope ${slope}, of ${size}`,
        run: () => withGradients((x, bias) => biasActivation(x as tf.Tensor4D, bias, slope), [wave(size, 1), wave([c], 3)]),
      },
      ...(tf.util.sizeFromShape(size) < 1000 ? [twice] : []),
    ];
  }),
);

const STATISTICS: Call[] = SIZES.map((size) => ({
  name: `statistics of ${size}`,
  run: () => {
    const { mean, variance } = batchNorm(wave(size, 1, 3) as tf.Tensor4D, wave([size[3]], 2), wave([size[3]], 3), 1e-3, 1);
    return [mean, variance];
  },
}));

const OTHERS: Call[] = SIZES.flatMap((size) => [
  {
    name: `LeakyReLU of ${size}`,
    run: () => withGradients((x) => leakyRelu(x as tf.Tensor4D, 0.01), [wave(size, 1)]),
  },
  {
    name: `dropout of ${size}`,
    run: () => withGradients((x) => dropout(x as tf.Tensor4D, 0.3, 0xfedcba98), [wave(size, 1)]),
  },
  {
    name: `moving average of ${size}`,
    run: () => {
      const average = tf.variable(wave(size, 1), false);
      moveAverages([{ average, batch: wave(size, 2) }], 0.9);
      const result = tf.clone(average);
      average.dispose();
      return [result];
    },
  },
  {
    name: `Adam, three steps of ${size}`,
    run: () => {
      const p = tf.variable(wave(size, 1), true);
      const adam = new Adam({ p }, [1e-3, 0.5, 0.999, 1e-8]);
      for (let step = 0; step < 3; step++) adam.apply({ p: wave(size, 10 + step) });
      const results = [p, ...Object.values(adam.moments)].map((variable) => tf.clone(variable));
      adam.dispose();
      p.dispose();
      return results;
    },
  },
]);

/** Links of a chain: kernel [kh, kw, a, b], transposed, stride, padding. */
type Chained = { x: Size; links: readonly [kernel: Size, transposed: boolean, stride: number, pad: number][] };

/** Down to one pixel and up again as in an autoencoder, in fours and not; a single link; and kernels too wide for our shaders, one of them seeing all. */
const CHAINS: readonly Chained[] = [
  {
    x: [3, 8, 8, 1],
    links: [[[4, 4, 1, 4], false, 2, 1], [[4, 4, 4, 8], false, 2, 1], [[2, 2, 8, 6], false, 1, 0]],
  },
  {
    x: [3, 1, 1, 3],
    links: [[[2, 2, 8, 3], true, 1, 0], [[4, 4, 5, 8], true, 2, 1], [[4, 4, 1, 5], true, 2, 1]],
  },
  { x: [2, 5, 7, 3], links: [[[3, 3, 3, 4], false, 1, 1]] },
  { x: [2, 8, 8, 2], links: [[[3, 3, 2, 1], false, 1, 1], [[3, 3, 1, 4], false, 1, 1]] },
  { x: [1, 13, 14, 2], links: [[[3, 3, 2, 3], false, 1, 1], [[12, 12, 3, 2], false, 1, 0], [[3, 3, 4, 2], true, 1, 0]] },
  { x: [2, 12, 12, 4], links: [[[1, 1, 4, 4], false, 1, 0], [[12, 12, 4, 8], false, 1, 0], [[12, 12, 4, 8], true, 1, 0]] },
]; // biome-ignore format: a table

const CHAINED: Call[] = CHAINS.flatMap(({ x, links }) =>
  [0.01, 0.5].map((slope) => ({
    name: `chain, slope ${slope}, of ${x} by ${links.map(([kernel]) => kernel.join('×')).join(', ')}`,
    run: () =>
      withGradients(
        (input, ...kernels) => {
          const all = links.map(([, transposed, stride, pad], i): Link => ({ kernel: kernels[i] as tf.Tensor4D, transposed, stride, pad }));
          return chain(input as tf.Tensor4D, all, slope);
        },
        [wave(x, 1), ...links.map(([kernel], i) => wave(kernel, 5 + i))],
      ),
  })),
);

const has = (kernel: string) => tf.getKernel(kernel, tf.getBackend()) !== undefined;
const kernel = (name: string, inputs: tf.NamedTensorMap, attrs: tf.NamedAttrMap) => tf.engine().runKernel(name, inputs, attrs) as unknown;

/** The kernels of a Gaussian code, against their formulas. Both weigh the outputs, so that every gradient is of a known sum. */
const GAUSSIANS: Call[] = ([[[3, 8, 8, 1], 5], [[2, 5, 7, 3], 1], [[1, 1, 1, 1], 2], [[16, 33, 40, 1], 32]] as const).flatMap(([size, latent]) => {
  const n = size[0];
  const halves = (code: tf.Tensor) => tf.split(code, 2, 1);
  return [
    {
      name: `Gaussian sample of ${n} × ${latent}`,
      run: () => {
        const noise = wave([n, latent], 3);
        return withGradients((code) => {
          if (has('GaussianSample')) return kernel('GaussianSample', { code, noise }, {}) as tf.Tensor;
          const [mu, logSigma] = halves(code);
          return tf.add(mu, tf.mul(tf.exp(logSigma), noise));
        }, [wave([n, 2 * latent], 2)]);
      },
    },
    {
      name: `negative ELBO of ${size} and ${latent} latents`,
      run: () => {
        const terms = (x: tf.Tensor, y: tf.Tensor, code: tf.Tensor): tf.Tensor[] => {
          if (has('GaussianElbo')) return kernel('GaussianElbo', { x, y, code }, { beta: 3 }) as tf.Tensor[];
          const [mu, logSigma] = halves(code);
          const rec = tf.div(tf.sum(tf.squaredDifference(x, y)), 2 * n);
          const variance = tf.square(tf.exp(logSigma));
          const kl = tf.div(tf.sum(tf.sub(tf.div(tf.sub(tf.add(tf.square(mu), variance), 1), 2), logSigma)), n);
          return [tf.add(rec, tf.mul(3, kl)), rec, kl];
        };
        const inputs = [wave(size, 1), wave(size, 2), wave([n, 2 * latent], 3)];
        const [x, y, code] = inputs;
        return [...terms(x, y, code), ...tf.grads((...of) => tf.mul(terms(of[0], of[1], of[2])[0], 1.7))(inputs)];
      },
    },
  ];
}); // biome-ignore format: a table

/** Many tensors at once, of every size: more than a dispatch takes, some in loads of four and some not, and one that a clone has a hold on. */
const MANY: Call[] = [
  {
    name: 'Adam, three steps of all sizes at once, a clone of one keeping its values',
    run: () => {
      const variables = Object.fromEntries(SIZES.map((size, i) => [`of${i}`, tf.variable(wave(size, i))]));
      const held = tf.clone(variables.of3);
      const adam = new Adam(variables, [1e-3, 0.5, 0.999, 1e-8]);
      for (let step = 0; step < 3; step++) adam.apply(Object.fromEntries(SIZES.map((size, i) => [`of${i}`, wave(size, 10 * step + i)])));
      const results = [...Object.values(variables), ...Object.values(adam.moments)].map((variable) => tf.clone(variable));
      adam.dispose();
      tf.dispose(variables);
      return [held, ...results];
    },
  },
  {
    name: 'moving averages of all sizes at once',
    run: () => {
      const pairs = SIZES.map((size, i) => ({ average: tf.variable(wave(size, i), false), batch: wave(size, 20 + i) }));
      for (let step = 0; step < 2; step++) moveAverages(pairs, 0.9);
      return pairs.map(({ average }) => {
        const result = tf.clone(average);
        average.dispose();
        return result;
      });
    },
  },
  {
    name: 'sum of the squares of all sizes, and its gradients',
    run: () => withGradients((...xs) => tf.square(sumOfSquares(xs)), SIZES.map((size, i) => wave(size, i))),
  },
  { name: 'sum of the squares of one value', run: () => withGradients((x) => sumOfSquares([x]), [wave([1], 3)]) },
]; // biome-ignore format: tables

export const FUSED: Call[] = [...LAYERS, ...STATISTICS, ...OTHERS, ...CHAINED, ...GAUSSIANS, ...MANY];
