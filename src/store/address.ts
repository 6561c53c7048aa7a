import { type CleanUp, NO_CLEAN_UP } from '../core/morphology';
import { RULE_RANGES, type RuleSettings, USUAL_RULES } from '../core/rules';
import type { Side } from '../core/side';

export const VIEWS = ['data', 'train', 'decide', 'compare'] as const;
export type View = (typeof VIEWS)[number];
export type Theme = 'light' | 'dark';

export const LAYERS = ['mask', 'truth', 'map'] as const;
export type Layer = (typeof LAYERS)[number];

/** How a volume is looked at in Decide: its slice, three planes, in 3-D. */
export const WAYS = ['slice', 'planes', 'solid'] as const;
export type Way = (typeof WAYS)[number];

const CUTS_BY = ['bestDice', 'healthy', 'decided', 'hand'] as const;
/** Where Compare cuts a run; `t` in 0–255, for a cut by hand alone. */
export type RunCut = { by: (typeof CUTS_BY)[number]; t?: number; side: Side; cleanUp: CleanUp };

/** What an address holds; what it leaves out is left as it is. */
export type Address = {
  view: View;
  /** The run that Decide shows. */
  run?: string;
  /** The rows that Compare compares. */
  runs?: readonly string[];
  /** Of those rows, in their order. */
  cuts?: readonly RunCut[];
  slice?: number;
  /** Threshold in 0–255. */
  t?: number;
  scorer?: string;
  smooth?: boolean;
  rule?: string;
  side?: Side;
  /** Null: none. */
  cleanUp?: CleanUp | null;
  /** Left out where they are the usual ones. */
  settings?: RuleSettings;
  layers?: readonly Layer[];
  way?: Way;
  theme?: Theme;
};

/** null where the address names no view: a first visit, or a mistyped link. */
export function readAddress(hash: string): Address | null {
  const [path, query] = hash.replace(/^#\/?/, '').split('?');
  const [name, run] = path.split('/');
  const view = VIEWS.find((v) => v === name);
  if (!view) return null;
  const q = new URLSearchParams(query ?? '');
  const address: Address = { view };
  if (run && view === 'decide') address.run = decodeURIComponent(run);
  if (q.get('runs')) address.runs = q.get('runs')!.split(',');
  const cuts = q.get('cuts')?.split(',').map(readRunCut);
  if (cuts?.length === address.runs?.length && cuts?.every((cut) => cut !== null)) address.cuts = cuts;
  const slice = Number(q.get('slice') ?? Number.NaN);
  if (Number.isInteger(slice) && slice >= 0) address.slice = slice;
  const t = Number(q.get('t') ?? Number.NaN);
  if (Number.isFinite(t) && t >= 0 && t <= 255) address.t = t;
  if (q.get('scorer')) address.scorer = q.get('scorer')!;
  if (q.has('smooth')) address.smooth = q.get('smooth') === '1';
  if (q.get('rule')) address.rule = q.get('rule')!;
  const side = q.get('side');
  if (side === 'bright' || side === 'dark') address.side = side;
  if (q.has('clean')) address.cleanUp = readCleanUp(q.get('clean')!);
  const settings = readSettings(q.get('rules') ?? '');
  if (settings) address.settings = settings;
  if (q.has('layers')) address.layers = LAYERS.filter((layer) => q.get('layers')!.split(' ').includes(layer));
  const way = WAYS.find((one) => one === q.get('way'));
  if (way) address.way = way;
  const theme = q.get('theme');
  if (theme === 'light' || theme === 'dark') address.theme = theme;
  return address;
}

export function writeAddress(a: Address): string {
  const q = new URLSearchParams();
  if (a.runs && a.runs.length > 0) q.set('runs', a.runs.join(','));
  if (a.cuts && a.cuts.length > 0) q.set('cuts', a.cuts.map(writeRunCut).join(','));
  if (a.slice !== undefined) q.set('slice', String(a.slice));
  if (a.t !== undefined) q.set('t', String(Number(a.t.toFixed(2))));
  if (a.scorer) q.set('scorer', a.scorer);
  if (a.smooth !== undefined) q.set('smooth', a.smooth ? '1' : '0');
  if (a.rule) q.set('rule', a.rule);
  if (a.side) q.set('side', a.side);
  if (a.cleanUp !== undefined) q.set('clean', a.cleanUp ? writeCleanUp(a.cleanUp) : 'none');
  const settings = a.settings && writeSettings(a.settings);
  if (settings) q.set('rules', settings);
  if (a.layers) q.set('layers', a.layers.join(' ') || 'none');
  if (a.way) q.set('way', a.way);
  if (a.theme) q.set('theme', a.theme);
  const query = q.toString();
  return `#/${a.view}${a.run ? `/${encodeURIComponent(a.run)}` : ''}${query ? `?${query}` : ''}`;
}

/** 'bestDice', 'hand:195.2 dark open3 min12' */
function writeRunCut({ by, t, side, cleanUp }: RunCut): string {
  const steps = writeCleanUp(cleanUp);
  return [t === undefined ? by : `${by}:${Number(t.toFixed(2))}`, side === 'dark' && side, steps !== 'none' && steps]
    .filter(Boolean)
    .join(' ');
}

/** null where it is no cut of ours. */
function readRunCut(text: string): RunCut | null {
  const [rule, ...rest] = text.split(' ');
  const [name, digits] = rule.split(':');
  const by = CUTS_BY.find((one) => one === name);
  const t = digits ? Number(digits) : Number.NaN;
  const side = rest[0] === 'dark' ? 'dark' : 'bright';
  const steps = rest.slice(side === 'dark' ? 1 : 0).join(' ');
  const cleanUp = steps ? readCleanUp(steps) : NO_CLEAN_UP;
  if (!by || !cleanUp) return null;
  if (by !== 'hand') return digits === undefined ? { by, side, cleanUp } : null;
  return t >= 0 && t <= 255 ? { by, t, side, cleanUp } : null;
}

/** 'open3 close3 min12 fill 3d': the steps in their order. */
function writeCleanUp({ opening, closing, order, minimum, fillHoles, space }: CleanUp): string {
  const steps = [opening > 0 && `open${opening}`, closing > 0 && `close${closing}`];
  if (order === 'close-open') steps.reverse();
  return [...steps, minimum > 0 && `min${minimum}`, fillHoles && 'fill', space === 'volume' && '3d'].filter(Boolean).join(' ') || 'none';
}

/** null for 'none' and for steps that are not ours. */
function readCleanUp(text: string): CleanUp | null {
  const steps = text.split(' ');
  const found: CleanUp = { ...NO_CLEAN_UP };
  for (const step of steps) {
    const [, name, size] = /^(open|close)([357])$/.exec(step) ?? /^(min)(\d{1,6})$/.exec(step) ?? /^(fill|3d)$/.exec(step) ?? [];
    if (name === 'open') found.opening = Number(size) as CleanUp['opening'];
    else if (name === 'close') found.closing = Number(size) as CleanUp['closing'];
    else if (name === 'min') found.minimum = Number(size);
    else if (name === 'fill') found.fillHoles = true;
    else if (name === '3d') found.space = 'volume';
    else return null;
  }
  const place = (name: string) => steps.findIndex((step) => step.startsWith(name));
  if (found.opening > 0 && found.closing > 0 && place('close') < place('open')) found.order = 'close-open';
  return found;
}

/** Names in the address; rates are written in per cent. */
const SETTINGS: Readonly<Record<keyof RuleSettings, { name: string; unit: number }>> = {
  pixelRate: { name: 'pixels', unit: 100 },
  imageRate: { name: 'images', unit: 100 },
  sigmas: { name: 'sigmas', unit: 1 },
};
const SETTING_KEYS = Object.keys(SETTINGS) as (keyof RuleSettings)[];

/** 'pixels0.5 sigmas2.5': what is not usual. */
const writeSettings = (settings: RuleSettings): string =>
  SETTING_KEYS.filter((key) => settings[key] !== USUAL_RULES[key])
    .map((key) => SETTINGS[key].name + Number((settings[key] * SETTINGS[key].unit).toPrecision(9)))
    .join(' ');

/** null where nothing in it is a setting. */
function readSettings(text: string): RuleSettings | null {
  const found: Partial<RuleSettings> = {};
  for (const part of text.split(' ')) {
    const [, name, digits] = /^([a-z]+)(\d+(?:\.\d+)?(?:e-\d+)?)$/.exec(part) ?? [];
    const key = SETTING_KEYS.find((one) => SETTINGS[one].name === name);
    const value = key && Number(digits) / SETTINGS[key].unit;
    if (key && value !== undefined && value >= RULE_RANGES[key][0] && value <= RULE_RANGES[key][1]) found[key] = value;
  }
  return Object.keys(found).length > 0 ? { ...USUAL_RULES, ...found } : null;
}
