import type { Evaluation } from '../../core/protocol';
import type { Threshold } from '../../core/threshold';
import { BY_HAND } from '../../store/cut';
import { chooseRule } from '../../store/decide';
import { derive, shownOf, sided } from '../../store/derived';
import { rove } from '../rove';
import { useCut, useLevel, useSide } from './use';

/** Rules work on negated scores there; their words are about the scores on the axis. */
function darkWords(rule: Threshold): Threshold {
  if (rule.level === null) return rule;
  if (rule.rule === 'valley') return { ...rule, reason: 'Lowest place right of the first peak.' };
  if (rule.rule === 'peak') return { ...rule, title: 'First peak', reason: 'At the leftmost peak; it may lose half of that peak.' };
  if (rule.rule === 'firstPeak') return { ...rule, title: 'Last peak', reason: 'At the rightmost peak.' };
  if (rule.rule !== 'healthySigma') return rule;
  return { ...rule, title: rule.title.replace('+', '−'), reason: rule.reason.replace('plus', 'minus') };
}

export function Rules({ evaluation }: { evaluation: Evaluation }) {
  const side = useSide();
  const rules = derive(sided(evaluation, side)).rules.map((rule) => (side === 'dark' ? darkWords(rule) : rule));
  const plain = rules.filter((r) => !r.usesLabels);
  const fitted = rules.filter((r) => r.usesLabels);
  const item = (r: (typeof rules)[number]) => (
    <Rule key={r.rule} id={r.rule} title={r.title} reason={r.reason} level={r.level} usesLabels={r.usesLabels} />
  );
  return (
    <section className="sec">
      <div className="h">
        <h2>Rule</h2>
        <small>why this number</small>
      </div>
      <div role="radiogroup" aria-label="Threshold rule" onKeyDown={rove} tabIndex={-1}>
        <HandRule />
        {plain.map(item)}
        {fitted.length > 0 && <p className="divider small">Fitted on the {evaluation.validation ? 'validation' : 'test'} masks</p>}
        {fitted.map(item)}
      </div>
    </section>
  );
}

function HandRule() {
  return <Rule id={BY_HAND} title="By hand" reason="Where you put it." level={useLevel()} usesLabels={false} />;
}

type Props = { id: string; title: string; reason: string; level: number | null; usesLabels: boolean };

function Rule({ id, title, reason, level, usesLabels }: Props) {
  const { rule, side } = useCut();
  const on = rule === id;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a rule shows a number and a reason, which a radio input cannot hold
    <div
      className={on ? 'rule on' : 'rule'}
      role="radio"
      aria-checked={on}
      aria-disabled={level === null}
      tabIndex={on ? 0 : -1}
      data-rule={id}
      onClick={() => level !== null && chooseRule(id)}
      onKeyDown={undefined}
    >
      <span className="rd" />
      <span className="row" style={{ gap: 6 }}>
        <b>{title}</b>
        {usesLabels && <span className="tag w">uses labels</span>}
      </span>
      <span className="mid">{level === null ? '–' : shownOf(level, side).toFixed(1)}</span>
      <small>{reason}</small>
    </div>
  );
}
