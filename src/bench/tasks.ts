/** What the page's own thread does, by a trace of the browser. */
import type { Page } from 'playwright';

/** Milliseconds of processor time. Not the time that passed, as long tasks of PerformanceObserver have it: that grows with whatever else a
 * test machine does. */
type Tasks = {
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
    if (tasks.length === 0) throw new Error('The trace holds no task of the page.');
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
