/** Clean-up of masks: opening and closing, holes, small regions. */
import { areaOf, type BitMask, copyOf, dilate, erode, invert, packed, unpacked } from './bitMask';
import { paint, regionsOf } from './regions';

/** What is done to a mask, in this order: opening and closing as `order` says, holes filled, regions smaller than the minimum removed. */
export type CleanUp = {
  /** Side of the square, pixels; 0 leaves the step out. */
  opening: 0 | 3 | 5 | 7;
  closing: 0 | 3 | 5 | 7;
  order: 'open-close' | 'close-open';
  /** Regions of fewer pixels go (voxels where `space` is 'volume'); 0 keeps all. */
  minimum: number;
  /** Fills background that is not connected, across edges, to the border of its slice. */
  fillHoles: boolean;
  /** Whether a region is one slice's (8 neighbours) or goes through its volume (26 neighbours). */
  space: 'slice' | 'volume';
};

export const NO_CLEAN_UP: CleanUp = { opening: 0, closing: 0, order: 'open-close', minimum: 0, fillHoles: false, space: 'slice' };

/** Whether it leaves every mask as it is. */
export const isOff = ({ opening, closing, minimum, fillHoles }: CleanUp): boolean =>
  opening === 0 && closing === 0 && minimum <= 1 && !fillHoles;

/** One slice of height · width bytes (above 0 = flagged), cleaned; `space` does not matter. @returns 0 or 1 a pixel */
export function cleanSlice(mask: Uint8Array, height: number, width: number, c: CleanUp): Uint8Array {
  return cleanVolume([mask], height, width, c)[0];
}

/** Neighbouring slices in order, cleaned as one volume: opening, closing and holes stay in plane, regions go through.
 * @returns 0 or 1 a pixel */
export function cleanVolume(masks: readonly Uint8Array[], height: number, width: number, c: CleanUp): Uint8Array[] {
  const stack = masks.map((mask) => {
    if (mask.length !== height * width) throw new Error(`a mask of ${mask.length} pixels is not ${height} × ${width}`);
    return packed(mask, 0, height, width);
  });
  cleanStack(stack, c);
  return stack.map(unpacked);
}

/** As `cleanVolume`, in place. */
export function cleanStack(stack: readonly BitMask[], { opening, closing, order, minimum, fillHoles }: CleanUp): void {
  for (const mask of stack) {
    if (areaOf(mask) === 0) continue;
    if (order === 'open-close') open(mask, opening);
    close(mask, closing);
    if (order === 'close-open') open(mask, opening);
    if (fillHoles) fill(mask);
  }
  if (minimum > 1) dropSmall(stack, minimum);
}

function open(mask: BitMask, side: number): void {
  if (side === 0) return;
  erode(mask, (side - 1) / 2);
  dilate(mask, (side - 1) / 2);
}

function close(mask: BitMask, side: number): void {
  if (side === 0) return;
  dilate(mask, (side - 1) / 2);
  erode(mask, (side - 1) / 2);
}

function fill(mask: BitMask): void {
  const { height, width } = mask;
  const background = copyOf(mask);
  invert(background);
  const { count, first, from, to, region } = regionsOf([background], false);
  const outer = new Uint8Array(count);
  const eachRun = (visit: (run: number, y: number) => void) => {
    for (let y = 0; y < height; y++) for (let run = first[y]; run < first[y + 1]; run++) visit(run, y);
  };
  eachRun((run, y) => {
    if (y === 0 || y === height - 1 || from[run] === 0 || to[run] === width) outer[region[run]] = 1;
  });
  eachRun((run, y) => {
    if (!outer[region[run]]) paint(mask, y, from[run], to[run], true);
  });
}

function dropSmall(stack: readonly BitMask[], minimum: number): void {
  const { first, from, to, region, sizes } = regionsOf(stack, true);
  for (let row = 0; row + 1 < first.length; row++) {
    const { height } = stack[0];
    for (let run = first[row]; run < first[row + 1]; run++)
      if (sizes[region[run]] < minimum) paint(stack[Math.floor(row / height)], row % height, from[run], to[run], false);
  }
}

/** Regions of `before` of which no pixel is left in `after`: slice by slice, or through the volume that the stack is. */
export function regionsLost(before: readonly BitMask[], after: readonly BitMask[], space: CleanUp['space']): number {
  if (space === 'slice') return before.reduce((lost, mask, i) => lost + lostIn([mask], [after[i]]), 0);
  return lostIn(before, after);
}

function lostIn(before: readonly BitMask[], after: readonly BitMask[]): number {
  const { count, first, from, to, region } = regionsOf(before, true);
  if (count === 0) return 0;
  const { height } = before[0];
  const left = new Uint8Array(count);
  let found = 0;
  for (let row = 0; row + 1 < first.length; row++)
    for (let run = first[row]; run < first[row + 1]; run++) {
      if (left[region[run]] || !reaches(after[Math.floor(row / height)], row % height, from[run], to[run])) continue;
      left[region[run]] = 1;
      found++;
    }
  return count - found;
}

/** Whether any pixel x in from ≤ x < to of a row is set. */
function reaches({ bits, stride }: BitMask, y: number, from: number, to: number): boolean {
  for (let word = from >>> 5; 32 * word < to; word++) {
    const low = Math.max(0, from - 32 * word);
    const high = Math.min(32, to - 32 * word);
    if (bits[y * stride + word] & (high === 32 ? -1 : (1 << high) - 1) & (-1 << low)) return true;
  }
  return false;
}
