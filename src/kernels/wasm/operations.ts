/** Numbers of the operations of assembly/perform.ts. */
export const PACK_FACTOR = 0;
export const GATHER_PRODUCT = 1;
export const FILTER_PRODUCT = 2;
export const SCALE_SHIFT = 3;
export const GATE = 4;
export const CHANNEL_SUMS = 5;
export const CHANNEL_MOMENTS = 6;
export const NORM_SUMS = 7;
export const NORM_GRADIENT = 8;
export const MAX_POOL = 9;
export const MAX_POOL_GRADIENT = 10;
export const DROPOUT = 11;
export const ADAM = 12;
export const COPY_ROWS = 13;
