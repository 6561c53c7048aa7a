/** Decodes what the test sends, as the lab's own worker does: in a worker, with codecs fetched from the page's own origin. */
import charls from '@cornerstonejs/codec-charls/decodewasm?url';
import turbo from '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasm?url';
import openjpeg from '@cornerstonejs/codec-openjpeg/decodewasm?url';
import { setCodecSource } from './codecs';
import { sentenceOf } from './errors';
import { type Decoded, decodeFile } from './load';
import { disagreements, type Entry } from './testCorpus';

export type Job = { entry: Entry; bytes: Blob; siblings: Record<string, Blob> };
export type Verdict = { problems: string[] } | { rejected: string };

const CODECS = { 'libjpeg-turbo': turbo, openjpeg, charls };
setCodecSource(async (name) => (await fetch(new URL(CODECS[name], self.location.href))).arrayBuffer());

self.onmessage = async ({ data: { entry, bytes, siblings } }: MessageEvent<Job>) => {
  const decode = (frame: number) =>
    decodeFile(bytes, entry.file, 'stored', { frame, sibling: async (name) => siblings[name.toLowerCase()] ?? null });
  try {
    const frames: Decoded[] = [await decode(0)];
    for (let f = 1; f < (frames[0].frames ?? 1); f++) frames.push(await decode(f));
    self.postMessage({ problems: disagreements(entry, frames) } satisfies Verdict);
  } catch (error) {
    self.postMessage({ rejected: sentenceOf(error) } satisfies Verdict);
  }
};
