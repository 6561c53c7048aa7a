import { useMemo } from 'react';
import type { Evaluation } from '../../core/protocol';
import { useLab } from '../../store/store';
import { SliceButton } from './Film';
import { spread } from './spread';

const MOST = 24;

/** Up to 24 slices from all over the set, so that a cut is judged on more than the one in view. */
export function MaskGrid({ evaluation }: { evaluation: Evaluation }) {
  const current = useLab((s) => s.slice);
  const picked = useMemo(() => spread(evaluation.tables.anomalous, evaluation.slices.length, MOST), [evaluation]);
  return (
    <section className="sec" style={{ paddingTop: 8 }}>
      <fieldset className="maskgrid" aria-label={`${picked.length} slices from all over the set, with the mask at this cut`}>
        {picked.map((i) => (
          <SliceButton key={i} evaluation={evaluation} slice={i} current={i === current} />
        ))}
      </fieldset>
    </section>
  );
}
