/** Runs that are kept: taken in when they end and when they are scored, renamed, deleted, opened again. */
import { create } from 'zustand';
import type { Pictures, Report, RunState } from '../core/protocol';
import { type KeptRun, type RunRecord, type Scores, scoresOf } from '../core/runs';
import { send } from './client';
import { chosenWith, diceAtBest, FIRST, letterOf, sameData } from './comparing';
import { NO_CUT } from './cut';
import { save } from './download';
import { recordOf } from './record';
import { allRows, type Decided, drop, keys, type Networks, networksKey, type OwnCut, put, type Row, take } from './shelf';
import { evaluationKey, isActive, NO_RUN } from './state';
import { useLab } from './store';

export type { Row } from './shelf';

/** What all kept runs together may take of the browser's storage. */
export const MOST_BYTES = 500e6;
/** Maps and masks of one run are kept up to this size; its numbers always are. */
export const MOST_MAP_BYTES = 64e6;

type Runs = {
  /** Oldest first; null until the browser has answered. */
  rows: readonly Row[] | null;
  /** Arrays of the rows that are looked at. */
  scores: Readonly<Record<string, Scores>>;
  /** Rows that are compared. */
  chosen: readonly string[];
  /** The row that tools and keys are about; null until there is one: the last that is compared. */
  selected: string | null;
  /** Slice number in the first chosen row; null until one is chosen: the one with most to see. */
  slice: number | null;
  pictures: Pictures | null;
  /** The seed that a run is being repeated with: the second of three, say. */
  repeating: { name: string; seed: number; nth: number; of: number } | null;
  /** The last thing that was kept, saved or opened, or why not. */
  said: { text: string; wrong: boolean; saved?: boolean } | null;
  /** The kept run that is being loaded, until its scores are there. */
  opening: string | null;
};

export const useRuns = create<Runs>(() => ({
  rows: null,
  scores: {},
  chosen: [],
  selected: null,
  slice: null,
  pictures: null,
  repeating: null,
  said: null,
  opening: null,
}));

const { getState: get, setState: set } = useRuns;

export const say = (text: string, wrong = false): void => set({ said: { text, wrong } });
export const hush = (): void => set({ said: null });
/** What was saved of one run is not said beside another, nor in another view. */
export const hushSaved = (): void => {
  if (get().said?.saved) hush();
};

/** Runs whose record is not complete yet, with the scores that wait for it. */
const waiting = new Map<string, { state: RunState; scores: Scores[] }>();
/** A run that has been sent to the worker to be loaded. */
let attaching: KeptRun | null = null;
let forbidden = false;
let last: Promise<unknown> = Promise.resolve();
/** Writes wait for each other: one that lets go of networks must know of all rows. */
const inTurn = (work: () => Promise<unknown>): Promise<unknown> => (last = last.then(work, work));

/** Reads what earlier visits left. */
export async function openRuns(): Promise<void> {
  try {
    const stored = (await allRows()).sort((a, b) => (a.record.ended < b.record.ended ? -1 : 1));
    const fresh = get().rows ?? [];
    set({ rows: [...stored.filter(({ id }) => fresh.every((row) => row.id !== id)), ...fresh] });
  } catch {
    forbidden = true;
    set({ rows: get().rows ?? [] });
    say('This browser keeps nothing for this page: runs last until the tab is closed. A capsule keeps them.', true);
  }
}

export function heard(report: Report, before: RunState | null): void {
  switch (report.kind) {
    case 'run': {
      const { state } = report;
      const ended = (state.phase === 'done' || state.phase === 'stopped') && state.update > 0;
      if (!ended || before?.run !== state.run || !isActive(before)) return;
      waiting.set(state.run, { state, scores: [] });
      send({ kind: 'keep', run: state.run });
      return;
    }
    case 'evaluation': {
      const { evaluation } = report;
      if (get().opening === evaluation.run) set({ opening: null });
      if (evaluation.slices.length < evaluation.total) return;
      const open = waiting.get(evaluation.run);
      const row = get().rows?.find(({ record }) => record.run === evaluation.run && record.update === evaluation.update);
      if (open) open.scores.push(scoresOf(evaluation));
      else if (row) void inTurn(() => keep(row.record, scoresOf(evaluation), row.networkBytes).then(sweep));
      return;
    }
    case 'keep': {
      const open = waiting.get(report.run);
      waiting.delete(report.run);
      if (open) void inTurn(() => keepAll(recordOf(open.state, report.training), open.scores, report));
      return;
    }
    case 'unpacked': {
      void inTurn(() => takeIn(report.kept));
      return;
    }
    case 'attached':
      attached(report.run);
      return;
    case 'pictures':
      set({ pictures: report.pictures });
      return;
    case 'exported':
      save(report.name, report.file);
      set({ said: { text: `${report.name}: ${report.note}`, wrong: false, saved: true } });
      return;
    case 'failure':
      if (report.where === 'export') say(report.sentence, true);
      if (report.where === 'attach' || report.where === 'score') set({ opening: null });
      if (report.where === 'attach') {
        attaching = null;
        say(report.sentence, true);
      }
      if (report.where === 'keep') {
        waiting.clear();
        say(`The run could not be kept: ${report.sentence}`, true);
      }
  }
}

const bytesOf = (value: unknown): number =>
  ArrayBuffer.isView(value)
    ? value.byteLength
    : value !== null && typeof value === 'object'
      ? Object.values(value).reduce((sum: number, one) => sum + bytesOf(one), 0)
      : 0;

export function usedBytes(rows: readonly Row[]): number {
  const networks = new Map(rows.map((row) => [networksKey(row.record), row.networkBytes]));
  return [...rows.map((row) => row.bytes), ...networks.values()].reduce((sum, bytes) => sum + bytes, 0);
}

async function keepAll(record: RunRecord, scores: readonly Scores[], networks: Networks | null): Promise<void> {
  const bytes = networks && (await keepNetworks(record, networks)) ? networks.weights.byteLength : 0;
  for (const one of scores.length > 0 ? scores : [null]) await keep(record, one, bytes);
  await sweep();
}

/** A capsule that was opened. Nothing that is kept gives way to it: the same scores stay as they are, and what differs from a run of this
 * name goes under another. */
async function takeIn({ record, scores, position, weights }: KeptRun): Promise<void> {
  const rows = get().rows ?? [];
  const said = `"${record.name}", made ${record.ended.slice(0, 10)}`;
  const sameRun = rows.filter((row) => row.record.run === record.run && row.record.ended === record.ended);
  const twin = rows.find(({ id }) => id === rowId(record.run, scores));
  if (twin && sameRun.includes(twin) && twin.scores?.data === scores?.data) {
    say(`${said}, is among your runs already.`);
    return showOpened(twin.id);
  }
  const clash = twin || rows.some((row) => row.record.run === record.run && !sameRun.includes(row));
  const run = clash ? freeName(record.run, rows) : record.run;
  const name = (!clash && sameRun[0]?.record.name) || record.name;
  await keepAll({ ...record, run, name }, scores ? [{ ...scores, run }] : [], position && weights ? { position, weights } : null);
  const id = rowId(run, scores);
  say(`Opened ${said}: run ${letterOf(get().rows ?? [], id)} on Compare.`);
  showOpened(id);
}

/** Who opens a run wants to see it, on an empty Decide too. */
function showOpened(id: string): void {
  const { view, shown } = useLab.getState();
  select(id);
  void choose(chosenWith(get().rows ?? [], get().chosen, id));
  if (view === 'decide' && shown === null) void load(id);
}

/** 'vae-lx3-2': the first that no run has. */
function freeName(run: string, rows: readonly Row[]): string {
  const taken = new Set(rows.map(({ record }) => record.run));
  let n = 2;
  while (taken.has(`${run}-${n}`)) n++;
  return `${run}-${n}`;
}

const rowId = (run: string, scores: Scores | null) => (scores ? `${run} ${evaluationKey(scores)}` : run);

async function keepNetworks(record: RunRecord, { position, weights }: Networks): Promise<boolean> {
  if (forbidden) return false;
  if (usedBytes(get().rows ?? []) + weights.byteLength > MOST_BYTES) {
    say('Kept runs fill their share of storage, so this one is kept without its networks. Delete some on Compare.', true);
    return false;
  }
  return stored(() => put('networks', networksKey(record), { position, weights }));
}

/** Lets go of networks that no row is of any more. */
async function sweep(): Promise<void> {
  if (forbidden) return;
  const wanted = new Set((get().rows ?? []).map(({ record }) => networksKey(record)));
  try {
    for (const key of await keys('networks')) if (!wanted.has(key)) await drop('networks', key);
  } catch {
    // They are let go of the next time.
  }
}

async function stored(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch {
    say('The browser gave no room for this run: it lasts until the tab is closed. Delete runs on Compare, or save a capsule.', true);
    return false;
  }
}

/** Takes a row in; one that was there gives way, and so does the bare row of a run that has scores now. */
async function keep(record: RunRecord, all: Scores | null, networkBytes: number): Promise<void> {
  const id = rowId(record.run, all);
  const pixels = all ? bytesOf(all.maps) + bytesOf(all.truths) : 0;
  const others = (get().rows ?? []).filter((row) => row.id !== id);
  const room = MOST_BYTES - usedBytes(others);
  const light = all && pixels > Math.min(MOST_MAP_BYTES, room - (bytesOf(all) - pixels)) ? { ...all, maps: null, truths: null } : all;
  if (light !== all && all?.maps)
    say(`The maps of this run take ${Math.round(pixels / 1e6)} MB and are not kept; its numbers are. Save them as files before you leave.`);
  const { decided, cut } = get().rows?.find((one) => one.id === id) ?? {};
  const row: Row = { id, record, bytes: bytesOf(light), networkBytes, scores: light && summaryOf(light), decided, cut };
  const bare = all ? others.filter((other) => other.id === record.run) : [];
  const isNew = all !== null && !(get().rows ?? []).some((one) => one.record.run === record.run && one.scores);
  // In its own place, or that of the bare row: letters go by the order.
  const before = (get().rows ?? []).find((one) => one.id === id) ?? bare[0];
  const rows = (get().rows ?? []).filter((one) => one === before || !bare.includes(one));
  set({
    rows: before ? rows.map((one) => (one === before ? row : one)) : [...rows, row],
    scores: light ? { ...get().scores, [id]: light } : get().scores,
  });
  if (isNew) join(row);
  if (forbidden) return;
  if (row.bytes > room)
    return say('Kept runs fill their share of storage: this one lasts until the tab is closed. Delete some on Compare.', true);
  if (light && !(await stored(() => put('scores', id, light)))) return;
  if (!(await stored(() => put('rows', id, row)))) return;
  for (const other of bare) await drop('rows', other.id);
}

/** A run with its first scores is compared where there is room, and in sight when Compare is opened next. */
function join(row: Row): void {
  const { rows, chosen } = get();
  const base = rows?.find(({ id }) => id === chosen[0]);
  if (base && chosen.length < FIRST && !chosen.includes(row.id) && sameData(base, row)) void choose([...chosen, row.id]);
  if (useLab.getState().view !== 'compare') select(row.id);
}

function summaryOf(scores: Scores): Row['scores'] {
  const { scorer, smooth, mapless, data, metrics, update, total, height, maps } = scores;
  const dice = diceAtBest(scores);
  return { scorer, smooth, mapless, data, metrics, update, total, height, dice, hasMaps: maps !== null };
}

// ---- what the visitor does -------------------------------------------------------------------------------------------------------

/** Chooses the rows to compare; arrays are read where they are not at hand. */
export async function choose(ids: readonly string[]): Promise<void> {
  set({ chosen: ids });
  for (const id of ids) {
    if (get().scores[id]) continue;
    const scores = await take('scores', id).catch(() => undefined);
    if (scores) set({ scores: { ...get().scores, [id]: scores } });
  }
}

export const select = (id: string): void => set({ selected: id });
export const chooseSlice = (slice: number): void => set({ slice: Math.max(0, slice) });
export const askForPictures = (): void => send({ kind: 'pictures' });

export function rename(run: string, name: string): void {
  const rows = (get().rows ?? []).map((row) => (row.record.run === run ? { ...row, record: { ...row.record, name } } : row));
  set({ rows });
  if (!forbidden) for (const row of rows) if (row.record.run === run) void stored(() => put('rows', row.id, row));
}

/** Says where a row is cut; `lasting`: for later visits too. */
export function recut(id: string, cut: { decided: Decided } | { cut: OwnCut }, lasting = true): void {
  const rows = (get().rows ?? []).map((row) => (row.id === id ? { ...row, ...cut } : row));
  set({ rows });
  const row = rows.find((one) => one.id === id);
  if (row && lasting && !forbidden) void stored(() => put('rows', id, row));
}

/** Cuts a row as an address says, for this visit; before the rows are read, once they are. */
export function recutOnce(id: string, cut: OwnCut): void {
  if (get().rows !== null) {
    recut(id, { cut }, false);
    return;
  }
  const stop = useRuns.subscribe(({ rows }) => {
    if (rows === null) return;
    stop();
    recut(id, { cut }, false);
  });
}

/** Deletes a row, and its run's networks with the last of them. */
export async function remove(id: string): Promise<void> {
  const { rows, chosen, scores } = get();
  const row = rows?.find((one) => one.id === id);
  if (!row) return;
  const { [id]: _, ...otherScores } = scores;
  set({ rows: rows!.filter((one) => one !== row), chosen: chosen.filter((one) => one !== id), scores: otherScores });
  if (forbidden) return;
  try {
    await drop('rows', id);
    await drop('scores', id);
  } catch {
    return say(`The browser did not delete "${row.record.name}": it comes back when the page is opened again.`, true);
  }
  await inTurn(sweep);
}

async function keptOf(id: string): Promise<KeptRun | null> {
  const row = get().rows?.find((one) => one.id === id);
  if (!row) return null;
  await choose(get().chosen);
  const scores = get().scores[id] ?? (await take('scores', id).catch(() => undefined)) ?? null;
  const networks = await take('networks', networksKey(row.record)).catch(() => undefined);
  return { record: row.record, scores, position: networks?.position ?? null, weights: networks?.weights ?? null };
}

export async function saveCapsule(
  id: string,
  figures: (scores: Scores) => readonly { path: string; text: string }[],
  withPixels: boolean,
): Promise<void> {
  const kept = await keptOf(id);
  if (kept) send({ kind: 'pack', kept, figures: kept.scores ? figures(kept.scores) : [], withPixels });
}

export const openCapsule = (file: Blob): void => send({ kind: 'unpack', file });

/** Makes a kept run the loaded one, and scores it as it was scored. */
export async function load(id: string): Promise<void> {
  const row = get().rows?.find((one) => one.id === id);
  if (attaching || !row) return;
  // From now on, so that the address goes on naming it.
  set({ opening: row.record.run });
  const kept = await keptOf(id);
  if (kept) attach(kept);
  else set({ opening: null });
}

/** As `load`, of a run that need not be among the visitor's. */
export function attach(kept: KeptRun): void {
  if (attaching) return;
  attaching = kept;
  set({ opening: kept.record.run });
  send({ kind: 'attach', kept });
}

function attached(run: string): void {
  const kept = attaching;
  attaching = null;
  if (kept?.record.run !== run) return;
  hush();
  const { record, scores, position, weights } = kept;
  const lead = useLab.getState().lab.engine?.models.find(({ id }) => id === record.model)?.lead;
  if (position && weights && !get().rows?.some((row) => row.record.run === run))
    void inTurn(() => keepAll(record, [], { position, weights }));
  useLab.setState(({ lab }) => ({
    lab: {
      ...lab,
      ...NO_RUN,
      expected: run,
    },
    shown: null,
    ...NO_DECISION,
    model: record.model,
    preset: record.preset,
    seed: record.seed,
    edits: record.params,
    wanted: scores ? { scorer: scores.scorer, smooth: scores.smooth } : lead ? { scorer: lead, smooth: null } : null,
    view: 'decide',
  }));
  if (scores) send({ kind: 'score', run, scorer: scores.scorer, smooth: scores.smooth });
  else if (lead) send({ kind: 'score', run, scorer: lead, smooth: null });
}

/** A cut belongs to its run: another one starts from its own. */
export const NO_DECISION = { cut: NO_CUT, parked: null, rule: null, hands: {} } as const;
