/** What a run may take of memory, and what it would. Plain data. */
import type { Params } from './types';

/** `bytes` is null where nothing says. */
export type MemoryLimit = {
  bytes: number | null;
  /** Of a single tensor; null without such a limit. */
  largest: number | null;
  /** Whether the visitor said so. */
  chosen: boolean;
  /** 'WebAssembly can hold 4.3 GB'. */
  about: string;
};

/** What a run would take, before it starts. */
export type Preflight = {
  run: string;
  /** Bytes; the least that it needs where no batch fits. */
  need: number;
  limit: MemoryLimit;
  /** Of all its updates, as measured with few images; null where they could not be. */
  seconds: number | null;
  /** These parameters, or with the largest batches that fit; null where none does. */
  fits: Params | null;
  /** Why it was refused; null when it was not. */
  sentence: string | null;
};
