/** The shared corpus in Node: every decodable file agrees with its manifest, every other is rejected with a sentence. */
import { openAsBlob, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeFile } from './load';
import { disagreements, isRejected, parseManifest } from './testCorpus';
import { sharedData, useNodeCodecs } from './testFiles';

beforeAll(useNodeCodecs);

const manifest = sharedData('formats', 'manifest.json');
const entries = manifest ? parseManifest(readFileSync(manifest, 'utf8')) : [];

async function decode(file: string, frame = 0) {
  const path = sharedData('formats', file)!;
  const sibling = (name: string) => openAsBlob(join(dirname(path), name)).catch(() => null);
  return decodeFile(await openAsBlob(path), file, 'stored', { frame, sibling });
}

describe.skipIf(!manifest)('shared corpus', () => {
  it.each(entries.map((e) => [e.file, e] as const))('%s', async (file, entry) => {
    if (isRejected(entry)) {
      await expect(decode(file)).rejects.toThrow(/^It.*\.$/);
      return;
    }
    const frames = [await decode(file)];
    for (let f = 1; f < (frames[0].frames ?? 1); f++) frames.push(await decode(file, f));
    expect(disagreements(entry, frames)).toEqual([]);
  });

  it('has 119 files to decode and 5 to reject', () => {
    expect([entries.filter((e) => !isRejected(e)).length, entries.filter(isRejected).length]).toEqual([119, 5]);
  });
});
