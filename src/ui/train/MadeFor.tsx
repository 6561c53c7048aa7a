import { paramsOf, specOf } from '../../store/actions';
import { drawPhantom } from '../../store/data';
import { isActive } from '../../store/state';
import { useLab } from '../../store/store';
import { VARIANT_TITLES } from '../data/PhantomChoice';
import { percent } from '../format';

/** The built-in data that the chosen preset was found on, where others are in use, and one click to them. */
export function MadeFor() {
  const made = useLab((s) => specOf(s)?.presets[s.preset]?.madeFor);
  const size = useLab((s) => paramsOf(s).size);
  const data = useLab((s) => s.lab.data);
  const busy = useLab((s) => isActive(s.lab.run) || s.lab.progress.phantom !== undefined);
  if (!made || data?.set !== 'phantom') return null;
  const { variant, simulation } = made;
  const there = data.variant === variant && data.simulation?.share === simulation?.share && data.simulation?.seed === simulation?.seed;
  if (there) return null;
  const squares = simulation ? `, squares in ${percent(simulation.share, 0)} of the mixed slices` : ', without painted squares';
  return (
    <p className="note" data-testid="made-for">
      <span className="grow">
        Found on other data than are in use: {VARIANT_TITLES[variant].toLowerCase()}
        {squares}.
      </span>
      <button
        className="btn s"
        type="button"
        aria-disabled={busy}
        title={busy ? 'A run or a phantom is under way.' : undefined}
        onClick={() => !busy && drawPhantom(made, size)}
      >
        Draw them
      </button>
    </p>
  );
}
