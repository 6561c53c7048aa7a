import { useMemo } from 'react';
import type { Evaluation } from '../../core/protocol';
import { Chart } from '../Chart';
import { digitsBetween, plain, plural, significant } from '../format';
import { type Distribution, distributions } from './scorerRows';

const BINS = 24;
const LOOK: Record<Distribution['id'], { title: string; colour: string; dash: string }> = {
  reference: { title: 'Healthy reference, learnt from', colour: '--s5', dash: '6px,3px' },
  normal: { title: 'Normal, test', colour: '--s1', dash: 'solid' },
  anomalous: { title: 'Anomalous, test', colour: '--s3', dash: '2px,3px' },
};

/** How the scores of slices lie in each group: what was learnt from and new normal slices should lie alike, anomalous ones apart. */
export function ScoreGroups({ evaluation }: { evaluation: Evaluation }) {
  const { lo, hi, groups } = useMemo(() => distributions(evaluation, BINS), [evaluation]);
  const top = Math.max(...groups.map(({ shares }) => Math.max(...shares)));
  const traces = useMemo(() => groups.map((group) => steps(group, lo, hi)), [groups, lo, hi]);
  if (groups.length === 0) return null;
  const words = groups.map(({ id, n, mean, sd }) => `${LOOK[id].title}: ${plural(n, 'slice')}, mean ${plain(mean)} ± ${plain(sd)}`);
  const digits = digitsBetween(lo, hi);
  const ticks = [lo, (lo + hi) / 2, hi];
  return (
    <section className="sec" data-testid="score-groups">
      <div className="h">
        <h2>{evaluation.scorer} by group</h2>
        <small>share of each group’s slices</small>
      </div>
      <Chart
        traces={traces}
        x={{ range: hi > lo ? [lo, hi] : [lo, lo + 1], ticks, labels: ticks.map((v) => significant(v, digits)) }}
        y={{ range: [0, top], ticks: [0, top], labels: ['0', `${Math.round(100 * top)} %`] }}
        height={132}
        summary={`${evaluation.scorer} of slices. ${words.join('; ')}`}
        testId="chart-score-groups"
      />
      {groups.map(({ id }, i) => (
        <p key={id} className="small row">
          <svg width="22" height="8" aria-hidden="true">
            <path
              d="M0 4H22"
              stroke={`var(${LOOK[id].colour})`}
              strokeWidth="2"
              strokeDasharray={LOOK[id].dash === 'solid' ? undefined : LOOK[id].dash.replaceAll('px', '')}
            />
          </svg>
          {words[i]}
        </p>
      ))}
    </section>
  );
}

/** The outline of a histogram. */
function steps({ id, shares }: Distribution, lo: number, hi: number) {
  const edge = (bin: number) => lo + (bin * (hi > lo ? hi - lo : 1)) / BINS;
  const [x, y] = [shares.flatMap((_, bin) => [edge(bin), edge(bin + 1)]), shares.flatMap((share) => [share, share])];
  return { x, y, line: { color: LOOK[id].colour, dash: LOOK[id].dash, width: 1.75 } };
}
