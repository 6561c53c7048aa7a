/** What a move of the threshold costs in the built app: the page's own thread by a trace of a real drag, and the worker by its answers. */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Page } from 'playwright';
import { build, preview } from 'vite';
import { CHROMIUM_FLAGS, findChromium } from '../../e2e/chromium.mjs';
import { BIG, decideOnBigSet, dragHandle, writeBigSet } from './bigSet';
import { median } from './steps';
import { watchTasks } from './tasks';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MOVES = 120;
/** Compiled code is what is timed. */
const WARM_MOVES = 20;

/** Notes when the engine's worker is asked to clean the set, and when it answers: milliseconds of each answer, on `window.answers`. */
function noteAnswers(): void {
  const page = window as unknown as { answers: number[]; Worker: typeof Worker };
  const Plain = page.Worker;
  const asked = new Map<number, number>();
  page.answers = [];
  page.Worker = class extends Plain {
    constructor(...given: ConstructorParameters<typeof Worker>) {
      super(...given);
      this.addEventListener('message', ({ data }) => {
        const from = data?.kind === 'cleaned' ? asked.get(data.cleaned?.ask) : undefined;
        if (from !== undefined) page.answers.push(performance.now() - from);
      });
    }
    override postMessage(message: unknown, ...rest: unknown[]): void {
      const command = message as { kind?: string; ask?: number };
      if (command?.kind === 'clean' && command.ask !== undefined) asked.set(command.ask, performance.now());
      (super.postMessage as (...all: unknown[]) => void)(message, ...rest);
    }
  };
}

const answersOf = (page: Page): Promise<number[]> =>
  page.evaluate(() => {
    const { answers } = window as unknown as { answers: number[] };
    return answers.splice(0);
  });

type Row = { what: string; times: readonly number[]; bar: number };

async function rowsOf(page: Page): Promise<Row[]> {
  await page.getByRole('radio', { name: /Best Dice/ }).click();
  await dragHandle(page, WARM_MOVES);
  const traced = async () => {
    const done = await watchTasks(page);
    await dragHandle(page, MOVES);
    return done();
  };
  const plain = await traced();
  await page.getByTestId('clean-switch').click();
  await dragHandle(page, WARM_MOVES);
  await page.waitForTimeout(2000);
  await answersOf(page);
  const cleaned = await traced();
  await page.waitForTimeout(2000);
  const bySlice = await answersOf(page);
  await page.getByRole('button', { name: 'volume’s' }).click();
  await dragHandle(page, MOVES);
  await page.waitForTimeout(4000);
  const byVolume = (await answersOf(page)).slice(1);
  return [
    { what: 'page, a move without clean-up: code of the lab, for every mask in sight and every number', times: plain.scripts, bar: 16 },
    { what: 'the same with the browser’s own layout, painting and layers', times: plain.moves, bar: 16 },
    { what: 'page, a move with clean-up: the masks in sight', times: cleaned.moves, bar: 150 },
    { what: 'page, the longest task of those drags', times: [plain.longest, cleaned.longest], bar: 50 },
    { what: 'worker, the set with clean-up, slice by slice', times: bySlice, bar: 1000 },
    { what: 'worker, the set with clean-up, in volumes', times: byVolume, bar: 1000 },
  ];
}

/** Builds the app, drags the handle in it and prints a table in Markdown on stdout. */
export async function drag(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'wildcut-drag-'));
  try {
    writeBigSet(join(folder, 'set'));
    const outDir = join(folder, 'app');
    await build({ root: ROOT, logLevel: 'error', build: { outDir } });
    const server = await preview({ root: ROOT, logLevel: 'error', build: { outDir }, preview: { host: '127.0.0.1', port: 0 } });
    const browser = await chromium.launch({ executablePath: findChromium() ?? undefined, args: CHROMIUM_FLAGS });
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.addInitScript(noteAnswers);
    await decideOnBigSet(page, join(folder, 'set'), server.resolvedUrls!.local[0].replace(/\/$/, ''));
    const rows = await rowsOf(page);
    await browser.close();
    await server.close();
    const { volumes, depth, side } = BIG;
    console.log(
      `The built app in Chromium over ${volumes * depth} slices of ${side}²; ${cpus()[0].model}, ${cpus().length} cores, load average ${loadavg()[0].toFixed(1)}; ${new Date().toISOString().slice(0, 10)}. The page in milliseconds of processor time, the browser's own painting among them; the worker on the clock.\n`,
    );
    console.log('| what | n | median ms | slowest ms | bar ms | |');
    console.log('| --- | --- | --- | --- | --- | --- |');
    for (const { what, times, bar } of rows) {
      const [middle, slowest] = times.length > 0 ? [median([...times]), Math.max(...times)] : [Number.NaN, Number.NaN];
      const verdict = (bar === 50 ? slowest : middle) < bar ? 'holds' : 'MISSED';
      console.log(`| ${what} | ${times.length} | ${middle.toFixed(1)} | ${slowest.toFixed(1)} | ${bar} | ${verdict} |`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
