/** A reason to reject a file, as the sentence the visitor reads: what, where, what to do. */
export class DataError extends Error {
  override name = 'DataError';
}

/** The sentence for any thrown value. Readers throw strings, numbers and objects too; those say only that decoding failed. */
export function sentenceOf(error: unknown): string {
  if (error instanceof DataError) return error.message;
  const detail = error instanceof Error ? ` (${error.message})` : '';
  return `It could not be decoded${detail}: the file is damaged or of a variant this lab does not know.`;
}

/** '12.3 MB', for sentences. */
export function megabytes(bytes: number): string {
  return bytes < 1e5 ? `${Math.max(0, Math.round(bytes))} bytes` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** '1 slice', '2 slices'. */
export function counted(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
