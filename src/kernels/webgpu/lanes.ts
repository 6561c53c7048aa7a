/** What the text of our shaders is put together from. */
import type { Element } from '../program';

/** How many neighbouring values a load takes: 4 where the length allows. */
export type Lanes = 1 | 4;
export const lanes = (length: number): Lanes => (length % 4 === 0 ? 4 : 1);
export const element = (size: Lanes): Element => (size === 4 ? 'vec4f' : 'f32');
export const range = (n: number) => Array.from({ length: n }, (_, i) => i);
export const each = (n: number, line: (i: number) => string) => range(n).map(line).join('\n');
/** `value` where `by` > 0, u.slope · value elsewhere. */
export const activation = (n: Lanes, by: string, value: string) => `select(u.slope * ${value}, ${value}, ${by} > ${element(n)}())`;
/** Invocations in a workgroup, everywhere. */
export const WORKGROUP = 64;
