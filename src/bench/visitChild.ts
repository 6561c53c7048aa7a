/** A visit in a process of Node: one message in, one out. */
import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';
import { nodePlatform } from '../headless/platform';
import { Visit } from './visit';

export type Asked = { read: readonly string[] } | { train: number };
/** `peak` is the most memory that the process had so far, bytes. */
export type Answer = { value: unknown; peak: number } | { error: string };

const visit = new Visit(nodePlatform);

async function answer(asked: Asked): Promise<unknown> {
  if ('train' in asked) return visit.train(asked.train);
  return visit.read(await Promise.all(asked.read.map(async (path) => ({ path: basename(path), file: await openAsBlob(path) }))));
}

process.on('message', async (asked: Asked) => {
  const send = (message: Answer) => process.send?.(message);
  try {
    const value = await answer(asked);
    send({ value, peak: 1024 * process.resourceUsage().maxRSS });
  } catch (error) {
    send({ error: error instanceof Error ? error.message : String(error) });
  }
});
