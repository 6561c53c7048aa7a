import type { Report } from '../core/protocol';

/** Progress on stderr: one line that is rewritten on a terminal, a line every few seconds otherwise. */
export class ProgressLine {
  private last = 0;
  private open = false;

  report(report: Report): void {
    if (report.kind === 'progress') {
      const { task, done, total, unit, perSecond, etaSeconds, detail } = report;
      this.show(
        `${task} ${bar(done / total)} ${Math.floor(done)} of ${total} ${unit} · ${perSecond.toFixed(1)}/s${left(etaSeconds)}${detail ? ` · ${detail}` : ''}`,
        done >= total,
      );
    } else if (report.kind === 'run') {
      const { phase, update, updates, rate, etaSeconds } = report.state;
      const ended = phase === 'done' || phase === 'stopped' || phase === 'failed';
      this.show(
        `${phase} ${bar(update / updates)} ${update} of ${updates} updates · ${rate.toFixed(1)}/s${left(etaSeconds)}${this.losses}`,
        ended,
      );
    } else if (report.kind === 'points') {
      const last = report.points.at(-1);
      if (last)
        this.losses = ` · ${Object.entries(last.losses)
          .map(([name, value]) => `${name} ${value.toPrecision(4)}`)
          .join(' ')}`;
    } else if (report.kind === 'engine') {
      this.line(report.engine.reason);
    } else if (report.kind === 'failure') this.line(report.sentence);
  }

  private losses = '';

  private show(text: string, end: boolean): void {
    if (process.stderr.isTTY) {
      process.stderr.write(`\r\x1b[K${text.slice(0, (process.stderr.columns ?? 120) - 1)}`);
      this.open = true;
      if (end) this.close();
    } else if (end || Date.now() - this.last > 5000) {
      this.last = Date.now();
      process.stderr.write(`${text}\n`);
    }
  }

  private close(): void {
    if (this.open) process.stderr.write('\n');
    this.open = false;
  }

  line(text: string): void {
    this.close();
    process.stderr.write(`${text}\n`);
  }
}

const bar = (share: number) => `[${'#'.repeat(Math.round(20 * Math.min(1, share))).padEnd(20, '·')}]`;
const left = (seconds: number | null) => (seconds === null ? '' : ` · ${Math.ceil(seconds)} s left`);
