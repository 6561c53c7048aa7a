import { useId } from 'react';
import { DEFINITIONS, type Definition } from '../../core/definitions';
import type { Evaluation } from '../../core/protocol';
import { type Decided, derive } from '../../store/derived';
import { isStale } from '../../store/state';
import { useLab } from '../../store/store';
import { count, fixed, percent, plural } from '../format';
import { useDetection } from './detection';
import { useCut, useNumbers, useSided } from './use';
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
  const { imageAuc, imageAucCi95: ci, why } = metrics;
  return (
    <section className="sec">
      <div className="h">
        <h2>Slices, told apart</h2>
        <Counted shown={slices.length} total={total} groups={groups} />
      </div>
      <div className="met">
        <Metric
          label="Image AUC"
          about={DEFINITIONS.imageAuc}
          value={fixed(imageAuc, 2)}
          testId="image-auc"
          extra={ci ? `95 % CI ${fixed(ci[0], 2)}–${fixed(ci[1], 2)}` : ''}
        />
      </div>
      <p className="small" style={{ marginTop: 8 }}>
        {imageAuc === null
          ? `Image AUC: ${why.imageAuc ?? 'not known.'}`
          : `On ${plural(metrics.imageSlices, 'slice')} known to be normal or anomalous.`}{' '}
        Dice and pixel numbers need a map, and {evaluation.scorer} has none.
        {groups < FEW && ` Only ${plural(groups, 'patient')}: read the spread, not the third digit.`}
      </p>
    </section>
  );
}

function Counted({ shown, total, groups }: { shown: number; total: number; groups: number }) {
  return (
    <small>
      {shown < total ? `${count(shown)} of ${plural(total, 'slice')}` : plural(total, 'slice')} · {plural(groups, 'patient')}
    </small>
  );
}

function AtCut({ evaluation }: { evaluation: Evaluation }) {
  const cut = useCut();
  const stale = useLab((s) => isStale(s.lab.run, evaluation));
  const { groups } = derive(evaluation);
  const numbers = useNumbers(evaluation);
  const { metrics } = useSided(evaluation);
  const { slices, tables, total } = evaluation;
  const labelled = tables.anomalous.length > 0;
  const about = numbers.approximate ? '≈ ' : '';
  return (
    <section className="sec" aria-label="Numbers">
      <div className="h">
        <h2>At this cut</h2>
        <small>
          {stale && `update ${count(evaluation.update)} · `}
          {slices.length < total ? `${count(slices.length)} of ${plural(total, 'slice')}` : plural(total, 'slice')} ·{' '}
          {plural(groups, 'patient')}
        </small>
      </div>
      <div className="met">
        {labelled && (
          <>
            <Metric
              label="Dice, mean"
              about={DEFINITIONS.diceSlice}
              value={about + fixed(numbers.meanDice, 2)}
              testId="dice-mean"
              extra={numbers.sdDice === null ? '' : `± ${fixed(numbers.sdDice, 2)}`}
            />
            <Metric label="Dice, pooled" about={DEFINITIONS.dicePooled} value={about + fixed(numbers.dice, 2)} testId="dice-pooled" />
            <Metric label="Precision" about={DEFINITIONS.precision} value={about + fixed(numbers.precision, 2)} testId="precision" />
            <Metric
              label="Sensitivity"
              about={DEFINITIONS.sensitivity}
              value={about + fixed(numbers.sensitivity, 2)}
              testId="sensitivity"
            />
          </>
        )}
        <Metric label="Flagged area" about={AREAS.area} value={numbers.area === null ? '–' : about + percent(numbers.area, 1)} />
        {numbers.emptyArea !== null && (
          <Metric label="On clean slices" about={AREAS.emptyArea} value={about + percent(numbers.emptyArea, 1)} />
        )}
      </div>
      {labelled && <Confusion numbers={numbers} />}
      {labelled && <Lesions evaluation={evaluation} />}
      <h3 className="small" style={{ margin: '12px 0 4px' }}>
        At every cut, before clean-up
      </h3>
      <div className="met m4">
        <Metric label="Pixel AUROC" about={DEFINITIONS.pixelAuroc} value={fixed(metrics.pixelAuroc, 3)} testId="auroc" />
        <Metric label="in brain" about={DEFINITIONS.pixelAurocInBrain} value={fixed(metrics.pixelAurocInBrain, 3)} testId="auroc-brain" />
        <Metric label="Avg. precision" about={DEFINITIONS.pixelAveragePrecision} value={fixed(metrics.pixelAveragePrecision, 3)} />
        <Metric label="Image AUC" about={DEFINITIONS.imageAuc} value={fixed(metrics.imageAuc, 2)} testId="image-auc" />
      </div>
      <p className="small" style={{ marginTop: 8 }}>
        {labelled
          ? `Dice and pixel numbers on ${plural(metrics.pixelSlices, 'slice')} with a lesion.`
          : `No masks here, so Dice cannot be computed. The cut is ${healthyWords(evaluation, cut)}.`}
        {metrics.imageAucCi95 &&
          ` Image AUC 95 % CI ${fixed(metrics.imageAucCi95[0], 2)}–${fixed(metrics.imageAucCi95[1], 2)} on ${plural(metrics.imageSlices, 'slice')}.`}
        {groups < FEW && ` Only ${plural(groups, 'patient')}: read the spread, not the third digit.`}
      </p>
      <Missing why={metrics.why} />
    </section>
  );
}

/** Lesions instead of pixels; counted once the cut is at rest. */
function Lesions({ evaluation }: { evaluation: Evaluation }) {
  const detection = useDetection(evaluation);
  const shown = (value: (d: NonNullable<typeof detection>) => string) => (detection ? value(detection) : '…');
  return (
    <div className="met" style={{ marginTop: 12 }}>
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

/** Pixels of slices with a lesion, as called and as they are. */
function Confusion({ numbers: { tp, fp, fn, tn, approximate } }: { numbers: Decided }) {
  const n = (pixels: number) => (approximate ? `≈ ${count(pixels)}` : count(pixels));
  return (
    <table className="dense confusion" data-testid="confusion">
      <thead>
        <tr>
          <th scope="col">Pixels</th>
          <th scope="col" className="n">
            lesion
          </th>
          <th scope="col" className="n">
            no lesion
          </th>
        </tr>
      </thead>
      <tbody>
        <tr>
          <th scope="row">called anomalous</th>
          <td className="n">{n(tp)}</td>
          <td className="n">{n(fp)}</td>
        </tr>
        <tr>
          <th scope="row">kept as normal</th>
          <td className="n">{n(fn)}</td>
          <td className="n">{n(tn)}</td>
        </tr>
      </tbody>
    </table>
  );
}

const NAMES: Record<string, string> = {
  pixelAuroc: 'Pixel AUROC',
  pixelAurocInBrain: 'Pixel AUROC in brain',
  pixelAveragePrecision: 'Average precision',
  imageAuc: 'Image AUC',
};

/** Why a number above is a dash, each reason once. */
function Missing({ why }: { why: Partial<Record<string, string>> }) {
  const reasons = new Map<string, string[]>();
  for (const [key, name] of Object.entries(NAMES)) {
    const reason = why[key];
    if (reason) reasons.set(reason, [...(reasons.get(reason) ?? []), name]);
  }
  return [...reasons].map(([reason, names]) => (
    <p key={reason} className="small">
      {names.join(', ')}: {reason}
    </p>
  ));
}

/** What only this panel shows. */
const AREAS: Record<'area' | 'emptyArea', Definition> = {
  area: {
    title: 'Flagged area',
    sentence: 'Share of all pixels of all slices that is called anomalous, background included.',
    source: 'design of this lab',
  },
  emptyArea: {
    title: 'On clean slices',
    sentence: 'Share of the pixels of slices with an empty mask that is called anomalous, all of it wrongly.',
    source: 'design of this lab',
  },
};

type MetricProps = { label: string; about: Definition; value: string; extra?: string; testId?: string };

/** A number; its definition shows on hover and on focus. */
function Metric({ label, about, value, extra, testId }: MetricProps) {
  const id = useId();
  return (
    <div className="metric">
      <button type="button" className="l term" aria-describedby={id}>
        {label}
      </button>
      <div className="v">
        <span data-testid={testId}>{value}</span> {extra && <small>{extra}</small>}
      </div>
      <span role="tooltip" id={id} className="tip">
        {about.sentence} <i>{about.source}.</i>
      </span>
    </div>
  );
}
