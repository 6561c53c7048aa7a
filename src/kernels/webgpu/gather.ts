/**
 * The product that forward convolutions, input gradients and matrix products come down to: every pixel of the target is the sum, over the taps that
 * reach it and over the source's channels, of a source pixel times the factor's [channels, columns] slice of that tap. In two variants, which add in
 * the same order (tap after tap, channel after channel): choosing between them by time does not change a result. One column is done by rows instead,
 * in an order of its own; the shape alone decides that.
 */
import type { TensorInfo } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import { output, release, run } from '../program';
import { direct, row, TILE, tiled, turned } from './gatherShaders';
import { lanes, WORKGROUP } from './lanes';
import { sizesOn, type Timed, tuned, type Variant } from './tune';

export type Axis = { source: number; target: number; taps: number; stride: number; pad: number };
export type Gather = {
  /** Of the source. */
  images: number;
  channels: number;
  columns: number;
  rows: Axis;
  cols: Axis;
  /** The slice of a tap is [columns, channels] instead. */
  transposed: boolean;
  /** Target pixel p is fed by source pixels (p + pad − tap) / stride where that is whole, instead of p · stride − pad + tap. */
  backward: boolean;
};

/** LeakyReLU as results are stored: by their own sign, or by that of another tensor of the target's shape, which is the gradient of one. */
export type Gate = { slope: number; by?: TensorInfo };

/** Invocations below which a smaller tile, and so more of them, is faster. */
const ENOUGH = 128;
/** Whether it pays to turn a transposed factor over first. Fewer than 16 pixels read it hardly more often than turning does; one of 1 MiB and more leaves
 * the cache when it is turned, which pays only from 512 pixels on. */
const worthTurning = (pixels: number, factor: number) => pixels >= 16 && (pixels >= 512 || factor < 2 ** 18);

/** Runs the product into a new tensor of `shape`. */
export function gatherProduct(
  backend: unknown,
  source: TensorInfo,
  factor: TensorInfo,
  shape: readonly number[],
  on: Gather,
  gated?: Gate,
): TensorInfo {
  const gate = gated ? (gated.by ? 'other' : 'own') : 'none';
  const gating = gated?.by ? [gated.by] : [];
  const slope = gated ? [gated.slope] : [];
  const { images, channels, columns, rows, cols, backward } = on;
  const k = lanes(channels);
  const n = lanes(columns);
  // Slices of one channel or one column lie the same either way: take the one whose loads are wide.
  const transposed = columns === 1 ? true : channels === 1 ? false : on.transposed;
  const [phasesY, phasesX] = backward ? [rows.stride, cols.stride] : [1, 1];
  const [stepY, stepX] = backward ? [1, 1] : [rows.stride, cols.stride];
  const pixels = images * Math.ceil(rows.target / phasesY) * Math.ceil(cols.target / phasesX);
  const y = output(backend, shape);
  const wide = columns / n;
  const layers = phasesY * phasesX;
  const tn = [4, 2].find((size) => wide % size === 0 && (pixels / 2) * (wide / size) * layers >= ENOUGH) ?? 1;
  const most = sizesOn(backend).pixels;
  const tm = [16, 8, 4].find((size) => size <= most && pixels >= size && (pixels / size) * (wide / tn) * layers >= ENOUGH) ?? 2;
  const sizes = [images, channels / k, wide, rows.source, cols.source, rows.target, cols.target, rows.taps, cols.taps];
  const way = [Number(backward), rows.pad, cols.pad, phasesY, phasesX, stepY, stepX];
  const across = Math.ceil(cols.taps / phasesX);
  if (columns === 1 && stepX === 1 && across > 1) {
    const lines = images * Math.ceil(rows.target / phasesY);
    const length = Math.ceil(cols.target / phasesX);
    const segments = (size: number) => lines * Math.ceil(length / size);
    const size = [16, 8].find((long) => long <= most && length >= long && segments(long) * layers >= ENOUGH) ?? 4;
    const values = { k, tm: size, taps: across, backward, gate } as const;
    const uniforms = [...sizes, 1, ...way, ...slope];
    run(backend, row, values, {
      reads: [source, factor, ...gating],
      writes: [y],
      layers,
      uniforms,
      groups: Math.ceil(segments(size) / WORKGROUP),
    });
    return y;
  }
  const runDirect = (f: TensorInfo, transposed: boolean, timed?: Timed) =>
    run(
      backend,
      direct,
      { transposed, k, n, tm, tn, gate },
      {
        reads: [source, f, ...gating],
        writes: [y],
        layers,
        uniforms: [...sizes, wide / tn, ...way, ...slope],
        groups: Math.ceil((Math.ceil(pixels / tm) * (wide / tn)) / WORKGROUP),
        timed,
      },
    );
  if (k === 1 || n === 1) {
    runDirect(factor, transposed);
    return y;
  }
  const straight: Variant = (timed) => {
    if (!transposed || !worthTurning(pixels, tf.util.sizeFromShape(factor.shape))) {
      runDirect(factor, transposed, timed);
      return;
    }
    // Invocations side by side would load from places a power of two apart: the factor is turned over first.
    const f = output(backend, factor.shape);
    const uniforms = [rows.taps * cols.taps, wide, channels / 4];
    run(backend, turned, null, {
      reads: [factor],
      writes: [f],
      uniforms,
      groups: Math.ceil(tf.util.sizeFromShape(factor.shape) / 16 / WORKGROUP),
    });
    runDirect(f, false, timed);
    release(backend, f);
  };
  const shared: Variant = (timed) =>
    run(
      backend,
      tiled,
      { transposed, k, n, tm: 8, tn: 2, gate },
      {
        reads: [source, factor, ...gating],
        writes: [y],
        layers,
        uniforms: [...sizes, Math.ceil(columns / TILE), ...way, ...slope],
        groups: Math.ceil(pixels / TILE) * Math.ceil(columns / TILE),
        timed,
      },
    );
  tuned(backend, `gather ${JSON.stringify(on)} ${gate}`, straight, shared);
  return y;
}
