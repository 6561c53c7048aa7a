/** The worker: commands in, reports out, big arrays transferred. */

import charlsWasm from '@cornerstonejs/codec-charls/decodewasm?url';
import turboWasm from '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasm?url';
import openjpegWasm from '@cornerstonejs/codec-openjpeg/decodewasm?url';
import type { Command, Report } from '../core/protocol';
import { type CodecName, setCodecSource } from '../data/codecs';
import { browserPlatform, fetchBytes } from './platform';
import { Session } from './session';

const CODECS: Record<CodecName, string> = { 'libjpeg-turbo': turboWasm, openjpeg: openjpegWasm, charls: charlsWasm };
setCodecSource((name) => fetchBytes(CODECS[name]));

const session = new Session((report) => self.postMessage(report, { transfer: transferables(report) }), browserPlatform);

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
  if (report.kind === 'keep') return [report.weights.buffer as ArrayBuffer];
  if (report.kind === 'pictures') return [report.pictures.images, report.pictures.truths].map((array) => array.buffer as ArrayBuffer);
  if (report.kind !== 'evaluation') return [];
  const { maps, images, truths, tables, views, healthy } = report.evaluation;
  return [maps, images, truths, healthy, tables.flagged, tables.hits, ...Object.values(views)].map((array) => array.buffer as ArrayBuffer);
}
