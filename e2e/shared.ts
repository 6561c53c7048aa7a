import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, type Locator, type Page } from '@playwright/test';

const root = process.env.WILDCUT_SHARED ?? join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'shared');

/** Path of a file or folder of the shared test data, or null where this clone has none. */
export function shared(...parts: string[]): string | null {
  const path = join(root, 'data', ...parts);
  return existsSync(path) ? path : null;
}

export const MISSING = 'the shared test images are not here (../shared/data or WILDCUT_SHARED)';

/** Drops files on an element as a person would; `name` is what the page sees. */
export async function drop(page: Page, target: Locator, files: readonly { name: string; path: string }[]): Promise<void> {
  const contents = files.map(({ name, path }) => ({ name, base64: readFileSync(path).toString('base64') }));
  const transfer = await page.evaluateHandle((items) => {
    const data = new DataTransfer();
    for (const { name, base64 } of items) data.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name));
    return data;
  }, contents);
  for (const type of ['dragenter', 'dragover', 'drop']) await target.dispatchEvent(type, { dataTransfer: transfer });
}

export const number = async (locator: Locator): Promise<number> =>
  Number(((await locator.textContent()) ?? '').replace(/[^0-9.−-]/g, '').replace('−', '-'));

/** Milliseconds of processor time. Not the time that passed, as long tasks of PerformanceObserver have it: that grows with whatever else a
 * test machine does. */
export type Tasks = {
  /** Of the longest task. */
  longest: number;
  /** Of all tasks from one move of the pointer to the next. */
  moves: number[];
  /** The page's own code among them; the rest is the browser's style, layout, painting and layers. */
  scripts: number[];
};

/** Watches the page's thread until the answer is asked for. */
export async function watchTasks(page: Page): Promise<() => Promise<Tasks>> {
  type Event = { name: string; pid: number; tid: number; ts: number; tdur?: number; args: { name?: string; data?: { type?: string } } };
  const session = await page.context().newCDPSession(page);
  const events: Event[] = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as Event[])));
  const includedCategories = ['toplevel', 'devtools.timeline'];
  await session.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories } });
  return async () => {
    const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
    await session.send('Tracing.end');
    await complete;
    await session.detach();
    const threads = events.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain');
    const own = events.filter((event) => threads.some(({ pid, tid }) => pid === event.pid && tid === event.tid));
    const tasks = own.filter(({ name }) => name === 'ThreadControllerImpl::RunTask');
    expect(tasks.length).toBeGreaterThan(100);
    const starts = own.filter(({ args }) => args.data?.type === 'pointermove').map(({ ts }) => ts).sort((a, b) => a - b); // biome-ignore format: one line
    const byMove = (spent: readonly Event[]): number[] => {
      const sums = starts.slice(1).map(() => 0);
      for (const { ts, tdur = 0 } of spent) {
        const next = starts.findIndex((start) => start > ts);
        // The task that dispatches a move starts before it and belongs to it.
        if (next >= 0 && next < sums.length) sums[next] += tdur / 1000;
      }
      return sums;
    };
    const scripts = byMove(own.filter(({ name }) => name === 'FunctionCall'));
    return { longest: Math.max(...tasks.map(({ tdur }) => tdur ?? 0)) / 1000, moves: byMove(tasks), scripts };
  };
}
