/** Shapes that hold the convolutions of this folder to the CPU backend's. */

import { type Pad, type Shape, shape, sides } from '../testShape';

export type { Shape };

/** Every kernel size with every stride and padding: channels in fours, odd ones, and one; odd sizes, where remainders and idle phases occur … */
const grid = [1, 2, 3, 4, 5, 7].flatMap((k) =>
  [1, 2, 3].flatMap((stride) =>
    (['same', 'valid', 1] as Pad[]).flatMap((pad) => [
      shape([2, 8, 11, 3], k, 4, stride, pad),
      shape([1, 9, 7, 1], k, 2, stride, pad),
      shape([2, 8, 9, 4], k, 8, stride, pad),
      shape([2, 8, 9, 1], k, 4, stride, pad),
    ]),
  ),
);
/** … and the corners. */
const corners = [
  shape([2, 8, 8, 2], 3, 1, 2, 'same'),
  shape([1, 5, 5, 1], 1, 1, 3, 'valid'), // stride larger than the kernel: pixels without a tap
  shape([2, 10, 7, 2], 2, 3, 3, 'valid'),
  shape([3, 4, 4, 8], 4, 5, 1, 'valid'), // a single output pixel: a matrix product
  shape([3, 4, 4, 8], 4, 8, 1, 'valid'),
  shape([2, 4, 4, 3], 3, 2, 2, 'valid'), // a single output pixel that leaves a row and a column unread
  shape([2, 3, 3, 2], 4, 3, 3, 'same'), // a single output pixel under a kernel that reaches past the edge
  shape([1, 1, 1, 2], 2, 3, 2, 'same'),
  shape([1, 1, 1, 3], 3, 2, 1, 'same'),
  shape([2, 1, 6, 2], [1, 4], 3, [1, 2], 'same'),
  shape([2, 9, 6, 2], [5, 3], 3, [2, 3], 'valid'),
  shape([2, 9, 6, 4], [3, 5], 4, [3, 1], 'same'),
  shape([2, 6, 7, 2], 3, 3, 2, sides(0, 1, 2, 0)),
  shape([2, 6, 7, 4], 5, 4, 1, sides(3, 0, 0, 4)),
  shape([2, 6, 5, 2], 4, 3, 2, sides(1, 2, 3, 0)),
  shape([2, 6, 6, 2], 3, 2, 1, 2), // padding as wide as the kernel allows
  shape([1, 12, 12, 8], 5, 1, 2, 'same'), // one column, as at the end of a generator …
  shape([2, 12, 12, 1], 5, 8, 2, 'same'), // … and one channel, as at the start of a discriminator
  shape([1, 16, 16, 8], 7, 4, 1, 'same'),
  shape([1, 16, 37, 8], 7, 1, 1, 'same'), // one column to a row of several runs of pixels, forth …
  shape([2, 15, 38, 1], 5, 8, 2, 'same'), // … and back
  shape([1, 9, 33, 3], [3, 4], 1, [2, 1], 'valid'),
  shape([2, 9, 9, 68], 3, 72, 1, 1), // more than a tile of pixels, channels and columns, with remainders
  shape([2, 9, 9, 20], 3, 136, 2, 1),
  shape([16, 8, 8, 16], 4, 32, 2, 1), // a layer of the VAE, smaller
  shape([1, 2, 2, 1024], 3, 4, 1, 'same'),
  shape([1, 32, 30, 8], 5, 1, 1, 'same'), // one column in runs of 8 pixels …
  shape([1, 48, 40, 8], 5, 1, 1, 'same'), // … and of 16
  shape([1, 40, 40, 8], 3, 8, 1, 'same'), // enough pixels for a sum in parts …
  shape([1, 48, 48, 8], 3, 16, 1, 'same'), // … and for the largest tile
];

export const name = ({ x, kernel, out, stride, pad }: Shape) =>
  `${x.join('×')} by ${kernel.join('×')} → ${out}, stride ${stride}, ${typeof pad === 'object' ? pad.slice(1, 3).join(' ') : pad}`;

export const SHAPES = [...grid, ...corners].filter(({ x, kernel, pad }) => pad !== 'valid' || (kernel[0] <= x[1] && kernel[1] <= x[2]));
