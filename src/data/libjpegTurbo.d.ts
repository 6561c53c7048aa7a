/** The codec ships no types. */
declare module '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs' {
  export type FrameInfo = { width: number; height: number; bitsPerSample: number; componentCount: number; isSigned: boolean };
  export class JPEGDecoder {
    getEncodedBuffer(length: number): Uint8Array;
    getDecodedBuffer(): Uint8Array;
    decode(): void;
    getFrameInfo(): FrameInfo;
    delete(): void;
  }
  export default function create(options: { wasmBinary: ArrayBuffer }): Promise<{ JPEGDecoder: typeof JPEGDecoder }>;
}
