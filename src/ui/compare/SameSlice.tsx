import { useMemo, useState } from 'react';
import { LEVELS } from '../../core/cut';
import type { Pictures } from '../../core/protocol';
import type { Scores } from '../../core/runs';
import { byteOfShare, type Cutting, healthyShares, letterOf, ownLevel, titleOf, type Under, underCursor } from '../../store/comparing';
import { chooseSlice, type Row, useRuns } from '../../store/runs';
import { fixed, percent, plural, significant } from '../format';
import { Icon } from '../Icon';
import { MAGMA_CSS } from '../paint';
import { ComparePlate, type Point } from './ComparePlate';

type Column = { row: Row; letter: string; scores: Scores; level: number | null; at: number };
const RULES: readonly (readonly [Cutting, string])[] = [
  ['bestDice', 'best Dice'],
  ['healthy', 'healthy 1 %'],
];

/** One slice in every chosen run: masks, maps by healthy percentile, where they agree, and what they say under the cursor. */
export function SameSlice({ rows }: { rows: readonly Row[] }) {
  const chosen = useRuns((s) => s.chosen);
  const scores = useRuns((s) => s.scores);
  const slice = useRuns((s) => s.slice);
  const pictures = useRuns((s) => s.pictures);
  const [by, setBy] = useState<Cutting>('bestDice');
  const [cursor, setCursor] = useState<Point>({ x: 0.5, y: 0.5 });
  const picked = useMemo(() => chosen.flatMap((id) => rows.find((row) => row.id === id && scores[id]) ?? []), [chosen, rows, scores]);
  const levels = useMemo(() => new Map(picked.map(({ id }) => [id, ownLevel(scores[id], by)])), [picked, scores, by]);
  const first = picked[0] && scores[picked[0].id];
  if (!first) return <p className="empty">Choose runs in the table to see the same slice in each.</p>;
  const n = Math.min(slice ?? largestIn(first), first.slices.length - 1);
  const { hash, group, index, masked, edges } = first.slices[n];
  const columns: Column[] = picked.flatMap((row) => {
    const own = scores[row.id];
    const at = hash ? own.slices.findIndex((one) => one.hash === hash) : row === picked[0] ? n : -1;
    return at < 0 ? [] : [{ row, letter: letterOf(rows, row.id), scores: own, level: levels.get(row.id) ?? null, at }];
  });
  const { height, width } = first;
  const picture = pictureOf(pictures, hash, height, width);
  const truth = masked ? (picture?.truth ?? partOf(first.truths, n, height * width)) : null;
  const words = `${group} · slice ${index}`;
  const plate = { height, width, edges, truth, cursor, onCursor: setCursor };
  const mapped = columns.filter(({ scores: s }) => s.maps && !s.mapless);
  const agreed = agreement(mapped, height * width);
  const missing = picked.length - columns.length;
  return (
    <section className="sec">
      <div className="row between compareslice">
        <h2>
          Same slice, every run <span className="small">each at its own cut:</span>
        </h2>
        <fieldset className="seg s" aria-label="Rule of the cuts">
          {RULES.map(([id, label]) => (
            <button key={id} type="button" aria-pressed={by === id} onClick={() => setBy(id)}>
              {label}
            </button>
          ))}
        </fieldset>
        {by === 'bestDice' && <span className="tag w">uses labels</span>}
        <span className="grow" />
        <button className="ib s" type="button" aria-label="Previous slice" onClick={() => chooseSlice(n - 1)}>
          <Icon name="left" />
        </button>
        <b data-testid="compare-slice">{words}</b>
        <button
          className="ib s"
          type="button"
          aria-label="Next slice"
          onClick={() => chooseSlice(Math.min(n + 1, first.slices.length - 1))}
        >
          <Icon name="right" />
        </button>
      </div>
      {missing > 0 && <p className="small">{plural(missing, 'chosen run')} did not score this slice.</p>}
      {!picture && (
        <p className="note w" style={{ margin: '8px 0' }}>
          The image of this slice is not loaded at {width} × {height} pixels: maps and masks are shown without it. Load the same files on
          Data to see it.
        </p>
      )}
      <div className="samegrid">
        <div className="plates" style={{ gridTemplateColumns: `repeat(${columns.length + 1}, minmax(96px, 224px))` }}>
          <figure>
            <figcaption>Input</figcaption>
            <ComparePlate {...plate} image={picture?.image ?? null} alt={`Input, ${words}`} />
          </figure>
          {columns.map(({ row, letter, scores: s, level, at }) => (
            <figure key={row.id}>
              <figcaption className="row between">
                <span className="ell">
                  {letter} {titleOf(row)}
                </span>
                <span className="dim">{diceWords(s, level, at, truth)}</span>
              </figcaption>
              <ComparePlate
                {...plate}
                image={picture?.image ?? null}
                codes={partOf(s.maps, at, height * width)}
                level={level}
                alt={`${letter}, ${titleOf(row)}: mask, ${words}`}
              />
            </figure>
          ))}
          <figure>
            <ComparePlate
              {...plate}
              image={picture?.image ?? null}
              share={agreed}
              alt={`Share of ${mapped.length} runs that flag each pixel`}
            />
            <figcaption className="small">Agreement, 0–{mapped.length} runs</figcaption>
          </figure>
          {columns.map(({ row, letter, scores: s, at }) => (
            <figure key={row.id}>
              <ComparePlate {...plate} truth={null} image={mapBytes(s, at)} map alt={`${letter}, ${titleOf(row)}: score map, ${words}`} />
              <figcaption className="small">{s.mapless ? 'No map: one number a slice' : s.maps ? '' : 'Kept without its maps'}</figcaption>
            </figure>
          ))}
        </div>
        <Readout columns={columns} cursor={cursor} height={height} width={width} truth={truth} />
      </div>
    </section>
  );
}

/** The slice with the largest anomaly; the first where none is known. */
function largestIn({ tables: { anomalous, hits } }: Scores): number {
  let best = 0;
  for (let row = 1; row < anomalous.length; row++) if (hits[row * LEVELS] > hits[best * LEVELS]) best = row;
  return anomalous[best] ?? 0;
}

const partOf = <T extends Uint8Array | Uint16Array>(all: T | null, n: number, size: number): T | null =>
  all && (all.subarray(n * size, (n + 1) * size) as T);

function pictureOf(pictures: Pictures | null, hash: string, height: number, width: number) {
  if (!pictures || !hash || pictures.height !== height || pictures.width !== width) return null;
  const i = pictures.hashes.indexOf(hash);
  if (i < 0) return null;
  const size = height * width;
  return { image: pictures.images.subarray(i * size, (i + 1) * size), truth: pictures.truths.subarray(i * size, (i + 1) * size) };
}

function diceWords({ maps, height, width }: Scores, level: number | null, at: number, truth: Uint8Array | null): string {
  const codes = partOf(maps, at, height * width);
  if (!codes || level === null || !truth?.includes(1)) return '';
  let [both, sum] = [0, 0];
  for (let i = 0; i < codes.length; i++) {
    const [flagged, real] = [codes[i] >= level, truth[i] > 0];
    if (flagged && real) both++;
    sum += Number(flagged) + Number(real);
  }
  return `Dice ${fixed((2 * both) / sum, 2)}`;
}

/** Share of the runs that flag each pixel, in bytes; null without a map. */
function agreement(columns: readonly Column[], size: number): Uint8Array | null {
  const cut = columns.filter(({ level }) => level !== null);
  if (cut.length === 0) return null;
  const votes = new Uint8Array(size);
  for (const { scores, level, at } of cut) {
    const codes = scores.maps!.subarray(at * size, (at + 1) * size);
    for (let i = 0; i < size; i++) if (codes[i] >= level!) votes[i]++;
  }
  return votes.map((n) => Math.round((255 * n) / cut.length));
}

function mapBytes({ maps, healthy, height, width }: Scores, at: number): Uint8Array | null {
  const codes = partOf(maps, at, height * width);
  if (!codes) return null;
  const shares = healthyShares(healthy);
  return Uint8Array.from(codes, (code) => (shares ? byteOfShare(shares[code]) : code >> 4));
}

type ReadoutProps = { columns: readonly Column[]; cursor: Point; height: number; width: number; truth: Uint8Array | null };

function Readout({ columns, cursor, height, width, truth }: ReadoutProps) {
  const [x, y] = [Math.min(width - 1, Math.floor(cursor.x * width)), Math.min(height - 1, Math.floor(cursor.y * height))];
  const size = height * width;
  const healthyKnown = columns.every(({ scores }) => healthyShares(scores.healthy));
  const said = columns.map((column): [Column, Under | null] => {
    const { scores, at, level } = column;
    return [column, scores.maps ? underCursor({ ...scores, maps: scores.maps }, at * size + y * width + x, level) : null];
  });
  return (
    <div className="readout">
      <h2>Under the cursor</h2>
      <p className="small" data-testid="cursor-place">
        x {x}, y {y}
        {truth && ` · truth: ${truth[y * width + x] ? 'anomaly' : 'normal'}`}
      </p>
      <table>
        <thead>
          <tr>
            <th scope="col">Run</th>
            <th scope="col" className="n">
              Raw
            </th>
            <th scope="col" className="n">
              Healthy pct
            </th>
            <th scope="col" className="n">
              Cut
            </th>
          </tr>
        </thead>
        <tbody>
          {said.map(([{ row, letter }, under]) => (
            <tr key={row.id}>
              <td>
                {letter} {row.record.name}
              </td>
              <td className="n">{under ? significant(under.raw, 3) : '–'}</td>
              <td className="n">{under?.healthy == null ? '–' : percent(under.healthy, 1)}</td>
              <td className="n">{under?.flagged == null ? '–' : under.flagged ? 'in' : 'out'}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="small" style={{ marginTop: 8 }}>
        Raw scores differ in unit. Compare the percentile: the share of healthy pixels that score lower.
      </p>
      <p className="small row" style={{ marginTop: 8 }}>
        <span>{healthyKnown ? '0' : 'low'}</span>
        <i className="scalebar" style={{ background: MAGMA_CSS }} />
        <span>{healthyKnown ? '90, 99, 99.9 % of healthy pixels' : 'high; no healthy pixels to compare with'}</span>
      </p>
      <p className="small" style={{ marginTop: 4 }}>
        Arrow keys on a plate move the cursor.
      </p>
    </div>
  );
}
