/** Times convolutions and what surrounds them, ours and stock by turns in one process. */
import * as tf from '@tensorflow/tfjs';
import { stockKernel } from '../kernels/install';
import { SHAPES, type Shape } from './cases';
import { median } from './steps';

export type Row = { net: string; kernel: string; shape: string; ours: number; stock: number | null; gflops: number };

type Call = { name: string; inputs: tf.NamedTensorMap; attrs: object };

/** The three kernels of a layer. */
function calls({ x: size, kernel, out, stride, pad }: Shape): { calls: Call[]; flop: number } {
  const info = tf.backend_util.computeConv2DInfo(size, [kernel, kernel, size[3], out], stride, 1, pad, pad === 1 ? 'floor' : undefined);
  const x = tf.randomNormal(size, 0, 1, 'float32', 1);
  const filter = tf.randomNormal([kernel, kernel, size[3], out], 0, 1, 'float32', 2);
  const dy = tf.randomNormal(info.outShape, 0, 1, 'float32', 3);
  const attrs = { strides: [stride, stride], pad, dataFormat: 'NHWC', dilations: [1, 1], dimRoundingMode: pad === 1 ? 'floor' : undefined };
  return {
    flop: 2 * dy.size * kernel * kernel * size[3],
    calls: [
      { name: 'Conv2D', inputs: { x, filter }, attrs },
      { name: 'Conv2DBackpropInput', inputs: { dy, filter }, attrs: { ...attrs, inputShape: size } },
      { name: 'Conv2DBackpropFilter', inputs: { x, dy }, attrs: { ...attrs, filterShape: filter.shape } },
    ],
  };
}

/** Milliseconds of a call, the mean of `count` after each other. */
async function time(kernel: tf.KernelFunc, { inputs, attrs }: Call, count: number): Promise<number> {
  const start = performance.now();
  const results = Array.from({ length: count }, () =>
    tf.engine().makeTensorFromTensorInfo(kernel({ inputs, attrs: attrs as never, backend: tf.backend() }) as tf.TensorInfo),
  );
  if (tf.getBackend() !== 'wasm') {
    // One value read back: the device has then done its work.
    const value = tf.tidy(() => tf.slice(tf.reshape(results[count - 1], [-1]), 0, 1));
    await value.data();
    value.dispose();
  }
  const spent = performance.now() - start;
  tf.dispose(results);
  return spent / count;
}

/** Short calls are timed by so many at once that reading back, some ms whatever was done, does not count for much. */
const callsOf = (ms: number) => Math.min(10, Math.max(1, Math.round(20 / ms)));

/** @param seconds about how long ours and stock may take for one kernel; a stock kernel that takes longer is timed once */
export async function* kernelRows(seconds: number): AsyncGenerator<Row> {
  const backend = tf.getBackend();
  for (const one of SHAPES) {
    const { calls: list, flop } = calls(one);
    for (const call of list) {
      const ours = tf.getKernel(call.name, backend).kernelFunc;
      const stock = stockKernel(call.name, backend);
      // The first calls compile, which takes stock kernels up to seconds.
      await time(ours, call, 1);
      if (stock) await time(stock, call, 1);
      const count = callsOf(await time(ours, call, 1));
      const times: [number[], number[]] = [[], []];
      let stockCount = 1;
      const until = performance.now() + 1000 * seconds;
      do {
        times[0].push(await time(ours, call, count));
        if (!stock) continue;
        times[1].push(await time(stock, call, stockCount));
        stockCount = callsOf(times[1][0]);
      } while (performance.now() < until && times[0].length < 20);
      // A stock kernel may use up the time in one call: a single one of ours would be at the mercy of what else runs.
      while (times[0].length < 3) times[0].push(await time(ours, call, count));
      const [a, b] = [median(times[0]), stock ? median(times[1]) : null];
      const { net, x, kernel, out, stride, pad } = one;
      yield {
        net,
        kernel: call.name,
        shape: `${x.join('×')} by ${kernel}² → ${out}, s${stride} ${pad}`,
        ours: a,
        stock: b,
        gflops: flop / a / 1e6,
      };
    }
    for (const call of list) tf.dispose(call.inputs);
  }
}

/** Geometric mean of stock over ours, by kernel. */
export function ratios(rows: readonly Row[]): Record<string, number> {
  const logs: Record<string, number[]> = {};
  for (const { kernel, ours, stock } of rows) {
    if (stock === null) continue;
    logs[kernel] ??= [];
    logs[kernel].push(Math.log(stock / ours));
  }
  return Object.fromEntries(Object.entries(logs).map(([name, list]) => [name, Math.exp(list.reduce((a, b) => a + b) / list.length)]));
}
