/** How the tests write a convolution down: x [n, h, w, ci] by a kernel → out channels. */

export type Pad = 'same' | 'valid' | number | [[0, 0], [number, number], [number, number], [0, 0]];
export type Shape = {
  x: [number, number, number, number];
  kernel: [number, number];
  out: number;
  stride: number | [number, number];
  pad: Pad;
};

export const sides = (top: number, bottom: number, left: number, right: number): Pad => [
  [0, 0],
  [top, bottom],
  [left, right],
  [0, 0],
];

export const shape = (x: Shape['x'], kernel: number | [number, number], out: number, stride: Shape['stride'], pad: Pad): Shape => ({
  x,
  kernel: typeof kernel === 'number' ? [kernel, kernel] : kernel,
  out,
  stride,
  pad,
});
