/** The command as a shell calls it: exit status, one JSON object, files. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writePng } from '../data/pngWrite';

const folder = mkdtempSync(join(tmpdir(), 'wildcut-'));
const healthy = join(folder, 'healthy');
const patients = join(folder, 'patients');

type Result = { status: number | null; stdout: string; stderr: string };

/** Runs the command; `until` interrupts it (SIGINT) once that text has been seen on stderr. */
function lab(args: string[], until?: string): Promise<Result> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'src/headless/lab.ts', ...args], {
      env: { ...process.env, NODE_NO_WARNINGS: '1' },
    });
    const result: Result = { status: null, stdout: '', stderr: '' };
    let interrupted = false;
    child.stdout.on('data', (data) => {
      result.stdout += data;
    });
    child.stderr.on('data', (data) => {
      result.stderr += data;
      if (until && !interrupted && result.stderr.includes(until)) interrupted = child.kill('SIGINT');
    });
    child.on('close', (status) => resolve({ ...result, status }));
  });
}

/** A bright disc whose place follows k; with `lesion`, a brighter square in it and its mask. */
function draw(k: number, lesion: boolean) {
  const data = new Uint8Array(64 * 64);
  const mask = new Uint8Array(64 * 64);
  for (let y = 0; y < 64; y++) {
    for (let x = 0; x < 64; x++) {
      const inside = Math.hypot(x - 32 - (k % 5), y - 32 + (k % 3)) < 22;
      data[y * 64 + x] = inside ? 90 + ((x * 7 + y * 13 + k * 5) % 40) : 0;
      if (lesion && x > 28 && x < 38 && y > 26 && y < 34) {
        data[y * 64 + x] = 240;
        mask[y * 64 + x] = 255;
      }
    }
  }
  return { image: writePng(64, 64, data), mask: writePng(64, 64, mask) };
}

beforeAll(() => {
  mkdirSync(healthy);
  mkdirSync(patients);
  for (let k = 0; k < 20; k++) writeFileSync(join(healthy, `h${k}.png`), draw(k, false).image);
  for (let k = 0; k < 4; k++) {
    const { image, mask } = draw(k, true);
    writeFileSync(join(patients, `p${k}.png`), image);
    writeFileSync(join(patients, `p${k}_mask.png`), mask);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

const train = (out: string, ...more: string[]) => [
  ...['train', '--model', 'vae', '--preset', 'demo', '--backend', 'wasm', '--reference', healthy, '--test', patients],
  ...['--param', 'batch=4', '--scorers', 'Rec-Error', '--out', out, ...more],
];
const RECIPE = ['--recipe', 'intensity=percentile:0:99'];
const sha = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

describe('inspect', () => {
  it('prints one line a file, and the reason for one that is broken', async () => {
    writeFileSync(join(folder, 'broken.png'), 'no picture');
    const { status, stdout } = await lab(['inspect', join(healthy, 'h0.png'), join(folder, 'broken.png')]);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(status).toBe(0);
    expect(lines.find((l) => l.name === 'h0.png')).toMatchObject({
      format: 'PNG',
      shape: [1, 64, 64],
      dtype: 'uint8',
      min: 0,
      max: 129,
      spacing: null,
    });
    expect(lines.find((l) => l.name === 'broken.png').rejected).toMatch(/first bytes are not PNG/);
  });

  it('says why a file given by name is not looked into, and that a folder holds nothing', async () => {
    mkdirSync(join(folder, 'empty'));
    writeFileSync(join(folder, 'labels.csv'), 'file,label\n');
    const table = await lab(['inspect', join(folder, 'labels.csv')]);
    expect(JSON.parse(table.stdout)).toMatchObject({ name: 'labels.csv', rejected: expect.stringContaining('table') });
    const { status, stdout, stderr } = await lab(['inspect', join(folder, 'empty')]);
    expect([status, stdout, stderr]).toEqual([0, '', expect.stringMatching(/^There is nothing to inspect in .*empty/)]);
  });
});

it('tells how it is used', async () => {
  const { status, stdout, stderr } = await lab(['train', '--help']);
  expect([status, stdout, stderr]).toEqual([0, expect.stringContaining('[--scorers A,B] --out DIR'), '']);
});

it.each(['{', 'null', '{}'])('names a run.json that is damaged (%s)', async (text) => {
  const run = join(folder, `damaged${text.length}`);
  mkdirSync(run);
  writeFileSync(join(run, 'run.json'), text);
  const { status, stderr } = await lab(['score', '--run', run, '--out', join(folder, 'none')]);
  expect([status, stderr]).toEqual([
    1,
    `${join(run, 'run.json')} is damaged: it is not the record of a run. Copy the run again, or train anew.\n`,
  ]);
});

describe('wrong arguments end with status 2 and say what is allowed', () => {
  it.each([
    [['traine'], /not a command/],
    [['train', '--model', 'vae', '--reference', 'phantom'], /--out is missing/],
    [['train', '--model', 'gan', '--reference', 'phantom', '--out', 'x', '--backend', 'wasm'], /it has vae/],
    [['train', '--model', 'vae', '--reference', 'phantom', '--out', 'x', '--backend', 'wasm', '--param', 'latent=9999'], /from 2 to 512/],
    [
      ['train', '--model', 'vae', '--reference', 'phantom', '--out', 'x', '--backend', 'wasm', '--param', 'batch=4.5'],
      /\(batch\) takes a whole number/,
    ],
    [
      ['train', '--model', 'vae', '--reference', 'phantom', '--out', 'x', '--backend', 'wasm', '--updates', 'many'],
      /\(updates\) takes a number from/,
    ],
    [
      ['train', '--model', 'vae', '--reference', 'phantom', '--out', 'x', '--backend', 'wasm', '--updates', '-5'],
      /\(updates\) takes a number from 1 to 1000000, not -5/,
    ],
    [
      ['train', '--model', 'vae', '--reference', 'phantom', '--out', 'x', '--backend', 'wasm', '--param', 'lr=1'],
      /no parameter "lr"; it has size/,
    ],
    [['train', '--model', 'vae', '--reference', 'phantom:seed=x', '--out', 'x', '--backend', 'wasm'], /seed=N/],
    [
      ['train', '--model', 'vae', '--reference', 'phantom', '--out', 'x', '--backend', 'wasm', '--recipe', 'plane=oblique'],
      /axial, coronal, sagittal/,
    ],
    [['train', '--nonsense'], /nonsense/],
    [['train', '--updates', '--seed', '3'], /^--updates is given without its value\.\n/],
  ])('%j', async (args, sentence) => {
    const { status, stderr, stdout } = await lab(args);
    expect(stderr).toMatch(sentence);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });
});

describe('train and score', () => {
  it('tries the folder of the results before it reads images', async () => {
    writeFileSync(join(folder, 'file'), '');
    const { status, stderr } = await lab(train(join(folder, 'file', 'run')));
    expect(stderr).toMatch(/--out .*file.run cannot be used: a file is in its place\./);
    expect(stderr).not.toContain('load [');
    expect(status).toBe(2);
  });

  it('interrupted while it scores, keeps the weights and says how to go on', async () => {
    const out = join(folder, 'scoring');
    const { status, stderr } = await lab(
      train(out, '--updates', '2', '--scorers', 'Proj-Rec-Error', '--param', 'projectionSteps=30'),
      'score [',
    );
    expect(stderr).toContain(`the weights are kept. Score with: npm run lab -- train --resume ${out}`);
    expect(status).toBe(130);
    expect([existsSync(join(out, 'run.json')), existsSync(join(out, 'metrics.json'))]).toEqual([true, false]);
    const resumed = await lab(['train', '--resume', out, '--threads', '1']);
    expect(Object.keys(JSON.parse(resumed.stdout).metrics)).toEqual(['Proj-Rec-Error']);
  });

  it('interrupted before training, leaves at once and writes nothing', async () => {
    const out = join(folder, 'none');
    const args = ['train', '--model', 'vae', '--backend', 'wasm', '--reference', 'phantom', '--size', '128', '--out', out];
    const { status, stderr } = await lab(args, 'WASM');
    expect(stderr).toContain('nothing was written');
    expect(status).toBe(130);
    expect(existsSync(out)).toBe(false);
  });

  it('refuses a split with the same files or the same patients on both sides, and names them', async () => {
    const out = join(folder, 'leak');
    const same = await lab([...train(out), '--test', join(healthy, 'h0.png')]);
    expect([same.status, same.stderr]).toEqual([2, expect.stringMatching(/One file is in both --reference and --test: .*h0\.png/)]);
    cpSync(healthy, join(folder, 'copy', 'healthy'), { recursive: true });
    const { status, stderr } = await lab([...train(out), '--test', join(folder, 'copy', 'healthy')]);
    expect(stderr).toMatch(/Patient h0 and 19 other patients are in more than one set, first Healthy reference and Test/);
    expect(status).toBe(1);
    expect(existsSync(out)).toBe(false);
  });

  it('trains the updates that were asked for with the preset for this machine too', async () => {
    const { stdout } = await lab(train(join(folder, 'machine'), '--preset', 'machine', '--updates', '2'));
    expect(JSON.parse(stdout)).toMatchObject({ preset: 'machine', updates: 2, params: { updates: 2, latent: 64, batch: 4 } });
  });

  it('of a model that is chosen by distance: what was found at every checkpoint, beside what labels say', async () => {
    const out = join(folder, 'chosen');
    const small = ['size=32', 'width=4', 'blocks=1', 'batch=4', 'warmUp=0', 'checkpointEvery=10'].flatMap((pair) => ['--param', pair]);
    const args = ['train', '--model', 'a2bgan', '--backend', 'wasm', '--reference', 'phantom', '--updates', '20', ...small, '--out', out];
    const { status, stdout } = await lab(args);
    expect(status).toBe(0);
    const { selection } = JSON.parse(readFileSync(join(out, 'metrics.json'), 'utf8'));
    expect(JSON.parse(stdout).selection).toEqual(selection);
    const { chosen, best, checkpoints } = selection;
    expect(checkpoints.map(({ update }: { update: number }) => update)).toEqual([10, 20]);
    expect(chosen.distance).toBe(Math.min(checkpoints[0].distance, checkpoints[1].distance));
    expect(best.auc).toBe(Math.max(checkpoints[0].auc, checkpoints[1].auc));
  }, 120_000);

  it('an interrupted run resumes to the very weights of an uninterrupted one, and scores other images', async () => {
    const whole = join(folder, 'whole');
    const parts = join(folder, 'parts');
    const done = await lab(train(whole, '--updates', '600', ...RECIPE));
    expect(done.stderr).not.toMatch(/Error/);
    expect(done.status).toBe(0);
    const printed = JSON.parse(done.stdout);
    expect(printed).toMatchObject({ model: 'vae', backend: 'wasm', updates: 600, slices: { reference: 20, test: 4 } });
    expect(printed.metrics['Rec-Error'].pixelSlices).toBe(4);
    expect(printed.baselines.raw.pixelAuroc).toBeGreaterThan(0.99);
    const { lesions, aupro, patients: drawn, diceCi95 } = printed.metrics['Rec-Error'];
    expect([lesions.found + lesions.missed, lesions.images, drawn]).toEqual([4, 4, 4]); // a lesion a patient
    expect(aupro).toBeGreaterThan(0);
    expect(diceCi95.slice[0]).toBeLessThanOrEqual(printed.metrics['Rec-Error'].dice);
    expect(diceCi95.slice[1]).toBeGreaterThanOrEqual(printed.metrics['Rec-Error'].dice);
    expect(printed.metrics['Rec-Error'].maskProblem).toBeNull();
    expect(printed.metrics['Rec-Error'].imageAuc).toBeNull();
    expect(printed.metrics['Rec-Error'].why.imageAuc).toMatch(/one class/);
    for (const file of ['run.json', 'weights.safetensors', 'metrics.json', 'scores.csv'])
      expect(existsSync(join(whole, file)), file).toBe(true);

    const mixed = await lab(train(whole, ...RECIPE));
    expect([mixed.status, mixed.stderr]).toEqual([2, expect.stringContaining(`--out ${whole} holds a run already`)]);

    const early = await lab(train(parts, '--updates', '600', ...RECIPE), 'preparing [');
    expect(early.status).toBe(130);
    expect(early.stderr).toContain('Stopped before the first update: nothing was written.');
    expect(existsSync(parts)).toBe(false);
    const stopped = await lab(train(parts, '--updates', '600', ...RECIPE), 'running [');
    expect(stopped.status).toBe(130);
    expect(stopped.stderr).toContain('--resume');
    const { update, checkpoint, recipe } = JSON.parse(readFileSync(join(parts, 'run.json'), 'utf8'));
    expect(update).toBeLessThan(600);
    expect(checkpoint.seconds).toBeGreaterThan(0);
    expect(recipe).toMatchObject({ plane: 'axial', intensity: { kind: 'percentile', low: 0, high: 99 }, size: 64 });
    const other = JSON.parse(readFileSync(join(parts, 'run.json'), 'utf8'));
    const changed = join(folder, 'changed');
    cpSync(parts, changed, { recursive: true });
    writeFileSync(join(changed, 'run.json'), JSON.stringify({ ...other, recipe: { ...other.recipe, topCrop: 0.2 } }));
    const refused = await lab(['train', '--resume', changed]);
    expect(refused.status).not.toBe(0);
    expect(refused.stderr).toContain('These are not the images that the run was trained on: 20 reference');
    writeFileSync(join(changed, 'run.json'), JSON.stringify({ ...other, failure: 'The loss “kl” stopped being a number at update 7.' }));
    const failed = await lab(['train', '--resume', changed]);
    expect(failed.stderr).toContain('This run failed: The loss “kl” stopped being a number at update 7. It can be scored');
    const unheard = await lab(['train', '--resume', parts, '--updates', '700', '--backend', 'wasm']);
    expect([unheard.status, unheard.stderr]).toEqual([2, expect.stringContaining('which --updates cannot change')]);
    const resumed = await lab(['train', '--resume', parts]);
    expect(resumed.stderr).not.toMatch(/Error/);
    expect(resumed.status).toBe(0);
    expect(sha(join(parts, 'weights.safetensors'))).toBe(sha(join(whole, 'weights.safetensors')));

    const out = join(folder, 'scored');
    const score = (to: string) =>
      lab(['score', '--run', whole, '--test', patients, '--scorers', 'Rec-Error', '--backend', 'wasm', '--out', to]);
    expect(await score(whole)).toMatchObject({ status: 2, stderr: expect.stringContaining(`--out ${whole} holds a run already`) });
    const scored = await score(out);
    expect(scored.status).toBe(0);
    const again = JSON.parse(scored.stdout).metrics['Rec-Error'];
    expect(again.pixelAuroc).toBeCloseTo(printed.metrics['Rec-Error'].pixelAuroc, 6);
    expect(again.threshold).toBe(printed.metrics['Rec-Error'].threshold);
    expect(existsSync(join(out, 'patients_p0_score.png'))).toBe(true);

    const none = join(folder, 'unscored');
    const args = [
      'score',
      '--run',
      whole,
      '--test',
      healthy,
      '--scorers',
      'Ensemble',
      '--backend',
      'wasm',
      '--threads',
      '1',
      '--out',
      none,
    ];
    const unscored = await lab(args);
    expect([unscored.status, unscored.stderr]).toEqual([1, expect.stringContaining('Ensemble: The ensemble is fitted on masks')]);
    expect(JSON.parse(unscored.stdout).metrics.Ensemble.error).toMatch(/^The ensemble is fitted on masks/);
  });
});
