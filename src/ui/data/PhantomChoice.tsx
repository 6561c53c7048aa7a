import type { PhantomName } from '../../core/protocol';
import { drawPhantom } from '../../store/data';
import { useLab } from '../../store/store';
import { rove } from '../rove';

export const VARIANT_TITLES: Record<PhantomName, string> = {
  standard: 'Standard heads',
  smooth: 'Smooth heads',
  tumours: 'Smooth heads with tumours',
  rinds: 'Bright rinds with tumours',
};

const ABOUT: Record<PhantomName, string> = {
  standard: 'Every head differs in shape, folds and tissue. What the results on the phantom refer to.',
  smooth: 'Heads alike but for strong shading, as a generator can learn them; plaques, tumours and dark lesions.',
  tumours: 'The same heads, with tumours alone, in three of four mixed slices.',
  rinds: 'Dark heads of very different pose and size in a thick bright cortex, with bright tumours; made for ASC-Net.',
};
const VARIANTS = Object.keys(VARIANT_TITLES) as PhantomName[];

/** Which heads the built-in set draws. */
export function PhantomChoice() {
  const data = useLab((s) => s.lab.data);
  const busy = useLab((s) => s.lab.progress.phantom !== undefined);
  if (data?.set !== 'phantom') return null;
  const { variant, size, simulation } = data;
  return (
    <section className="sec" data-testid="phantom-choice">
      <div className="h">
        <h2>Which heads</h2>
        <small>{busy ? 'being drawn' : 'drawn by the lab'}</small>
      </div>
      <div role="radiogroup" aria-label="Which heads" onKeyDown={rove} tabIndex={-1}>
        {VARIANTS.map((name) => (
          // biome-ignore lint/a11y/useSemanticElements: a card holds more than a radio input may
          <div
            key={name}
            className={name === variant ? 'meth on' : 'meth'}
            role="radio"
            aria-checked={name === variant}
            tabIndex={name === variant ? 0 : -1}
            onClick={() => name !== variant && drawPhantom({ variant: name, simulation }, size)}
            onKeyDown={undefined}
          >
            <span className="rd" />
            <b>{VARIANT_TITLES[name]}</b>
            <p>{ABOUT[name]}</p>
          </div>
        ))}
      </div>
      {simulation && <p className="small">While squares are painted, the heads are drawn without lesions.</p>}
    </section>
  );
}
