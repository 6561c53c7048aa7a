import { useMemo } from 'react';
import type { Assessed } from '../../core/answers';
import type { Interval } from '../../core/bootstrap';
import { DEFINITIONS } from '../../core/definitions';
import { bodyShare, maskProblem } from '../../core/maskProblem';
import { diceThreeWays, patientCounts } from '../../core/overlap';
import type { Evaluation } from '../../core/protocol';
import { countsOf, derive } from '../../store/derived';
import { isStale } from '../../store/state';
import { useLab } from '../../store/store';
import { count, fixed, percent, plural } from '../format';
import { AtCutTable, ImagePoints } from './Rates';
import { Metric } from './Term';
import { useAssessed, useCut, useNumbers, useSided } from './use';
import { healthyWords } from './words';

/** Fewer patients than this and the spread says more than the number. */
const FEW = 10;

export function MetricsPanel({ evaluation }: { evaluation: Evaluation }) {
  return evaluation.mapless ? <OfSlices evaluation={evaluation} /> : <AtCut evaluation={evaluation} />;
}

/** What a score of whole slices can be judged by. */
function OfSlices({ evaluation }: { evaluation: Evaluation }) {
  const { metrics, slices, total } = evaluation;
  const { groups } = derive(evaluation);
  return (
    <section className="sec" aria-label="Numbers">
      <div className="h">
        <h2>Slices, told apart</h2>
        <small>
          <Counted shown={slices.length} total={total} groups={groups} />
        </small>
      </div>
      <div className="met">
        <ImageAuc metrics={metrics} slices={slices} />
      </div>
      <ImagePoints evaluation={evaluation} />
      <p className="small" style={{ marginTop: 8 }}>
        {metrics.imageAuc !== null && `Image AUC on ${classesOf(slices)}. `}
        Dice and pixel numbers need a map, and {evaluation.scorer} has none.
        {groups < FEW && ` Only ${plural(groups, 'patient')}: read the spread, not the third digit.`}
      </p>
    </section>
  );
}

function Counted({ shown, total, groups }: { shown: number; total: number; groups: number }) {
  return `${shown < total ? `${count(shown)} of ${plural(total, 'slice')}` : plural(total, 'slice')} · ${plural(groups, 'patient')}`;
}

const range = ([low, high]: readonly [number, number]) => `95 % CI ${fixed(low, 2)}–${fixed(high, 2)}`;

type Labelled = Pick<Evaluation['slices'][number], 'label' | 'group'>;

/** How many slices of each class, and of how many patients. */
function classesOf(slices: readonly Labelled[]): string {
  const said = ([0, 1] as const).map((label) => {
    const own = slices.filter((slice) => slice.label === label);
    return `${count(own.length)} ${label ? 'anomalous' : 'normal'} of ${plural(new Set(own.map(({ group }) => group)).size, 'patient')}`;
  });
  return said.join(' and ');
}

/** The one interval that is not by patient: it says so where that makes a difference. */
function ImageAuc({ metrics, slices }: { metrics: Evaluation['metrics']; slices: readonly Labelled[] }) {
  const { imageAuc, imageAucCi95, why } = metrics;
  const bySlice = new Set(slices.map(({ group }) => group)).size < slices.length;
  const label = imageAucCi95 ? `${range(imageAucCi95)}${bySlice ? ' by slice' : ''}` : (why.imageAucCi95 ?? 'no interval');
  return (
    <Metric
      label="Image AUC"
      about={DEFINITIONS.imageAuc}
      value={imageAuc === null ? null : fixed(imageAuc, 2)}
      why={why.imageAuc}
      interval={imageAuc === null ? undefined : { label, about: DEFINITIONS.imageAucCi95 }}
      testId="image-auc"
    />
  );
}

function AtCut({ evaluation }: { evaluation: Evaluation }) {
  const cut = useCut();
  const stale = useLab((s) => isStale(s.lab.run, evaluation));
  const { groups } = derive(evaluation);
  const numbers = useNumbers(evaluation);
  const { assessed, failed } = useAssessed(evaluation);
  const { slices, tables, total } = evaluation;
  const labelled = tables.anomalous.length > 0;
  const about = numbers.approximate ? '≈ ' : '';
  const problem = labelled ? maskProblem(numbers.area ?? 0, () => bodyShare(evaluation.images)) : null;
  return (
    <section className="sec" aria-label="Numbers">
      <div className="h">
        <h2>At this cut</h2>
        <small>
          {stale && `update ${count(evaluation.update)} · `}
          <Counted shown={slices.length} total={total} groups={groups} />
        </small>
      </div>
      {labelled && <Dice evaluation={evaluation} about={about} assessed={assessed} waits={failed === null} />}
      {problem && (
        <p className="note w" style={{ marginTop: 10, display: 'block' }} data-testid="mask-problem">
          {problem} {numbers.area === 0 && 'Move the cut into the histogram.'}
        </p>
      )}
      <div className="met" style={{ marginTop: labelled ? 12 : 0 }}>
        <Metric label="Flagged area" about={DEFINITIONS.area} value={about + percent(numbers.area ?? 0, 1)} />
        {numbers.emptyArea !== null && (
          <Metric label="On clean slices" about={DEFINITIONS.emptyArea} value={about + percent(numbers.emptyArea, 1)} />
        )}
      </div>
      {labelled && failed && !assessed && (
        <p className="small" data-testid="assess-failed">
          Intervals, lesions and AUPRO: {failed}
        </p>
      )}
      <Always evaluation={evaluation} labelled={labelled} />
      <p className="small" style={{ marginTop: 8 }}>
        {labelled
          ? `Dice and pixel numbers on ${plural(evaluation.metrics.pixelSlices, 'slice')} with a lesion; an image is called anomalous when a pixel is.`
          : `${evaluation.metrics.why.pixelAuroc ?? ''} The cut is ${healthyWords(evaluation, cut)}.`}
        {evaluation.metrics.imageAuc !== null && ` Image AUC on ${classesOf(slices)}.`}
        {groups < FEW && ` Only ${plural(groups, 'patient')}: read the spread, not the third digit.`}
      </p>
    </section>
  );
}

/** Who is called what: pixels, images and lesions at the cut, and images by their own score. */
export function CalledPanel({ evaluation }: { evaluation: Evaluation }) {
  const numbers = useNumbers(evaluation);
  const { assessed, failed } = useAssessed(evaluation);
  const labelled = evaluation.tables.anomalous.length > 0;
  return (
    <section className="sec" aria-label="Called anomalous">
      {labelled && <AtCutTable evaluation={evaluation} numbers={numbers} />}
      {labelled && <Lesions assessed={assessed} waits={failed === null} />}
      <ImagePoints evaluation={evaluation} />
    </section>
  );
}

type Slow = {
  assessed: Assessed | null;
  /** Whether it is still being worked out. */
  waits: boolean;
};

/** Three ways at once, with what patients drawn anew would give. */
function Dice({ evaluation, about, assessed, waits }: { evaluation: Evaluation; about: string } & Slow) {
  const cut = useCut();
  const cleaned = useLab((s) => s.lab.cleaned);
  const numbers = useNumbers(evaluation);
  const patients = useMemo(() => evaluation.slices.map(({ group }) => group), [evaluation]);
  const perPatient = useMemo(
    () => diceThreeWays(patientCounts(countsOf(evaluation, cut, cleaned), patients))?.patient ?? null,
    [evaluation, cut, cleaned, patients],
  );
  const interval = (way: 'slice' | 'patient' | 'pooled') => {
    if (!assessed && !waits) return undefined;
    const label = !assessed ? '95 % CI …' : assessed.diceCi95 ? range(assessed.diceCi95[way]) : 'no interval: one patient';
    return { label, about: DEFINITIONS.bootstrap };
  };
  const sd = numbers.sdDice === null ? '' : `± ${fixed(numbers.sdDice, 2)}`;
  return (
    <div className="met" aria-busy={!assessed && waits}>
      <Metric
        label="Dice, slices"
        about={DEFINITIONS.diceSlice}
        value={about + fixed(numbers.meanDice, 2)}
        extra={sd}
        interval={interval('slice')}
        testId="dice-mean"
      />
      <Metric
        label="Dice, patients"
        about={DEFINITIONS.dicePatient}
        value={about + fixed(perPatient, 2)}
        interval={interval('patient')}
        testId="dice-patient"
      />
      <Metric
        label="Dice, pooled"
        about={DEFINITIONS.dicePooled}
        value={about + fixed(numbers.dice, 2)}
        interval={interval('pooled')}
        testId="dice-pooled"
      />
    </div>
  );
}

/** Lesions instead of pixels. */
function Lesions({ assessed, waits }: Slow) {
  const shown = (value: (detection: Assessed['detection']) => string) => (assessed ? value(assessed.detection) : waits ? '…' : '–');
  return (
    <div className="met" style={{ marginTop: 12 }} aria-busy={!assessed && waits}>
      <Metric label="Lesions found" about={DEFINITIONS.lesionsFound} value={shown(({ found }) => count(found))} testId="lesions-found" />
      <Metric label="Missed" about={DEFINITIONS.lesionsMissed} value={shown(({ missed }) => count(missed))} testId="lesions-missed" />
      <Metric
        label="False per slice"
        about={DEFINITIONS.falseRegions}
        value={shown(({ falseRegions, images }) => fixed(falseRegions / images, 2))}
      />
    </div>
  );
}

/** What no cut changes. */
function Always({ evaluation, labelled }: { evaluation: Evaluation; labelled: boolean }) {
  const { metrics } = useSided(evaluation);
  const { always, failed } = useAssessed(evaluation);
  const pixels = (key: 'pixelAuroc' | 'pixelAurocInBrain' | 'pixelAveragePrecision') => ({
    about: DEFINITIONS[key],
    value: metrics[key] === null ? null : fixed(metrics[key], 3),
    why: metrics.why[key],
  });
  const interval = (value: number | null, found: Interval | null | undefined) =>
    value === null || found === undefined ? undefined : { label: found ? range(found) : 'no interval', about: DEFINITIONS.bootstrap };
  return (
    <>
      <h3 className="small" style={{ margin: '12px 0 4px' }}>
        At every cut, before clean-up
      </h3>
      <div className="met m18">
        {labelled && (
          <>
            <Metric
              label="Pixel AUROC"
              {...pixels('pixelAuroc')}
              interval={interval(metrics.pixelAuroc, always?.pixelAurocCi95)}
              testId="auroc"
            />
            <Metric
              label="in brain"
              {...pixels('pixelAurocInBrain')}
              interval={interval(metrics.pixelAurocInBrain, always?.pixelAurocInBrainCi95)}
              testId="auroc-brain"
            />
            <Metric
              label="Average precision"
              {...pixels('pixelAveragePrecision')}
              interval={interval(metrics.pixelAveragePrecision, always?.pixelAveragePrecisionCi95)}
              testId="average-precision"
            />
            <Metric
              label="AUPRO"
              about={DEFINITIONS.aupro}
              value={always ? (always.aupro === null ? null : fixed(always.aupro, 3)) : failed ? '–' : '…'}
              why="undefined: no pixel is normal"
              interval={always ? interval(always.aupro, always.auproCi95) : undefined}
              testId="aupro"
            />
          </>
        )}
        <ImageAuc metrics={metrics} slices={evaluation.slices} />
      </div>
    </>
  );
}
