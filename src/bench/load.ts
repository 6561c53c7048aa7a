/** A data set of the papers' size: volumes of 240 × 240 × 155 read as the lab reads them and trained on, beside nibabel on the same files. */
import { execFileSync, fork } from 'node:child_process';
import { linkSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Random } from '../core/random';
import { ChromiumLab } from './chromium';
import type { Trained } from './visit';
import type { Answer, Asked } from './visitChild';

const [WIDTH, HEIGHT, DEPTH] = [240, 240, 155];
const BYTES = 2 * WIDTH * HEIGHT * DEPTH;
/** Different volumes; the others are links to them. */
const DISTINCT = 4;
const MOST_BYTES = 1e9;
const TRAINING_SECONDS = 60;
/** Without a word for longer than this, a run looks dead. */
const LONGEST_SILENCE = 1;

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

/** Reads and trains somewhere; `peak` is the most memory of that process so far, null where the system does not say. */
type Place = {
  read(paths: readonly string[]): Promise<{ seconds: number; slices: number }>;
  train(seconds: number): Promise<Trained>;
  peak(): Promise<number | null>;
  end(): Promise<void>;
};

function inNode(): Place {
  const child = fork(new URL('visitChild.ts', import.meta.url));
  let peak: number | null = null;
  const ask = <T>(asked: Asked) =>
    new Promise<T>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`The process that reads the files ended (${code}).`)));
      child.once('message', (answer: Answer) => {
        child.removeAllListeners('exit');
        if ('error' in answer) return reject(new Error(answer.error));
        peak = answer.peak;
        resolve(answer.value as T);
      });
      child.send(asked);
    });
  return {
    read: (paths) => ask({ read: paths }),
    train: (train) => ask({ train }),
    peak: async () => peak,
    end: async () => void child.kill(),
  };
}

/** A browser with a profile on disk, so that its file system is there too. */
async function inChromium(profile: string): Promise<Place> {
  const lab = await ChromiumLab.start(profile);
  return {
    read: (paths) => lab.read(paths),
    train: (seconds) => lab.lab.train(seconds),
    async peak() {
      if (process.platform !== 'linux') return null;
      const status = readFileSync(`/proc/${await lab.busiestRenderer()}/status`, 'utf8');
      const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(status) ?? [];
      return 1024 * Number(kilobytes);
    },
    end: () => lab.end(),
  };
}

/** Prints a table in Markdown on stdout.
 * @param count volumes */
export async function load(count: number, where: 'node' | 'chromium'): Promise<void> {
  if (!(Number.isInteger(count) && count > 0)) throw new Error('--volumes is a whole number from 1.');
  const folder = mkdtempSync(join(tmpdir(), 'wildcut-load-'));
  try {
    const paths = Array.from({ length: count }, (_, n) => join(folder, `subject_${n}.nii.gz`));
    for (const [n, path] of paths.entries()) {
      if (n < DISTINCT) writeFileSync(path, gzipSync(volume(n), { level: 1 }));
      else linkSync(paths[n % DISTINCT], path);
    }
    const packed = paths.reduce((sum, path) => sum + statSync(path).size, 0);
    const place = where === 'node' ? inNode() : await inChromium(join(folder, 'profile'));
    const { seconds, slices } = await place.read(paths);
    const reading = await place.peak();
    const trained = await place.train(TRAINING_SECONDS);
    const training = await place.peak();
    await place.end();
    const peer = nibabel(paths);

    const rate = (s: number) => `${((count * BYTES) / 1e6 / s).toFixed(1)} MB/s`;
    const mb = (bytes: number | null) => (bytes === null ? 'not known here' : `${(bytes / 1e6).toFixed(0)} MB`);
    const row = (...cells: string[]) => console.log(`| ${cells.join(' | ')} |`);
    console.log(
      `${count} volumes of ${WIDTH} × ${HEIGHT} × ${DEPTH}, int16 (${((count * BYTES) / 1e9).toFixed(2)} GB, ${(packed / 1e9).toFixed(2)} GB as gzip), to ${slices} slices of 64²; ${where === 'node' ? `Node ${process.version}, all slices in memory` : 'Chromium, slices beyond 256 MB in its file system'}; ${cpus()[0].model}, ${cpus().length} cores, load average ${loadavg()[0].toFixed(1)}; ${new Date().toISOString().slice(0, 10)}.\n`,
    );
    row('what', 'measured', 'bar');
    row('---', '---', '---');
    row('the lab reads: unpacked, decoded and cut into slices', `${seconds.toFixed(1)} s, ${rate(seconds)}`, '');
    row('nibabel reads: unpacked and decoded', peer === null ? 'no python3 with nibabel here' : `${peer.toFixed(1)} s, ${rate(peer)}`, '');
    row('peak memory of the process while reading', mb(reading), held(reading === null ? null : reading < MOST_BYTES, '< 1 GB'));
    row('peak memory with training, WASM memory included', mb(training), '');
    row(`VAE, demo preset, ${TRAINING_SECONDS} s`, `${trained.updates} updates, ${trained.perSecond.toFixed(1)}/s`, '');
    row(
      'longest silence between two reports of losses (median)',
      `${trained.longest.toFixed(2)} s (${trained.median.toFixed(2)} s)`,
      held(trained.longest < LONGEST_SILENCE, `< ${LONGEST_SILENCE} s`),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const held = (holds: boolean | null, bar: string): string => (holds === null ? bar : `${holds ? 'holds' : 'MISSED'} (${bar})`);
