/** One chunk of an operation. The numbers are those of ../operations.ts. */
import { channelMoments, channelSums, normGradient, normSums } from './channels';
import { filterProduct } from './filter';
import { foldTaps } from './fold';
import { evaluate } from './functions';
import { gatherProduct } from './gather';
import { maxPool, maxPoolGradient } from './maxPool';
import { packFactor } from './pack';
import { adam, combine, copyRows, dropout, gate, scaleShift } from './pointwise';
import {
  winogradFilter,
  winogradGradient,
  winogradProduct,
  winogradSlope,
  winogradSource,
  winogradSums,
} from './winograd';

export function perform(operation: i32, chunk: i32, args: usize, scratch: usize): void {
  switch (operation) {
    case 0:
      return packFactor(chunk, args);
    case 1:
      return gatherProduct(chunk, args, scratch);
    case 2:
      return filterProduct(chunk, args, scratch);
    case 3:
      return scaleShift(chunk, args);
    case 4:
      return gate(chunk, args);
    case 5:
      return channelSums(chunk, args);
    case 6:
      return channelMoments(chunk, args);
    case 7:
      return normSums(chunk, args);
    case 8:
      return normGradient(chunk, args);
    case 9:
      return maxPool(chunk, args);
    case 10:
      return maxPoolGradient(chunk, args);
    case 11:
      return dropout(chunk, args);
    case 12:
      return adam(chunk, args);
    case 13:
      return copyRows(chunk, args);
    case 14:
      return winogradFilter(chunk, args, scratch);
    case 15:
      return winogradProduct(chunk, args, scratch);
    case 16:
      return winogradSource(chunk, args, scratch);
    case 17:
      return winogradSlope(chunk, args, scratch);
    case 18:
      return winogradSums(chunk, args, scratch);
    case 19:
      return winogradGradient(chunk, args, scratch);
    case 20:
      return combine(chunk, args);
    case 21:
      return evaluate(chunk, args);
    case 22:
      return foldTaps(chunk, args);
    default:
      unreachable();
  }
}
