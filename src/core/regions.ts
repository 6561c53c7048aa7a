/** Connected regions of bit masks, labelled run by run with a union-find (He, Chao and Suzuki, IEEE TIP 2008). */
import type { BitMask } from './bitMask';

/** `run[i]` covers pixels from[i] ≤ x < to[i] of one row. Row r (slice ⌊r/height⌋, y = r mod height) holds runs first[r] to first[r + 1]. */
export type Regions = {
  /** Number of regions; they are numbered in scan order. */
  count: number;
  /** Pixels (voxels) of each region. */
  sizes: Uint32Array;
  first: Uint32Array;
  from: Uint16Array;
  to: Uint16Array;
  /** Region of each run. */
  region: Uint32Array;
};

/** Regions of a stack of slices of one size: across corners when `corners` (8 neighbours in one slice, 26 in a stack), else only across
 * edges within each slice (4 neighbours). */
export function regionsOf(stack: readonly BitMask[], corners: boolean): Regions {
  const { first, from, to } = runsOf(stack);
  const height = stack.length > 0 ? stack[0].height : 0;
  const parent = new Uint32Array(from.length);
  for (let run = 0; run < parent.length; run++) parent[run] = run;
  const reach = corners ? 1 : 0;

  const root = (run: number): number => {
    let at = run;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]];
      at = parent[at];
    }
    return at;
  };
  /** Joins the runs of two rows that touch. */
  const join = (row: number, other: number): void => {
    let a = first[row];
    let b = first[other];
    const endA = first[row + 1];
    const endB = first[other + 1];
    while (a < endA && b < endB) {
      if (from[a] < to[b] + reach && from[b] < to[a] + reach) {
        const rootA = root(a);
        const rootB = root(b);
        // The smaller number leads, so that a root comes before all that follow it.
        if (rootA < rootB) parent[rootB] = rootA;
        else parent[rootA] = rootB;
      }
      if (to[a] < to[b]) a++;
      else b++;
    }
  };
  for (let row = 0; row + 1 < first.length; row++) {
    const y = row % height;
    if (y > 0) join(row, row - 1);
    if (!corners || row < height) continue;
    const below = row - height;
    if (y > 0) join(row, below - 1);
    join(row, below);
    if (y < height - 1) join(row, below + 1);
  }

  const region = new Uint32Array(from.length);
  const sizes = new Uint32Array(from.length);
  let count = 0;
  for (let run = 0; run < from.length; run++) {
    const lead = root(run);
    region[run] = lead === run ? count++ : region[lead];
    sizes[region[run]] += to[run] - from[run];
  }
  return { count, sizes: sizes.subarray(0, count), first, from, to, region };
}

function runsOf(stack: readonly BitMask[]): Pick<Regions, 'first' | 'from' | 'to'> {
  let total = 0;
  let rows = 0;
  for (const { bits, stride, height } of stack) {
    rows += height;
    for (let i = 0; i < bits.length; i++) {
      const before = i % stride > 0 ? bits[i - 1] >>> 31 : 0;
      // Pixels whose left neighbour is not set.
      for (let starts = bits[i] & ~((bits[i] << 1) | before); starts !== 0; starts &= starts - 1) total++;
    }
  }
  const first = new Uint32Array(rows + 1);
  const from = new Uint16Array(total);
  const to = new Uint16Array(total);
  let run = 0;
  let row = 0;
  for (const { bits, stride, height } of stack)
    for (let y = 0; y < height; y++, row++) {
      first[row] = run;
      let open = false;
      for (let word = 0; word < stride; word++) {
        const pixels = bits[y * stride + word];
        // Pixels that differ from their left neighbour: runs begin and end there, in turn.
        for (let edges = pixels ^ ((pixels << 1) | (open ? 1 : 0)); edges !== 0; edges &= edges - 1) {
          const x = 32 * word + 31 - Math.clz32(edges & -edges);
          if (open) to[run++] = x;
          else from[run] = x;
          open = !open;
        }
      }
      if (open) to[run++] = 32 * stride;
    }
  first[row] = run;
  return { first, from, to };
}

/** Clears or sets the pixels x in from ≤ x < to of a row. */
export function paint(mask: BitMask, y: number, from: number, to: number, value: boolean): void {
  const row = y * mask.stride;
  for (let word = from >>> 5; 32 * word < to; word++) {
    const low = Math.max(0, from - 32 * word);
    const high = Math.min(32, to - 32 * word);
    const pixels = (high === 32 ? -1 : (1 << high) - 1) & (-1 << low);
    if (value) mask.bits[row + word] |= pixels;
    else mask.bits[row + word] &= ~pixels;
  }
}
