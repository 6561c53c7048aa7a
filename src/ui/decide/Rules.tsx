import type { Evaluation } from '../../core/protocol';
import { BY_HAND } from '../../store/cut';
import { chooseRule } from '../../store/decide';
import { derive, shownOf } from '../../store/derived';
import { rove } from '../rove';
import { useCut, useLevel, useSided } from './use';

export function Rules({ evaluation }: { evaluation: Evaluation }) {
  const { rules } = derive(useSided(evaluation));
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
        {fitted.length > 0 && <p className="divider small">Fitted on the test masks</p>}
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
