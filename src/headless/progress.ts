import type { Report } from '../core/protocol';

/** Progress on stderr: one line that is rewritten on a terminal, otherwise a line when something else begins or ends, and every few seconds. */
export class ProgressLine {
  private last = 0;
  private what = '';
  private written = '';
  private open = false;

  report(report: Report): void {
    if (report.kind === 'progress') {
      const { task, done, total, unit, perSecond, etaSeconds, detail } = report;
      this.show(
        task,
        `${task} ${bar(done / total)} ${Math.floor(done)} of ${total} ${unit} · ${perSecond.toFixed(1)}/s${left(etaSeconds)}${detail ? ` · ${detail}` : ''}`,
        done >= total,
      );
    } else if (report.kind === 'run') {
      const { phase, update, updates, rate, etaSeconds } = report.state;
      const ended = phase === 'done' || phase === 'stopped' || phase === 'failed';
      this.show(
        phase,
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

  private show(what: string, text: string, end: boolean): void {
    const begins = what !== this.what;
    this.what = what;
    if (process.stderr.isTTY) {
      process.stderr.write(`\r\x1b[K${text.slice(0, (process.stderr.columns ?? 120) - 1)}`);
      this.open = true;
      if (end) this.close();
    } else if (text !== this.written && (begins || end || Date.now() - this.last > 5000)) {
      this.last = Date.now();
      this.written = text;
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
