/** Where WebAssembly codecs get their binary. The worker fetches it from the page's own origin, Node reads it from disk; neither way
 * works in the other place, so whoever starts the engine says which. */
export type CodecName = 'libjpeg-turbo' | 'openjpeg' | 'charls';
/** The binaries as their packages export them. */
export const CODEC_FILES: Record<CodecName, string> = {
  'libjpeg-turbo': '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasm',
  openjpeg: '@cornerstonejs/codec-openjpeg/decodewasm',
  charls: '@cornerstonejs/codec-charls/decodewasm',
};

export type CodecSource = (name: CodecName) => Promise<ArrayBuffer>;

let source: CodecSource | null = null;

export function setCodecSource(given: CodecSource): void {
  source = given;
}

/** @throws Error when nobody called `setCodecSource`: a mistake in the program, not in a file */
export async function codecBinary(name: CodecName): Promise<ArrayBuffer> {
  if (!source) throw new Error(`setCodecSource was not called before ${name} was needed.`);
  return source(name);
}
