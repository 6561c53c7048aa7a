import { useMemo } from 'react';
import type { Evaluation } from '../../core/protocol';
import { useLab } from '../../store/store';
import { plural } from '../format';
import { SliceStrip } from '../SliceStrip';

/** In place of the cut, for a score that has nothing to cut. */
export function NoCut({ scorer }: { scorer: string }) {
  return (
    <section className="sec" data-testid="no-cut">
      <div className="h">
        <h2>No cut</h2>
      </div>
      <p className="small mid">
        {scorer} gives one number a slice and no map, so there are no pixels to cut. It ranks whole slices; choose another predictor below
        to see where.
      </p>
    </section>
  );
}

/** In place of the histogram of pixels: every test slice at its number. */
export function SliceScores({ evaluation }: { evaluation: Evaluation }) {
  const { slices, scorer } = evaluation;
  const current = useLab((s) => s.slice);
  const { scores, labels, lo, hi } = useMemo(() => {
    const scores = slices.map((slice) => slice.score);
    const known = scores.filter((score) => !Number.isNaN(score));
    return { scores, labels: slices.map((slice) => slice.label), lo: Math.min(...known), hi: Math.max(...known) };
  }, [slices]);
  return (
    <section className="sec">
      <div className="h">
        <h2 className="ell">{scorer} by slice, test slices</h2>
        <small>{plural(slices.length, 'slice')} · ringed: the one in view · line: mean</small>
      </div>
      <SliceStrip scorer={scorer} scores={scores} labels={labels} lo={lo} hi={hi} current={current} />
    </section>
  );
}
