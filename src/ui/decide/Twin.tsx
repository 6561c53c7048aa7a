import { useEffect, useState } from 'react';

const BLINK_MS = 700;
const isStill = (): boolean => matchMedia('(prefers-reduced-motion: reduce)').matches;

export type TwinState = { layer: string; way: 'swipe' | 'blink'; at: number };
export const NO_TWIN: TwinState = { layer: '', way: 'swipe', at: 0.5 };

type Props = { choices: Readonly<Record<string, string>>; twin: TwinState; setTwin: (twin: TwinState) => void };

/** Chooses a second picture over the first, to swipe across or to blink between. */
export function Twin({ choices, twin, setTwin }: Props) {
  const { layer, way, at } = twin;
  return (
    <span className="row twin">
      <label className="row small">
        Over it
        <select className="fld" value={layer} data-testid="twin" onChange={(event) => setTwin({ ...twin, layer: event.target.value })}>
          <option value="">nothing</option>
          {Object.entries(choices).map(([id, label]) => (
            <option key={id} value={id}>
              {label}
            </option>
          ))}
        </select>
      </label>
      {layer && (
        <fieldset className="seg s" aria-label="How the two are compared">
          {(['swipe', 'blink'] as const).map((one) => (
            <button key={one} type="button" aria-pressed={way === one} onClick={() => setTwin({ ...twin, way: one })}>
              {one}
            </button>
          ))}
        </fieldset>
      )}
      {layer && way === 'swipe' && (
        <input
          className="swipe"
          type="range"
          min={0}
          max={100}
          value={Math.round(100 * at)}
          aria-label="Place of the swipe, per cent from the left"
          onChange={(event) => setTwin({ ...twin, at: Number(event.target.value) / 100 })}
        />
      )}
      {layer && way === 'blink' && isStill() && (
        <button className="btn s" type="button" onClick={() => setTwin({ ...twin, at: at === 0 ? 1 : 0 })}>
          Switch
        </button>
      )}
    </span>
  );
}

/** Share of the width from which the second picture is seen. Those who want no motion switch by hand. */
export function useSeam({ layer, way, at }: TwinState): number {
  const [on, setOn] = useState(true);
  const blinks = layer !== '' && way === 'blink' && !isStill();
  useEffect(() => {
    if (!blinks) return;
    const timer = window.setInterval(() => setOn((old) => !old), BLINK_MS);
    return () => window.clearInterval(timer);
  }, [blinks]);
  if (way === 'swipe') return at;
  return (blinks ? on : at < 1) ? 0 : 1;
}
