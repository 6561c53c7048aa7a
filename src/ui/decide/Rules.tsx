import { Fragment } from 'react';
import type { Evaluation } from '../../core/protocol';
import { RULE_RANGES, type RuleSettings } from '../../core/rules';
import type { RuleId } from '../../core/threshold';
import { BY_HAND } from '../../store/cut';
import { chooseRule, releaseCut, tryRule } from '../../store/decide';
import { rulesFor, shownOf } from '../../store/derived';
import { rove } from '../rove';
import { TypedNumber } from './TypedNumber';
import { useCut, useLevel } from './use';

type Setting = { key: keyof RuleSettings; label: string; unit: string /** Shown for 1. */; scale: number; step: number };

/** What can be asked of a rule. */
const SETTINGS: Partial<Record<RuleId, Setting>> = {
  healthyQuantile: { key: 'pixelRate', label: 'Healthy pixels flagged', unit: '%', scale: 100, step: 0.1 },
  healthySigma: { key: 'sigmas', label: 'k', unit: 'σ', scale: 1, step: 0.1 },
  healthyImages: { key: 'imageRate', label: 'False-alarm rate, images', unit: '%', scale: 100, step: 0.5 },
};

export function Rules({ evaluation }: { evaluation: Evaluation }) {
  const { side, settings } = useCut();
  const rules = rulesFor(evaluation, side, settings);
  const plain = rules.filter((r) => !r.usesLabels);
  const fitted = rules.filter((r) => r.usesLabels);
  const item = (r: (typeof rules)[number]) => (
    <Fragment key={r.rule}>
      <Rule id={r.rule} title={r.title} reason={r.reason} level={r.level} usesLabels={r.usesLabels} />
      {SETTINGS[r.rule] && <SettingOf rule={r.rule} setting={SETTINGS[r.rule]!} />}
    </Fragment>
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

function SettingOf({ rule, setting: { key, label, unit, scale, step } }: { rule: RuleId; setting: Setting }) {
  const { settings } = useCut();
  const [least, most] = RULE_RANGES[key];
  return (
    <div className="setting">
      <TypedNumber
        label={label}
        value={Number((settings[key] * scale).toPrecision(9))}
        least={least * scale}
        most={most * scale}
        step={step}
        unit={unit}
        testId={`rule-${key}`}
        change={(value) => tryRule(rule, { [key]: value / scale })}
        done={releaseCut}
      />
    </div>
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
