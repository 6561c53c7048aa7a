/** The codecs ship no types. */
declare module '@cornerstonejs/codec-openjpeg/decodewasmjs' {
  export default function create(options: object): Promise<{ J2KDecoder: new () => never }>;
}
declare module '@cornerstonejs/codec-charls/decodewasmjs' {
  export default function create(options: object): Promise<{ JpegLSDecoder: new () => never }>;
}
