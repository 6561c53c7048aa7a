/** The shared corpus in a worker of Chromium: the same values and the same rejections as in Node. */
import { describe, expect, it } from 'vitest';
import { commands } from 'vitest/browser';
import { type Entry, isRejected, parseManifest } from './testCorpus';
import type { Job, Verdict } from './testCorpus.worker';

const FOLDER = '../shared/data/formats';

/** A file of the corpus, or null where this clone has none. */
async function read(path: string): Promise<Blob | null> {
  try {
    const text = atob(await commands.readFile(`${FOLDER}/${path}`, { encoding: 'base64' }));
    return new Blob([Uint8Array.from(text, (c) => c.charCodeAt(0))]);
  } catch (error) {
    console.log(`Skipped: ${FOLDER}/${path} cannot be read (${error}).`);
    return null;
  }
}

const manifest = await read('manifest.json');
const entries: Entry[] = manifest ? parseManifest(await manifest.text()) : [];
const worker = new Worker(new URL('./testCorpus.worker.ts', import.meta.url), { type: 'module' });

function ask(job: Job): Promise<Verdict> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Verdict>) => resolve(data);
    worker.onerror = reject;
    worker.postMessage(job);
  });
}

describe.skipIf(!manifest)('shared corpus', () => {
  it.each(entries.map((e) => [e.file, e] as const))('%s', async (file, entry) => {
    const siblings: Record<string, Blob> = {};
    if (/\.(nhdr|mhd)$/.test(file)) siblings['detached.raw'] = (await read(file.replace(/[^/]*$/, 'detached.raw'))) as Blob;
    const verdict = await ask({ entry, bytes: (await read(file)) as Blob, siblings });
    if (isRejected(entry)) expect(verdict).toEqual({ rejected: expect.stringMatching(/^It.*\.$/) });
    else expect(verdict).toEqual({ problems: [] });
  });
});
