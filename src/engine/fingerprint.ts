/** What tells data sets apart: SHA-256 of the slices that a run used, whatever their order. */
import type { Role, Slice } from '../core/types';

const known = new WeakMap<Slice, string>();

/** SHA-256 of one slice in 64 hexadecimal digits: size, pixels (float32, little-endian), mask where there is one, label.
 * Empty where the page has no cryptography, which browsers grant to https and to this machine alone. */
export async function hashOf(slice: Slice): Promise<string> {
  if (!globalThis.crypto?.subtle) return '';
  const before = known.get(slice);
  if (before) return before;
  const { pixels, truth, label, height, width } = slice;
  const head = Int32Array.of(height, width, truth ? 1 : 0, label ?? -1);
  const bytes = new Uint8Array(head.byteLength + pixels.byteLength + (truth?.length ?? 0));
  bytes.set(new Uint8Array(head.buffer));
  bytes.set(new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength), head.byteLength);
  if (truth) bytes.set(truth, head.byteLength + pixels.byteLength);
  const hash = await sha256(bytes);
  known.set(slice, hash);
  return hash;
}

/** One fingerprint for many slices, from their hashes. Empty where one of them is. */
export async function fingerprint(hashes: readonly string[]): Promise<string> {
  if (hashes.includes('')) return '';
  return sha256(new TextEncoder().encode([...hashes].sort().join('\n')));
}

/** Of what a run can learn from. */
export async function trainingOf({ reference, mixed, validation }: Readonly<Record<Role, readonly Slice[]>>): Promise<string> {
  return fingerprint(await hashesOf([...reference, ...mixed, ...validation]));
}

export async function hashesOf(slices: readonly Slice[]): Promise<string[]> {
  const hashes: string[] = [];
  for (const slice of slices) hashes.push(await hashOf(slice));
  return hashes;
}

export async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
