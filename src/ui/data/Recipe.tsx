import { type ReactNode, useEffect, useState } from 'react';
import type { DataState } from '../../core/protocol';
import { type Intensity, PAPER_RECIPE, PLANES, type Preparation, RESAMPLINGS, recipeProblems, sliceSize } from '../../core/recipe';
import { goTo } from '../../store/actions';
import { prepare, previewRecipe } from '../../store/data';
import { useLab } from '../../store/store';
import { BeforeAfter } from './BeforeAfter';

const SETTLE_MS = 40;

/** What every slice goes through on its way to a network: a draft with its effect on one slice, and the files read again when it is used. */
export function Recipe() {
  const data = useLab((s) => s.lab.data);
  const [draft, setDraft] = useState<Preparation | null>(null);
  const [at, setAt] = useState(0.5);
  const loading = useLab((s) => s.lab.progress.load !== undefined);
  const mine = data?.set === 'mine';
  const shown = draft ?? data?.recipe ?? null;
  const volumes = mine ? data.patients.length : 0;
  const key = JSON.stringify(shown);
  useEffect(() => {
    if (!mine || volumes === 0) return;
    // A drag asks for more slices than are worth showing.
    const due = setTimeout(() => previewRecipe(JSON.parse(key), at), SETTLE_MS);
    return () => clearTimeout(due);
  }, [mine, volumes, key, at]);
  if (!data || !shown) return null;
  const edited = mine && key !== JSON.stringify(data.recipe);
  const wrong = recipeProblems({ ...shown, size: data.size })[0];
  return (
    <>
      <BeforeAfter at={at} onMove={setAt} />
      <section className="sec" aria-label="Recipe">
        <div className="h">
          <h2>{mine ? 'Recipe' : 'What a slice goes through'}</h2>
          <small>{mine ? 'saved with every run' : 'every role alike'}</small>
        </div>
        {mine ? <Fields recipe={shown} size={data.size} onChange={setDraft} /> : <PhantomFacts data={data} />}
        {mine && (
          <div className="row" style={{ marginTop: 10 }}>
            <button
              className="btn"
              type="button"
              aria-disabled={!edited || wrong !== undefined || loading}
              onClick={() => {
                if (!edited || wrong || loading) return;
                prepare(shown);
              }}
            >
              Read the files by it
            </button>
            <button className="btn q" type="button" onClick={() => setDraft(PAPER_RECIPE)}>
              The papers’
            </button>
          </div>
        )}
        {mine && (
          <p className={wrong ? 'note w' : 'small'} style={{ marginTop: 8 }} role={wrong ? 'alert' : undefined}>
            {wrong ?? (edited ? 'Changed, not used yet: all files are read again for it.' : 'In use.')}
          </p>
        )}
      </section>
      <Continue blocked={data.problems[0] ?? (edited ? 'The recipe was changed: read the files by it first.' : undefined)} />
    </>
  );
}

function Continue({ blocked }: { blocked: string | undefined }) {
  return (
    <section className="sec">
      <button
        className="btn pri full"
        type="button"
        aria-disabled={blocked !== undefined}
        aria-describedby="continue-why"
        onClick={() => !blocked && goTo('train')}
      >
        Continue to Train
      </button>
      <p id="continue-why" className="small" style={{ textAlign: 'center', marginTop: 8 }}>
        {blocked ?? 'Roles complete: a run can start.'}
      </p>
    </section>
  );
}

const INTENSITIES: Record<Intensity['kind'], { title: string; about: string; first: Intensity }> = {
  unit: { title: '[0, 1]', about: 'Lowest to highest value of the volume, as the papers do', first: { kind: 'unit' } },
  zscore: { title: 'z-score', about: 'Mean and spread of the brain; clipped at ± so many', first: { kind: 'zscore', clip: 5 } },
  percentile: {
    title: 'percentiles',
    about: 'Between two percentiles of the brain, in %',
    first: { kind: 'percentile', low: 1, high: 99 },
  },
  window: {
    title: 'window',
    about: 'Between two values, the same for every file; 0 and 255 hold all of an 8-bit image',
    first: { kind: 'window', low: 0, high: 255 },
  },
};

const PLANE_ABOUT: Record<Preparation['plane'], string> = {
  axial: 'Seen from the feet: the patient’s right on the left',
  coronal: 'Seen from the front: the patient’s right on the left',
  sagittal: 'Seen from the left: the nose on the left',
};

function Fields({ recipe, size, onChange }: { recipe: Preparation; size: DataState['size']; onChange: (recipe: Preparation) => void }) {
  const { plane, intensity, range, nonEmpty, organ, topCrop, square, resampling, patches } = recipe;
  const edit = (change: Partial<Preparation>) => onChange({ ...recipe, ...change });
  const percent = (label: string, value: number, set: (value: number) => void) => (
    <Numeric label={label} value={trimmed(100 * value)} onChange={(v) => set(v / 100)} />
  );
  return (
    <ol className="recipe">
      <Step title="Plane" about={PLANE_ABOUT[plane]}>
        <Choice label="Plane" value={plane} options={PLANES} onChange={(value) => edit({ plane: value })} />
      </Step>
      <Step title="Slice range, %" about="From the feet up, the back forward, or left to right">
        <span className="pair">
          <Numeric label="First slice, %" value={range.from} onChange={(from) => edit({ range: { ...range, from } })} />
          <Numeric label="Last slice, %" value={range.to} onChange={(to) => edit({ range: { ...range, to } })} />
        </span>
      </Step>
      <Step
        title="Empty slices"
        about={
          nonEmpty
            ? `Under ${trimmed(100 * nonEmpty.share)} % of the pixels above ${trimmed(100 * nonEmpty.level)} % of the range`
            : 'All slices are kept'
        }
      >
        <span className="pair">
          {nonEmpty && percent('Share of the pixels, %', nonEmpty.share, (share) => edit({ nonEmpty: { ...nonEmpty, share } }))}
          {nonEmpty && percent('Level, %', nonEmpty.level, (level) => edit({ nonEmpty: { ...nonEmpty, level } }))}
          <Switch
            label="Drop empty slices"
            on={nonEmpty !== null}
            onChange={(on) => edit({ nonEmpty: on ? PAPER_RECIPE.nonEmpty : null })}
          />
        </span>
      </Step>
      <Step title="Intensity" about={INTENSITIES[intensity.kind].about}>
        <Choice
          label="Intensity"
          value={intensity.kind}
          options={Object.keys(INTENSITIES) as Intensity['kind'][]}
          titles={(kind) => INTENSITIES[kind].title}
          onChange={(kind) => edit({ intensity: INTENSITIES[kind].first })}
        />
        {intensity.kind === 'zscore' && (
          <Numeric
            label="Clip, standard deviations"
            value={intensity.clip}
            onChange={(clip) => edit({ intensity: { ...intensity, clip } })}
          />
        )}
        {intensity.kind === 'percentile' && (
          <span className="pair">
            <Numeric label="Low percentile" value={intensity.low} onChange={(low) => edit({ intensity: { ...intensity, low } })} />
            <Numeric label="High percentile" value={intensity.high} onChange={(high) => edit({ intensity: { ...intensity, high } })} />
          </span>
        )}
        {intensity.kind === 'window' && (
          <span className="pair">
            <Numeric label="Window from" value={intensity.low} onChange={(low) => edit({ intensity: { ...intensity, low } })} />
            <Numeric label="Window to" value={intensity.high} onChange={(high) => edit({ intensity: { ...intensity, high } })} />
          </span>
        )}
      </Step>
      <Step title="Organ mask" about="Outside a brain, liver or lung mask file becomes background">
        <Switch label="Organ mask" on={organ} onChange={(on) => edit({ organ: on })} />
      </Step>
      <Step title="Top crop, %" about="Rows cut off at the top; COVIDx: 8">
        {percent('Top crop, %', topCrop, (share) => edit({ topCrop: share }))}
      </Step>
      <Step title="Square" about={square === 'pad' ? 'The shorter side is padded' : 'The longer side is cut at both ends'}>
        <Choice label="Square" value={square} options={['pad', 'crop'] as const} onChange={(value) => edit({ square: value })} />
      </Step>
      <Step
        title={`Resampled to ${sliceSize({ size, patches })}²`}
        about={patches ? 'Slices that patches are cut from' : 'The size is a parameter of the method'}
      >
        <Choice label="Resampling" value={resampling} options={RESAMPLINGS} onChange={(value) => edit({ resampling: value })} />
      </Step>
      <Step
        title={patches ? `Random patches from ${patches.field} px` : 'Random patches'}
        about={
          patches
            ? `Squares of ${size}²: cut at random places to learn from, overlapping by half to be scored: a map is their mean, a slice’s score the highest`
            : 'Off: methods see whole slices; AnoGAN’s paper cuts patches'
        }
      >
        <span className="pair">
          {patches && (
            <Numeric label="Cut patches from slices of, pixels" value={patches.field} onChange={(field) => edit({ patches: { field } })} />
          )}
          <Switch label="Random patches" on={Boolean(patches)} onChange={(on) => edit({ patches: on ? { field: 2 * size } : null })} />
        </span>
      </Step>
    </ol>
  );
}

const trimmed = (value: number) => Number(value.toFixed(4));

function Step({ title, about, children }: { title: string; about: string; children: ReactNode }) {
  return (
    <li>
      <span className="no" />
      <span>
        {title}
        <small>{about}</small>
      </span>
      <span className="control">{children}</span>
    </li>
  );
}

type ChoiceProps<T extends string> = {
  label: string;
  value: T;
  options: readonly T[];
  titles?: (option: T) => string;
  onChange: (value: T) => void;
};

function Choice<T extends string>({ label, value, options, titles = (option) => option, onChange }: ChoiceProps<T>) {
  return (
    <select className="fld" aria-label={label} value={value} onChange={(event) => onChange(event.target.value as T)}>
      {options.map((option) => (
        <option key={option} value={option}>
          {titles(option)}
        </option>
      ))}
    </select>
  );
}

/** Keeps what is being typed until it is a number. */
function Numeric({ label, value, onChange }: { label: string; value: number; onChange: (value: number) => void }) {
  const [text, setText] = useState<string | null>(null);
  return (
    <input
      className="fld"
      type="number"
      step="any"
      aria-label={label}
      value={text ?? value}
      onChange={(event) => {
        setText(event.target.value);
        if (event.target.value !== '' && Number.isFinite(event.target.valueAsNumber)) onChange(event.target.valueAsNumber);
      }}
      onBlur={() => setText(null)}
    />
  );
}

function Switch({ label, on, onChange }: { label: string; on: boolean; onChange: (on: boolean) => void }) {
  return <button className="sw" role="switch" type="button" aria-checked={on} aria-label={label} onClick={() => onChange(!on)} />;
}

function PhantomFacts({ data: { size, simulation } }: { data: DataState }) {
  const steps: readonly (readonly [string, string])[] = [
    ['Axial slices', 'The patient’s right on the left'],
    ['Intensity in [0, 1]', 'Drawn that way: nothing is rescaled'],
    ['Size', `Each slice is drawn at ${size} × ${size} pixels`],
    ['Masks', `${simulation ? 'Painted with the squares' : 'Drawn with the lesions'}; used for scores, never for training`],
  ];
  return (
    <ol className="recipe">
      {steps.map(([title, about]) => (
        <Step key={title} title={title} about={about}>
          {null}
        </Step>
      ))}
    </ol>
  );
}
