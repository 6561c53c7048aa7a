import type { Evaluation } from '../../core/protocol';
import { derive, numbersAt } from '../../store/derived';
import { isStale } from '../../store/state';
import { useLab } from '../../store/store';
import { count, fixed, percent, plural } from '../format';
import { useLevel } from './CutPanel';
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
  const level = useLevel();
  const stale = useLab((s) => isStale(s.lab.run, evaluation));
  const { groups } = derive(evaluation);
  const cut = numbersAt(evaluation, level);
  const { metrics, slices, tables, total } = evaluation;
  const labelled = tables.anomalous.length > 0;
  return (
    <section className="sec">
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
              value={fixed(cut.meanDice, 2)}
              testId="dice-mean"
              extra={cut.sdDice === null ? '' : `± ${fixed(cut.sdDice, 2)}`}
            />
            <Metric label="Dice, pooled" value={fixed(cut.dice, 2)} testId="dice-pooled" />
            <Metric label="Precision" value={fixed(cut.precision, 2)} />
            <Metric label="Sensitivity" value={fixed(cut.sensitivity, 2)} />
          </>
        )}
        <Metric label="Flagged area" value={cut.area === null ? '–' : percent(cut.area, 1)} />
        {cut.emptyArea !== null && (
          <Metric
            label="On clean slices"
            value={percent(cut.emptyArea, 1)}
            title="Share of the pixels of slices with an empty mask that is called anomalous"
          />
        )}
      </div>
      <h3 className="small" style={{ margin: '12px 0 4px' }}>
        At every cut
      </h3>
      <div className="met m4">
        <Metric label="Pixel AUROC" value={fixed(metrics.pixelAuroc, 3)} testId="auroc" />
        <Metric label="in brain" value={fixed(metrics.pixelAurocInBrain, 3)} testId="auroc-brain" />
        <Metric label="Avg. precision" value={fixed(metrics.pixelAveragePrecision, 3)} />
        <Metric label="Image AUC" value={fixed(metrics.imageAuc, 2)} />
      </div>
      <p className="small" style={{ marginTop: 8 }}>
        {labelled
          ? `Dice and pixel numbers on ${plural(metrics.pixelSlices, 'slice')} with a lesion.`
          : `No masks here, so Dice cannot be computed. The cut is ${healthyWords(evaluation, level)}.`}
        {metrics.imageAucCi95 &&
          ` Image AUC 95 % CI ${fixed(metrics.imageAucCi95[0], 2)}–${fixed(metrics.imageAucCi95[1], 2)} on ${plural(metrics.imageSlices, 'slice')}.`}
        {groups < FEW && ` Only ${plural(groups, 'patient')}: read the spread, not the third digit.`}
      </p>
      <Missing why={metrics.why} />
    </section>
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

function Metric({ label, value, extra, testId, title }: { label: string; value: string; extra?: string; testId?: string; title?: string }) {
  return (
    <div title={title}>
      <div className="l">{label}</div>
      <div className="v">
        <span data-testid={testId}>{value}</span> {extra && <small>{extra}</small>}
      </div>
    </div>
  );
}
