import { useMemo } from 'react';
import type { Preview } from '../../core/protocol';
import { runOf } from '../../store/actions';
import { useLab } from '../../store/store';
import { plain } from '../format';
import { Plate } from '../Plate';
import { bandsOf, inBand, overlapOf } from './cutPeaks';

const CUTS = ['fenceCut', 'wildCut'] as const;

/** The last of the fixed slices: both cuts and what lies at each peak of theirs, one above the other, and how much the cuts of all share. */
export function CutPeaks() {
  const preview = useLab((s) => (runOf(s) ? s.lab.preview : null));
  return preview && CUTS.every((id) => preview.rows.some((row) => row.id === id)) ? <Both preview={preview} /> : null;
}

function Both({ preview }: { preview: Preview }) {
  const { height, width, names } = preview;
  const cuts = useMemo(() => {
    const size = height * width;
    const last = names.length - 1;
    return CUTS.map((id) => {
      const row = preview.rows.find((one) => one.id === id)!;
      const pixels = row.pixels.subarray(last * size, (last + 1) * size);
      // Peaks of all fixed slices together: one slice has too few pixels to tell a peak from chance.
      const bands = bandsOf(row.pixels).map((band) => ({ ...band, mask: inBand(pixels, band) }));
      return { id, label: row.label, all: row.pixels, pixels, bands };
    });
  }, [preview, height, width, names]);
  const overlap = overlapOf(cuts[0].all, cuts[1].all);
  return (
    <section className="sec">
      <div className="h">
        <h2>The cuts at their peaks</h2>
        <small data-testid="cut-overlap">overlap 2 Σ fw / (Σ f + Σ w): {overlap === null ? 'both empty' : plain(overlap)}</small>
      </div>
      <div className="six" style={{ '--n': 6 } as React.CSSProperties}>
        {cuts.map(({ id, label, pixels, bands }) => [
          <span key={id} className="lab">
            {label}
          </span>,
          <Plate key={`${id} cut`} pixels={pixels} height={height} width={width} alt={`The whole ${label}, ${names.at(-1)}`} />,
          ...Array.from({ length: 5 }, (_, i) =>
            bands[i] ? (
              <Plate
                key={`${id} ${bands[i].peak}`}
                pixels={bands[i].mask}
                height={height}
                width={width}
                caption={String(bands[i].peak)}
                alt={`At peak ${bands[i].peak} of 255: ${label}`}
              />
            ) : (
              <span key={`${id} none ${i}`} />
            ),
          ),
        ])}
      </div>
    </section>
  );
}
