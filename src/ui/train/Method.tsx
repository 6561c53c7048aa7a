import { type ModelSpec, ROLE_TITLES } from '../../core/types';
import { chooseModel, specOf } from '../../store/actions';
import { isActive } from '../../store/state';
import { useLab } from '../../store/store';
import { duration } from '../format';
import { rove } from '../rove';

export function Method() {
  const models = useLab((s) => s.lab.engine?.models);
  const chosen = useLab((s) => specOf(s)?.id);
  const locked = useLab((s) => isActive(s.lab.run));
  return (
    <section className="sec">
      <div className="h">
        <h2>Method</h2>
        <small>{locked ? 'locked while training' : 'cost measured here'}</small>
      </div>
      <div role="radiogroup" aria-label="Method" onKeyDown={rove} tabIndex={-1}>
        {(models ?? []).map((model) => (
          // biome-ignore lint/a11y/useSemanticElements: a card holds more than a radio input may
          <div
            key={model.id}
            className={model.id === chosen ? 'meth on' : 'meth'}
            role="radio"
            aria-checked={model.id === chosen}
            aria-disabled={locked && model.id !== chosen}
            tabIndex={model.id === chosen ? 0 : -1}
            onClick={() => !locked && chooseModel(model.id)}
            onKeyDown={undefined}
          >
            <span className="rd" />
            <span className="row between">
              <b>{model.title}</b>
              <Cost model={model} />
            </span>
            {model.id === chosen && <p>{model.about}</p>}
            <Needs model={model} />
            {model.id === chosen && (
              <span className="cost">
                {model.paper.title}, {model.paper.year}
              </span>
            )}
          </div>
        ))}
        {!models && <p className="small">The engine is starting.</p>}
      </div>
    </section>
  );
}

/** The sets it learns from; those that hold too little are marked, once all slices are there. */
function Needs({ model }: { model: ModelSpec }) {
  const lacks = useLab(({ lab: { data, progress } }) => (progress.phantom || progress.load ? undefined : data?.lacks));
  return (
    <span className="cost">
      {model.needs.map((role, i) => (
        <span key={role} className={lacks?.[role] ? 'lack' : undefined}>
          {i > 0 && ' + '}
          {ROLE_TITLES[role].toLowerCase()}
          {lacks?.[role] && ' (missing)'}
        </span>
      ))}
    </span>
  );
}

/** What the run under way shows; before one nothing is claimed. */
function Cost({ model }: { model: ModelSpec }) {
  const cost = useLab(({ lab: { run } }) => (run?.model === model.id && run.rate > 0 ? Math.round(run.updates / run.rate / 5) * 5 : null));
  return <span className="small nw">{cost === null ? '' : `≈ ${duration(cost)}`}</span>;
}
