/** Only a worker has files that are read without waiting: keeps slices there and says whether they come back. */
import { isMasked, openShelf } from './sliceStore';
import { madeSlice } from './testRun';

/** Slices with a mask that fit into the memory that is allowed. */
const FIRST = 50;

self.onmessage = async () => {
  const made = Array.from({ length: 300 }, (_, i) => madeSlice(i, { truth: i < FIRST || i % 3 === 0, label: 1 }));
  const shelf = await openShelf(FIRST * 5 * 32 * 32);
  const kept = made.map((slice) => shelf.keep(slice));
  const same = (a: ArrayLike<number> | undefined, b: ArrayLike<number> | undefined) =>
    a === b || (a?.length === b?.length && Array.from(a ?? []).every((v, i) => v === b?.[i]));
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle('slices');
  let bytes = 0;
  for await (const handle of (folder as unknown as { values(): AsyncIterable<FileSystemFileHandle> }).values())
    bytes += (await handle.getFile()).size;
  const started = performance.now();
  for (const slice of kept.slice(FIRST)) slice.pixels;
  const microseconds = (1000 * (performance.now() - started)) / (kept.length - FIRST);
  self.postMessage({
    inMemory: kept.filter((slice) => Object.hasOwn(slice, 'pixels')).length,
    equal: kept.every((slice, i) => same(slice.pixels, made[i].pixels) && same(slice.truth, made[i].truth)),
    // Read again in another order, once more.
    backwards: kept.toReversed().every((slice, i) => same(slice.pixels, made[made.length - 1 - i].pixels)),
    masked: kept.filter(isMasked).length,
    facts: kept.every((slice, i) => slice.name === made[i].name && slice.group === made[i].group && slice.brain.sd === made[i].brain.sd),
    bytes,
    microseconds,
  });
};
