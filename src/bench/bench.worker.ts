/** The benches in a worker of a browser: calls come in as messages. */
import { browserPlatform } from '../engine/platform';
import { type Lab, LocalLab } from './local';

type Call = { id: number; method: keyof Lab; args: unknown[] };

const lab = new LocalLab(browserPlatform) as unknown as Record<keyof Lab, (...args: unknown[]) => Promise<unknown>>;

self.onmessage = async ({ data: { id, method, args } }: MessageEvent<Call>) => {
  try {
    self.postMessage({ id, value: await lab[method](...args) });
  } catch (error) {
    self.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
};
