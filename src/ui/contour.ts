/** Outlines of `value ≥ level` on a pixel grid, by marching squares between pixel centres, joined into lines so that they can be dashed. */

/** One outline: x, y, x, y … in pixels, pixel centres at +0.5; closed, since outside the picture counts as below. */
export type Outline = Float32Array;

/** Corner order of a cell: top left 1, top right 2, bottom right 4, bottom left 8. Each case lists edges (0 top, 1 right, 2 bottom, 3 left)
 * in the direction that keeps the inside on the right. Saddles keep the two corners apart. */
const SEGMENTS: readonly (readonly number[])[] = [
  [],
  [3, 0],
  [0, 1],
  [3, 1],
  [1, 2],
  [3, 0, 1, 2],
  [0, 2],
  [3, 2],
  [2, 3],
  [2, 0],
  [0, 1, 2, 3],
  [2, 1],
  [1, 3],
  [1, 0],
  [0, 3],
  [],
];

export function outlines(values: ArrayLike<number>, height: number, width: number, level: number): Outline[] {
  // Just below the level, so that a pixel exactly at it is inside.
  const line = level - 0.5;
  const stride = width + 1;
  // A crossing lies on one grid edge: horizontal ones get even numbers, vertical ones odd. 0 is "none": that edge is never crossed.
  const next = new Int32Array((height + 2) * stride * 2);
  const starts: number[] = [];
  for (let y = -1; y < height; y++) {
    let cell = 0;
    for (let x = -1; x < width; x++) {
      // What was on the right of the last cell is on the left of this one.
      cell = ((cell & 2) >> 1) | ((cell & 4) << 1);
      if (x + 1 < width) {
        if (y >= 0 && values[y * width + x + 1] > line) cell |= 2;
        if (y + 1 < height && values[(y + 1) * width + x + 1] > line) cell |= 4;
      }
      if (cell === 0 || cell === 15) continue;
      const edges = SEGMENTS[cell];
      for (let k = 0; k < edges.length; k += 2) {
        const from = edgeId(edges[k], x, y, stride);
        next[from] = edgeId(edges[k + 1], x, y, stride);
        starts.push(from);
      }
    }
  }
  const at = (x: number, y: number): number => (x < 0 || y < 0 || x >= width || y >= height ? level - 1 : values[y * width + x]);
  const found: Outline[] = [];
  for (const start of starts) {
    if (next[start] === 0) continue;
    const points: number[] = [];
    for (let edge = start; next[edge] !== 0; ) {
      const x = ((edge >> 1) % stride) - 1;
      const y = Math.floor((edge >> 1) / stride) - 1;
      const a = at(x, y);
      const b = edge % 2 === 0 ? at(x + 1, y) : at(x, y + 1);
      const t = (line - a) / (b - a);
      points.push(x + 0.5 + (edge % 2 === 0 ? t : 0), y + 0.5 + (edge % 2 === 0 ? 0 : t));
      const to = next[edge];
      next[edge] = 0;
      edge = to;
    }
    found.push(Float32Array.from(points));
  }
  return found;
}

function edgeId(edge: number, x: number, y: number, stride: number): number {
  const column = edge === 1 ? x + 2 : x + 1;
  const row = edge === 2 ? y + 2 : y + 1;
  return 2 * (row * stride + column) + (edge & 1);
}
