/** Runs in the browser's own database (IndexedDB): rows of the table apart from the large arrays, which are read when they are looked at. */
import type { Decision } from '../core/decision';
import type { CleanUp } from '../core/morphology';
import type { Position, RunRecord, Scores } from '../core/runs';
import type { Side } from '../core/side';

/** A mask of kept scores: level as in `Cut` of store/cut. */
type At = { side: Side; level: number; cleanUp: CleanUp };
/** With what it was decided by; rows of before that was kept say the mask alone. */
export type Decided = At & Partial<Pick<Decision, 'rule' | 'ruleTitle' | 'ruleReason' | 'usesLabels' | 'settings'>>;
/** Where Compare cuts a run: by a rule on a side, as it was decided, or at its own level by hand. */
export type OwnCut = At & { by: 'bestDice' | 'healthy' | 'decided' | 'hand' };

/** What the table shows of one scorer's results of one run; `scores` null: the run was never scored. */
export type Row = {
  id: string;
  record: RunRecord;
  scores:
    | (Pick<Scores, 'scorer' | 'smooth' | 'mapless' | 'data' | 'metrics' | 'update' | 'total' | 'height'> & {
        /** At the level of best pooled Dice: of the slices with an anomaly, and what is wrong with the masks there. */
        dice: { mean: number | null; sd: number | null; problem?: string | null } | null;
        hasMaps: boolean;
      })
    | null;
  /** Of its arrays in the database, its run's networks left out. */
  bytes: number;
  /** Of the networks that made its scores, which other rows may share; 0 where they are not kept. */
  networkBytes: number;
  /** The last cut in Decide; none before there was one. */
  decided?: Decided;
  /** Its cut in Compare, where it is not the usual one. */
  cut?: OwnCut;
};

export type Networks = { position: Position; weights: Uint8Array };

type Shelves = { rows: Row; scores: Scores; networks: Networks };
const NAMES = ['rows', 'scores', 'networks'] as const;

let opened: Promise<IDBDatabase> | null = null;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open('wildcut', 1);
    request.onupgradeneeded = () => {
      for (const name of NAMES) request.result.createObjectStore(name);
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

async function ask<T>(mode: IDBTransactionMode, name: keyof Shelves, make: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const transaction = (await open()).transaction(name, mode);
  const request = make(transaction.objectStore(name));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error);
    transaction.onerror = () => reject(transaction.error);
  });
}

/** All three reject where the browser forbids storage or has no room. */
export const put = <N extends keyof Shelves>(name: N, key: string, value: Shelves[N]): Promise<unknown> =>
  ask('readwrite', name, (store) => store.put(value, key));
export const take = <N extends keyof Shelves>(name: N, key: string): Promise<Shelves[N] | undefined> =>
  ask('readonly', name, (store) => store.get(key));
export const keys = (name: keyof Shelves): Promise<string[]> =>
  ask('readonly', name, (store) => store.getAllKeys() as IDBRequest<string[]>);
export const drop = (name: keyof Shelves, key: string): Promise<unknown> => ask('readwrite', name, (store) => store.delete(key));
/** A run that goes on after it was kept leaves the networks of both updates. */
export const networksKey = ({ run, update }: Pick<RunRecord, 'run' | 'update'>): string => `${run} ${update}`;
export const allRows = (): Promise<Row[]> => ask('readonly', 'rows', (store) => store.getAll());
