/** `labels.csv`: columns `file`, `label`, `mask`, `patient`, found by their header; other columns are ignored. */
import type { Role } from '../core/types';

export type LabelRow = { file: string; label: 0 | 1 | null; mask: string | null; patient: string | null; role: Role | null };
export type LabelTable = { path: string; rows: LabelRow[]; notes: string[] };

const LABELS: Record<string, 0 | 1> = { '0': 0, '1': 1, normal: 0, healthy: 0, abnormal: 1, anomalous: 1 };

/** @returns rows in order; `notes` names what could not be used. Never throws: a bad table costs its labels, not the images. */
export function parseLabels(path: string, text: string): LabelTable {
  const notes: string[] = [];
  const lines = parseCsv(text);
  const header = (lines.shift() ?? []).map((name) => name.trim().toLowerCase());
  const at = (name: string) => header.indexOf(name);
  if (at('file') < 0) {
    return {
      path,
      rows: [],
      notes: ['It has no column `file` in its first line, so it was not used. Columns: file,label[,mask][,patient].'],
    };
  }
  const unknown = new Set<string>();
  const rows: LabelRow[] = [];
  for (const cells of lines) {
    const cell = (name: string) => (at(name) < 0 ? '' : (cells[at(name)] ?? '').trim());
    const file = cell('file').replaceAll('\\', '/').replace(/^\.\//, '');
    if (file === '') continue;
    const word = cell('label').toLowerCase();
    const label = LABELS[word] ?? null;
    if (word !== '' && label === null) unknown.add(cell('label'));
    const mask = cell('mask').replaceAll('\\', '/').replace(/^\.\//, '');
    rows.push({ file, label, mask: mask || null, patient: cell('patient') || null, role: null });
  }
  if (unknown.size > 0) notes.push(`Labels other than 0 (normal) and 1 (anomalous) were not used: ${[...unknown].slice(0, 5).join(', ')}.`);
  return { path, rows, notes };
}

/** Comma, semicolon or tab, whichever the first line has; quoted cells; any line ending; byte-order mark dropped. */
export function parseCsv(text: string): string[][] {
  const body = text.replace(/^\uFEFF/, '');
  const firstLine = body.slice(0, body.search(/[\r\n]|$/));
  const separator = [',', ';', '\t'].find((s) => firstLine.includes(s)) ?? ',';
  const lines: string[][] = [];
  let cells: string[] = [];
  let cell = '';
  let quoted = false;
  const endLine = () => {
    cells.push(cell);
    if (cells.length > 1 || cell !== '') lines.push(cells);
    cells = [];
    cell = '';
  };
  for (let i = 0; i < body.length; i++) {
    const c = body[i];
    if (quoted) {
      if (c !== '"') cell += c;
      else if (body[i + 1] === '"') cell += body[++i];
      else quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === separator) {
      cells.push(cell);
      cell = '';
    } else if (c === '\n' || c === '\r') endLine();
    else cell += c;
  }
  endLine();
  return lines;
}
