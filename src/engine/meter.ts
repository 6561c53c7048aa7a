import type { Report, Task } from '../core/protocol';
import { every } from './hop';

/** Turns "n of N done" into progress reports with rate and remaining time, at most ten a second and always at the end. */
export function meter(task: Task, unit: string, post: (report: Report) => void): (done: number, total: number, detail?: string) => void {
  const start = performance.now();
  const due = every(100);
  return (done, total, detail = '') => {
    if (!due() && done < total) return;
    const seconds = (performance.now() - start) / 1000;
    const perSecond = seconds > 0 ? done / seconds : 0;
    const etaSeconds = done > 0 && seconds > 0.5 ? (total - done) / perSecond : null;
    post({ kind: 'progress', task, done, total, unit, perSecond, etaSeconds, detail });
  };
}
