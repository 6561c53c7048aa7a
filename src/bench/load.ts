/** A data set of the papers' size: volumes of 240 × 240 × 155 read as the lab reads them, beside nibabel on the same files. */
import { execFileSync } from 'node:child_process';
import { linkSync, mkdtempSync, openAsBlob, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Random } from '../core/random';
import { Study } from '../engine/study';

const [WIDTH, HEIGHT, DEPTH] = [240, 240, 155];
const BYTES = 2 * WIDTH * HEIGHT * DEPTH;
/** Different volumes; the others are links to them. */
const DISTINCT = 4;
const MOST_BYTES = 1e9;

const PEER = `
import sys, time
import nibabel
start = time.perf_counter()
for path in sys.stdin.read().split('\\n'):
    nibabel.load(path).get_fdata(dtype='float32')
print(time.perf_counter() - start)
`;

/** Seconds of nibabel for the same files; null where no python3 has it. */
function nibabel(paths: readonly string[]): number | null {
  for (const python of [process.env.PYTHON, 'python3', '/usr/bin/python3'].filter((path) => path !== undefined)) {
    try {
      execFileSync(python, ['-c', 'import nibabel'], { stdio: 'ignore' });
    } catch {
      continue;
    }
    return Number(execFileSync(python, ['-c', PEER], { input: paths.join('\n') }).toString());
  }
  return null;
}

/** An ellipsoid of noisy tissue on background 0, 16 bit, as scanners write it. */
function volume(seed: number): Uint8Array {
  const random = new Random(seed);
  const file = new DataView(new ArrayBuffer(352 + BYTES));
  file.setInt32(0, 348, true);
  for (const [i, n] of [3, WIDTH, HEIGHT, DEPTH, 1, 1, 1, 1].entries()) file.setInt16(40 + 2 * i, n, true);
  file.setInt16(70, 4, true); // int16
  file.setInt16(72, 16, true);
  for (const i of [0, 1, 2, 3]) file.setFloat32(76 + 4 * i, 1, true); // 1 mm
  file.setFloat32(108, 352, true);
  file.setFloat32(112, 1, true);
  file.setInt16(254, 1, true); // s-form: the identity
  for (const axis of [0, 1, 2]) file.setFloat32(280 + 20 * axis, 1, true);
  file.setUint32(344, 0x0031_2b6e, true); // 'n+1'
  for (let k = 0, at = 352; k < DEPTH; k++)
    for (let j = 0; j < HEIGHT; j++)
      for (let i = 0; i < WIDTH; i++, at += 2) {
        const inside = Math.hypot((i - 120) / 90, (j - 120) / 105, (k - 77) / 70) < 1;
        if (inside) file.setInt16(at, 400 + 3 * k + Math.floor(random.between(0, 64)), true);
      }
  return new Uint8Array(file.buffer);
}

/** Prints a table in Markdown on stdout.
 * @param count volumes */
export async function load(count = 200): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'wildcut-load-'));
  try {
    const paths = Array.from({ length: count }, (_, n) => join(folder, `subject_${n}.nii.gz`));
    for (const [n, path] of paths.entries()) {
      if (n < DISTINCT) writeFileSync(path, gzipSync(volume(n), { level: 1 }));
      else linkSync(paths[n % DISTINCT], path);
    }
    const files = await Promise.all(paths.map(async (path, n) => ({ path: `subject_${n}.nii.gz`, file: await openAsBlob(path) })));
    const before = process.memoryUsage().rss;
    let peak = before;
    const study = new Study(() => {
      peak = Math.max(peak, process.memoryUsage().rss);
    });
    const started = performance.now();
    await study.load(files, 'reference');
    const seconds = (performance.now() - started) / 1000;
    const slices = study.roles().reference.length;
    const peer = nibabel(paths);
    const rate = (s: number) => ((count * BYTES) / 1e6 / s).toFixed(1);
    const mb = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
    console.log(`${count} volumes of ${WIDTH} × ${HEIGHT} × ${DEPTH}, int16, gzip, to ${slices} slices of 64² in memory (Node).\n`);
    console.log('| reader | s | MB/s of voxels | peak memory | bar |');
    console.log('| --- | --- | --- | --- | --- |');
    const bar = peak < MOST_BYTES ? 'holds (< 1 GB)' : 'MISSED (< 1 GB)';
    console.log(
      `| the lab, decoded and cut into slices | ${seconds.toFixed(1)} | ${rate(seconds)} | ${mb(peak)} (${mb(before)} before) | ${bar} |`,
    );
    console.log(
      peer === null ? '\nNo python3 with nibabel is on this machine.' : `| nibabel, decoded | ${peer.toFixed(1)} | ${rate(peer)} | | |`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
