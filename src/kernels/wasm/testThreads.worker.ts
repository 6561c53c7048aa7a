/**
 * Runs a table of operations in a worker of the browser, as the lab does, on the CPU backend or on our WebAssembly kernels, and posts the
 * results. One job a worker: the memory of the WASM backend is shared, or not, from its first start.
 */
import * as tf from '@tensorflow/tfjs';
import simdWasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import { batchNorm, instanceNorm } from '../../nn/norm';
import { installKernels } from '../install';
import kernelsWasm from './kernels.wasm?url';
import { spawnThread } from './spawnThread';
import { runningThreads, startWasm } from './start';

/** Which backend; of WASM, how many threads, or null for a memory that is not shared. */
export type Job = { backend: 'cpu' } | { backend: 'wasm'; threads: number | null };
export type Row = { name: string; values: Float32Array[] };
export type Outcome = { threads: number; rows: Row[] } | { failed: string };

type Call = { name: string; run: () => tf.Tensor[] };
type Size = [number, number, number, number];

const made = (shape: readonly number[], salt: number) =>
  tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape([...shape]) }, (_, i) => Math.sin(12.9898 * i + 78.233 * salt + 0.37 * i * i) + 0.2),
    [...shape],
  );

/** A function's value and its gradients by every input, against a fixed direction. */
function withGradients(f: (...inputs: tf.Tensor[]) => tf.Tensor, inputs: tf.Tensor[]): tf.Tensor[] {
  const y = f(...inputs);
  return [y, ...tf.grads(f)(inputs, made(y.shape, 7))];
}

const convolutions: Call[] = (
  [
    [[2, 9, 11, 3], 3, 4, 1, 'same'],
    [[2, 11, 8, 1], 5, 6, 3, 'valid'],
    [[3, 4, 4, 8], 4, 5, 1, 'valid'],
    [[8, 16, 16, 16], 4, 32, 2, 1],
    [[2, 32, 32, 24], 3, 40, 1, 'same'],
  ] as [Size, number, number, number, 'same' | 'valid' | number][]
).map(([size, k, out, stride, pad]) => ({
  name: `convolution ${k}×${k} of ${size} to ${out}, stride ${stride}, ${pad}, and its gradients`,
  run: () =>
    withGradients(
      (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad, 'NHWC', [1, 1], typeof pad === 'number' ? 'floor' : undefined),
      [made(size, 1), made([k, k, size[3], out], 2)],
    ),
}));

const products: Call[] = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
].flatMap(([ta, tb]) =>
  [
    [70, 9, 3],
    [260, 190, 300],
  ].map(([m, k, n]) => ({
    name: `matMul [${m}, ${k}] · [${k}, ${n}], transposed ${ta} ${tb}`,
    run: () => [tf.matMul(made(ta ? [k, m] : [m, k], 1), made(tb ? [n, k] : [k, n], 2), ta, tb)],
  })),
);

const norms: Call[] = (
  [
    [2, 5, 7, 3],
    [3, 64, 33, 8],
    [4, 32, 32, 32],
  ] as Size[]
).flatMap((size) => {
  const inputs = () => [made(size, 1), made([size[3]], 2), made([size[3]], 3)];
  return [
    {
      name: `batch norm of ${size}, and its gradients`,
      run: () => withGradients((x, gain, bias) => batchNorm(x as tf.Tensor4D, gain, bias, 1e-3, 0.2).y, inputs()),
    },
    {
      name: `instance norm of ${size}, and its gradients`,
      run: () => withGradients((x, gain, bias) => instanceNorm(x as tf.Tensor4D, gain, bias, 1e-3, 0), inputs()),
    },
  ];
});

const CALLS = [...convolutions, ...products, ...norms];

const bytes = async (url: string) => (await fetch(new URL(url, self.location.href))).arrayBuffer();

/** @returns the threads that run */
async function start(job: Job): Promise<number> {
  if (job.backend === 'cpu') {
    await tf.setBackend('cpu');
    return 1;
  }
  const platform = {
    stock: () => bytes(simdWasm),
    kernels: () => bytes(kernelsWasm),
    cores: 4,
    thread: job.threads === null ? null : spawnThread,
  };
  await startWasm(platform, job.threads, (sentence) => self.postMessage({ failed: sentence } satisfies Outcome));
  return runningThreads();
}

async function work(job: Job): Promise<Outcome> {
  const threads = await start(job);
  if (tf.getBackend() !== job.backend) throw new Error(`The ${job.backend} backend did not start.`);
  installKernels(job.backend);
  const rows = CALLS.map(({ name, run }) => ({
    name,
    values: tf.tidy(() => run().map((tensor) => tensor.dataSync().slice() as Float32Array)),
  }));
  return { threads, rows };
}

self.onmessage = async ({ data }: MessageEvent<Job>) => {
  const outcome = await work(data).catch((error): Outcome => ({ failed: String(error) }));
  self.postMessage(outcome);
};
