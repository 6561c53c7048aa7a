/** Numbers as the lab writes them: tabular, U+2212 for minus, a no-break space before a unit, commas in thousands. */

const NBSP = '\u00a0';
const minus = (text: string): string => text.replace(/^-/, '\u2212');

export const count = (n: number): string => minus(Math.round(n).toLocaleString('en-GB'));

export const fixed = (n: number | null | undefined, digits: number): string =>
  n === null || n === undefined || !Number.isFinite(n) ? '–' : minus(n.toFixed(digits));

/** Three significant digits, plain where that stays short. */
export const plain = (n: number): string => significant(n, 3);

/** As `plain`, with so many digits. */
export function significant(n: number, digits: number): string {
  if (Number.isNaN(n)) return '–';
  if (!Number.isFinite(n)) return n > 0 ? '∞' : minus('-∞');
  if (n === 0) return '0';
  const size = Math.abs(n);
  if (size >= 1e6 || size < 1e-3)
    return minus(
      String(Number(n.toPrecision(digits)).toExponential())
        .replace('e+', 'e')
        .replace('e-', 'e\u2212'),
    );
  return size >= 1000 && digits <= 4 ? count(n) : minus(String(Number(n.toPrecision(digits))));
}

/** Digits that tell numbers apart which lie closely between two others: to a hundredth of their distance. */
export const digitsBetween = (lo: number, hi: number): number =>
  hi > lo ? Math.max(3, Math.ceil(Math.log10(Math.max(Math.abs(lo), Math.abs(hi)) / (hi - lo))) + 2) : 3;

export const percent = (share: number, digits = 2): string => `${minus((100 * share).toFixed(digits))}${NBSP}%`;

export function bytes(n: number): string {
  if (n >= 1e9) return `${(n / 1e9).toFixed(1)}${NBSP}GB`;
  if (n >= 1e6) return `${(n / 1e6).toFixed(1)}${NBSP}MB`;
  return `${(n / 1e3).toFixed(1)}${NBSP}kB`;
}

export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s}${NBSP}s`;
  const min = Math.floor(s / 60);
  if (min < 60) return `${min}${NBSP}min ${s % 60}${NBSP}s`;
  return `${Math.floor(min / 60)}${NBSP}h ${min % 60}${NBSP}min`;
}

export const unit = (value: string, name: string): string => `${value}${NBSP}${name}`;

export const plural = (n: number, one: string, many = `${one}s`): string => `${count(n)}${NBSP}${n === 1 ? one : many}`;

/** "1.5k" on an axis. */
export const short = (n: number): string => (n >= 1000 ? `${Number((n / 1000).toFixed(1))}k` : String(Math.round(n)));
