/** The input gradient where the input has few channels: columns of so few outputs would leave vectors empty, those of all taps fill them. */
import * as tf from '@tensorflow/tfjs';
import type { Native } from './native';
import { FOLD_TAPS } from './operations';
import { gatherProduct, NARROW } from './product';

/** Fewer products of a pixel than this leave the vectors as empty as the direct way does. */
const LEAST_COLUMNS = 8;
/** Products at a time: more would leave the second cache before they are added up. */
const PRODUCTS = 1 << 18;
const LINES_A_CHUNK = 8;

/** dx from dy, or false where the direct way is better. */
export function foldedInput(on: Native, info: tf.backend_util.Conv2DInfo, dy: number, filter: number, dx: number): boolean {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, filterHeight, filterWidth } = info;
  const columns = filterHeight * filterWidth * inChannels;
  if (inChannels > NARROW || columns < LEAST_COLUMNS || info.dilationHeight * info.dilationWidth !== 1) return false;
  const pixels = outHeight * outWidth;
  const most = Math.max(1, Math.floor(PRODUCTS / (pixels * columns)));
  const products = on.output([Math.min(most, batchSize), outHeight, outWidth, columns]);
  const at = on.at(products);
  try {
    for (let first = 0; first < batchSize; first += most) {
      const images = Math.min(most, batchSize - first);
      gatherProduct(on, {
        source: { address: dy + 4 * first * pixels * outChannels, size: [1, 1, images * pixels, outChannels] },
        target: { address: at, size: [1, 1, images * pixels, columns] },
        factor: { address: filter, transposed: true },
        phases: [{ rows: 1, columns: images * pixels, top: 0, left: 0, taps: [{ y: 0, x: 0, index: 0 }] }],
        sourceStep: [1, 1],
        targetStep: [1, 1],
      });
      const lines = images * inHeight;
      const target = dx + 4 * first * inHeight * inWidth * inChannels;
      const sizes = [outHeight, outWidth, target, inHeight, inWidth, inChannels, filterHeight, filterWidth];
      const steps = [info.strideHeight, info.strideWidth, info.padInfo.top, info.padInfo.left];
      on.run(FOLD_TAPS, [at, ...sizes, ...steps, lines, LINES_A_CHUNK], Math.ceil(lines / LINES_A_CHUNK));
    }
  } finally {
    tf.backend().disposeData(products.dataId);
  }
  return true;
}
