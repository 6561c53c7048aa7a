/** One of the other threads, in a browser. */
import type { ThreadTask } from './threads';

self.onmessage = async ({ data }: MessageEvent<ThreadTask>) => {
  const { exports } = await WebAssembly.instantiate(data.module, { env: { memory: data.memory } });
  self.postMessage('ready');
  (exports.work as (control: number, scratch: number) => void)(data.control, data.scratch);
  self.close();
};
