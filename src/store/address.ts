export const VIEWS = ['data', 'train', 'decide'] as const;
export type View = (typeof VIEWS)[number];
export type Theme = 'light' | 'dark';

/** What an address holds; what it leaves out is left as it is. */
export type Address = {
  view: View;
  slice?: number;
  /** Threshold in 0–255. */
  t?: number;
  scorer?: string;
  smooth?: boolean;
  rule?: string;
  theme?: Theme;
};

/** null where the address names no view: a first visit, or a mistyped link. */
export function readAddress(hash: string): Address | null {
  const [path, query] = hash.replace(/^#\/?/, '').split('?');
  const view = VIEWS.find((v) => v === path.split('/')[0]);
  if (!view) return null;
  const q = new URLSearchParams(query ?? '');
  const address: Address = { view };
  const slice = Number(q.get('slice') ?? Number.NaN);
  if (Number.isInteger(slice) && slice >= 0) address.slice = slice;
  const t = Number(q.get('t') ?? Number.NaN);
  if (Number.isFinite(t) && t >= 0 && t <= 255) address.t = t;
  if (q.get('scorer')) address.scorer = q.get('scorer')!;
  if (q.has('smooth')) address.smooth = q.get('smooth') === '1';
  if (q.get('rule')) address.rule = q.get('rule')!;
  const theme = q.get('theme');
  if (theme === 'light' || theme === 'dark') address.theme = theme;
  return address;
}

export function writeAddress(a: Address): string {
  const q = new URLSearchParams();
  if (a.slice !== undefined) q.set('slice', String(a.slice));
  if (a.t !== undefined) q.set('t', String(Number(a.t.toFixed(2))));
  if (a.scorer) q.set('scorer', a.scorer);
  if (a.smooth !== undefined) q.set('smooth', a.smooth ? '1' : '0');
  if (a.rule) q.set('rule', a.rule);
  if (a.theme) q.set('theme', a.theme);
  const query = q.toString();
  return `#/${a.view}${query ? `?${query}` : ''}`;
}
