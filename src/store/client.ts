import type { Command, Report } from '../core/protocol';

let worker: Worker | null = null;

/** Starts the worker. A worker that cannot start or that throws becomes a report like any other failure. */
export function startEngine(onReport: (report: Report) => void): void {
  const down = (why: string) =>
    onReport({
      kind: 'failure',
      where: 'engine',
      sentence: `The engine is not running${why ? `: ${why}` : ''}. Reload the page to start it again.`,
    });
  try {
    worker = new Worker(new URL('../engine/engine.worker.ts', import.meta.url), { type: 'module' });
  } catch (error) {
    down(error instanceof Error ? error.message : String(error));
    return;
  }
  worker.onmessage = (event: MessageEvent<Report>) => onReport(event.data);
  worker.onerror = (event) => down(event.message ?? '');
  worker.onmessageerror = () => down('a message could not be read');
}

export function send(command: Command): void {
  worker?.postMessage(command);
}
