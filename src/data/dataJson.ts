/** MedIAnomaly's `data.json`: `{ train: { 0: [names], unlabeled: { 0: […], 1: […] } }, test: { 0: […], 1: […] } }`, images in `images/`. And
 * BIDS's `participants.tsv`. */
import type { Role } from '../core/types';
import { type LabelRow, type LabelTable, parseCsv } from './labels';

/** The table that a `data.json` amounts to; null for any other JSON. */
export function parseDataJson(path: string, text: string): LabelTable | null {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return null;
  }
  const at = (value: unknown, key: string): unknown =>
    typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  const rows: LabelRow[] = [];
  const add = (list: unknown, label: 0 | 1, role: Role) => {
    if (!Array.isArray(list)) return;
    for (const file of list)
      if (typeof file === 'string') rows.push({ file: file.replaceAll('\\', '/'), label, mask: null, patient: null, role });
  };
  const [train, test] = [at(data, 'train'), at(data, 'test')];
  if (!train || !test) return null;
  add(at(train, '0'), 0, 'reference');
  for (const label of [0, 1] as const) {
    add(at(at(train, 'unlabeled'), String(label)), label, 'mixed');
    add(at(test, String(label)), label, 'test');
  }
  return rows.length > 0 ? { path, rows, notes: [] } : null;
}

const CONTROL = /^(control|controls|healthy|hc|hv|cn|normal|td)$/i;
const PATIENT = /^(patient|patients|case|disease|ms|stroke|tumou?r|epilepsy|ad|mci|pd)$/i;

/** What `participants.tsv` says of its subjects: controls are healthy references, patients are for the test. Null where no column says. */
export function parseParticipants(text: string): Map<string, Role> | null {
  const [header = [], ...lines] = parseCsv(text);
  const names = header.map((name) => name.trim().toLowerCase());
  const [id, group] = [
    names.indexOf('participant_id'),
    names.findIndex((name) => ['group', 'diagnosis', 'dx', 'patient_group'].includes(name)),
  ];
  if (id < 0 || group < 0) return null;
  const roles = new Map<string, Role>();
  for (const cells of lines) {
    const word = (cells[group] ?? '').trim();
    const role = CONTROL.test(word) ? 'reference' : PATIENT.test(word) ? 'test' : null;
    if (role) roles.set((cells[id] ?? '').trim(), role);
  }
  return roles;
}
