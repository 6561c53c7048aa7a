import { useMemo, useRef, useState } from 'react';
import { scoreOf } from '../../core/cut';
import { shareBelow } from '../../core/histogram';
import type { Evaluation } from '../../core/protocol';
import type { Edges } from '../../core/types';
import type { Layer } from '../../store/address';
import { selectSlice, toggleLayer } from '../../store/decide';
import { useLab } from '../../store/store';
import { count, digitsBetween, fixed, percent, plain, significant } from '../format';
import { Icon } from '../Icon';
import { Letters } from '../Plate';
import { CODE_SHIFT, GREY, MAGMA_CSS, MAGMA_LUT, paintBytes } from '../paint';
import { BigPlate } from './BigPlate';
import { Crosshair } from './Crosshair';
import { Film } from './Film';
import { usePaint } from './frame';
import { type Look, PLAIN_LOOK, transformOf, useLook } from './look';
import { NO_TWIN, Twin, useSeam } from './Twin';
import { useNumbers } from './use';
import { sliceWords } from './words';

export function Viewer({ evaluation }: { evaluation: Evaluation }) {
  const slice = useLab((s) => Math.min(s.slice, evaluation.slices.length - 1));
  const { edges, masked } = evaluation.slices[slice];
  const { views, mapless } = evaluation;
  const [chosen, setChosen] = useState<string | null>(null);
  const beside = chosen !== null && chosen in views ? chosen : Object.keys(views)[0];
  const labels = useLab((s) => s.lab.engine?.models.find((m) => m.id === s.lab.run?.model)?.views) ?? {};
  const words = sliceWords(evaluation, slice);
  const [look, setLook] = useLook();
  const [twin, setTwin] = useState(NO_TWIN);
  const seam = useSeam(twin);
  const choices: Record<string, string> = { image: 'Input', ...(!mapless && { map: 'Score map' }), ...labels };
  for (const id of Object.keys(labels)) if (!(id in views)) delete choices[id];
  const size = evaluation.height * evaluation.width;
  const over = twin.layer in choices ? twin.layer : '';
  const pixels = over === 'image' ? evaluation.images : over === 'map' ? evaluation.maps : views[over];
  const picture = useMemo(
    () => (over ? { pixels: pixels.subarray(slice * size, (slice + 1) * size), map: over === 'map' } : null),
    [over, pixels, slice, size],
  );
  const veil = useMemo(() => picture && { ...picture, from: seam }, [picture, seam]);
  return (
    <section className="sec" style={{ paddingTop: 12 }}>
      <div className="row between viewhead">
        <span className="row ell">
          <button className="ib s" type="button" aria-label="Previous slice" onClick={() => selectSlice(slice - 1)}>
            <Icon name="left" />
          </button>
          <b className="ell">{words}</b>
          <button className="ib s" type="button" aria-label="Next slice" onClick={() => selectSlice(slice + 1)}>
            <Icon name="right" />
          </button>
          <span className="dim hide-m nw">
            axial · {evaluation.width}²{!mapless && ' · '}
            {!mapless && <SliceDice evaluation={evaluation} slice={slice} />}
          </span>
        </span>
        <span className="row">
          {!mapless && <Toggle layer="mask" label="Mask" keyName="M" colour="var(--cut)" />}
          {masked && <Toggle layer="truth" label="Truth" keyName="T" colour="var(--truth)" dashed />}
          {!mapless && <Toggle layer="map" label="Map" keyName="H" />}
        </span>
      </div>
      <div className="view">
        <Film evaluation={evaluation} slice={slice} />
        <BigPlate evaluation={evaluation} slice={slice} words={words} look={look} setLook={setLook} veil={veil} />
        <div className="stack">
          {mapless ? (
            <SliceScore evaluation={evaluation} slice={slice} />
          ) : (
            <Layered
              evaluation={evaluation}
              slice={slice}
              pixels={evaluation.maps}
              shift={CODE_SHIFT}
              lut={MAGMA_LUT}
              caption="Score map"
              words={words}
              edges={edges}
              look={look}
            />
          )}
          {beside && (
            <Layered
              key={beside}
              evaluation={evaluation}
              slice={slice}
              pixels={views[beside]}
              shift={0}
              lut={GREY}
              caption={labels[beside]}
              words={words}
              edges={edges}
              look={look}
            />
          )}
        </div>
      </div>
      <p className="small readout">
        <ReadOut evaluation={evaluation} slice={slice} look={look} />
      </p>
      <div className="row between small viewfoot">
        <Twin choices={choices} twin={twin} setTwin={setTwin} />
        {Object.keys(views).length > 1 && (
          <fieldset className="seg s" aria-label="Image beside the map">
            {Object.keys(views).map((id) => (
              <button key={id} type="button" aria-pressed={id === beside} onClick={() => setChosen(id)}>
                {labels[id]}
              </button>
            ))}
          </fieldset>
        )}
        {!mapless && (
          <span className="row scale">
            {plain(evaluation.lo)}
            <i style={{ background: MAGMA_CSS }} />
            {plain(evaluation.hi)}
          </span>
        )}
      </div>
    </section>
  );
}

/** In place of the map: the slice's one number, and where it stands among the others. */
function SliceScore({ evaluation, slice }: { evaluation: Evaluation; slice: number }) {
  const { slices, scorer } = evaluation;
  const { score } = slices[slice];
  const below = slices.filter((one) => one.score < score).length;
  const known = slices.map((one) => one.score).filter((one) => !Number.isNaN(one));
  const digits = digitsBetween(Math.min(...known), Math.max(...known));
  return (
    <div className="sliceone">
      <span className="small">{scorer} of this slice</span>
      <b data-testid="slice-score">{significant(score, digits)}</b>
      <span className="small">
        {Number.isNaN(score)
          ? 'The score stopped being a number here.'
          : slices.length > 1 && `Above ${percent(below / (slices.length - 1), 0)} of the other test slices. There is no map of it.`}
      </span>
    </div>
  );
}

function SliceDice({ evaluation, slice }: { evaluation: Evaluation; slice: number }) {
  const dice = useNumbers(evaluation).sliceDice[slice];
  const { masked } = evaluation.slices[slice];
  return <>{Number.isNaN(dice) ? (masked ? 'no lesion here' : 'no mask') : `Dice ${fixed(dice, 2)}`}</>;
}

/** What stands under the pointer; without one, what is called anomalous in the slice. */
function ReadOut({ evaluation, slice, look: { cursor, window } }: { evaluation: Evaluation; slice: number; look: Look }) {
  const { height, width, maps, lo, hi, scorer, mapless, healthy } = evaluation;
  const changed = window !== PLAIN_LOOK.window;
  const grey = changed ? ` · window ${count(window.lo)} to ${count(window.hi)} of 255` : '';
  if (!cursor)
    return (
      <span>
        {!mapless && <MaskArea evaluation={evaluation} slice={slice} />}
        {grey}
      </span>
    );
  const code = maps[(slice * height + cursor.y) * width + cursor.x];
  const below = shareBelow(healthy, code);
  return (
    <span data-testid="read-out">
      Cursor {cursor.x}, {cursor.y}
      {!mapless && ` · ${scorer} ${plain(scoreOf(code, lo, hi))}`}
      {!mapless && below !== null && <b> · {below === 1 ? 'above every healthy pixel' : `above ${percent(below)} of healthy pixels`}</b>}
      {grey}
    </span>
  );
}

function MaskArea({ evaluation, slice }: { evaluation: Evaluation; slice: number }) {
  const flagged = useNumbers(evaluation).sliceFlagged[slice];
  const { pixelArea } = evaluation.slices[slice];
  return (
    <span>
      Called anomalous here: <b data-testid="mask-area">{count(flagged)}</b> px
      {pixelArea !== null && ` · ${count(flagged * pixelArea)} mm²`}
    </span>
  );
}

type ToggleProps = { layer: Layer; label: string; keyName: string; colour?: string; dashed?: boolean };

function Toggle({ layer, label, keyName, colour, dashed }: ToggleProps) {
  const on = useLab((s) => s.layers[layer]);
  return (
    <button
      className="k toggle"
      type="button"
      aria-pressed={on}
      onClick={() => toggleLayer(layer)}
      style={{ '--c': colour } as React.CSSProperties}
    >
      {colour && <i className={dashed ? 'dash' : undefined} />}
      {label} <kbd>{keyName}</kbd>
    </button>
  );
}

type LayeredProps = {
  evaluation: Evaluation;
  slice: number;
  pixels: ArrayLike<number> & { subarray(from: number, to: number): ArrayLike<number> };
  shift: number;
  lut: Uint32Array;
  caption: string;
  words: string;
  edges: Edges | null;
  look: Look;
};

function Layered({ evaluation, slice, pixels, shift, lut, caption, words, edges, look }: LayeredProps) {
  const ref = useRef<HTMLCanvasElement>(null);
  const size = evaluation.height * evaluation.width;
  usePaint(() => {
    const canvas = ref.current!;
    const key = `${slice} ${evaluation.scorer} ${evaluation.smooth} ${evaluation.run}`;
    if (canvas.dataset.drawn === key) return;
    canvas.dataset.drawn = key;
    paintBytes(canvas, pixels.subarray(slice * size, (slice + 1) * size), evaluation.height, evaluation.width, lut, shift);
  }, [evaluation, slice, pixels]);
  return (
    <span className="plate" role="img" aria-label={`${caption} of ${words}`}>
      <canvas ref={ref} className="zoomable" style={{ transform: transformOf(look.zoom) }} />
      <Crosshair look={look} height={evaluation.height} width={evaluation.width} />
      <Letters edges={edges} />
      <span className="cap" aria-hidden="true">
        {caption}
      </span>
    </span>
  );
}
