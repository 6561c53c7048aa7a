import { expect, it } from 'vitest';

it('slices that memory may not hold lie in the browser’s file system and come back bit for bit', async () => {
  const worker = new Worker(new URL('./testSliceStore.worker.ts', import.meta.url), { type: 'module' });
  const found = await new Promise<Record<string, unknown>>((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage('start');
  });
  worker.terminate();
  const size = 32 * 32;
  expect(found).toMatchObject({
    inMemory: 50,
    equal: true,
    backwards: true,
    facts: true,
    masked: 133,
    bytes: 250 * 4 * size + 83 * size,
  });
  console.log(`A slice of 32² is read in ${(found.microseconds as number).toFixed(0)} µs.`);
});
