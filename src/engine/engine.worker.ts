/** The worker: commands in, reports out, big arrays transferred. */

import turboWasm from '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasm?url';
import plainWasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simdWasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threadedWasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import type { Command, Report } from '../core/protocol';
import { setCodecSource } from '../data/codecs';
import { Session } from './session';

const absolute = (url: string) => new URL(url, self.location.href).href;

setCodecSource(async () => (await fetch(absolute(turboWasm))).arrayBuffer());

const session = new Session((report) => self.postMessage(report, { transfer: transferables(report) }), {
  wasm: {
    'tfjs-backend-wasm.wasm': absolute(plainWasm),
    'tfjs-backend-wasm-simd.wasm': absolute(simdWasm),
    'tfjs-backend-wasm-threaded-simd.wasm': absolute(threadedWasm),
  },
});

self.onmessage = ({ data }: MessageEvent<Command>) => void session.handle(data);
self.addEventListener('unhandledrejection', ({ reason }) => {
  self.postMessage({
    kind: 'failure',
    where: 'engine',
    sentence: `The lab met an error it did not expect: ${reason instanceof Error ? reason.message : reason}`,
  } satisfies Report);
});

/** Arrays that nobody here reads again. */
function transferables(report: Report): Transferable[] {
  if (report.kind === 'preview') return report.preview.rows.map((row) => row.pixels.buffer as ArrayBuffer);
  if (report.kind !== 'evaluation') return [];
  const { maps, images, truths, tables, views, healthy } = report.evaluation;
  return [maps, images, truths, healthy, tables.flagged, tables.hits, ...Object.values(views)].map((array) => array.buffer as ArrayBuffer);
}
