import { useMemo, useRef, useState } from 'react';
import type { Evaluation } from '../../core/protocol';
import type { Edges } from '../../core/types';
import { useLab } from '../../store/store';
import { digitsBetween, percent, significant } from '../format';
import { Letters } from '../Plate';
import { CODE_SHIFT, GREY, MAGMA_LUT, paintBytes } from '../paint';
import { BigPlate } from './BigPlate';
import { Crosshair } from './Crosshair';
import { Film } from './Film';
import { usePaint } from './frame';
import { type Look, transformOf } from './look';
import { ReadOut, Scale } from './ReadOut';
import { NO_TWIN, Twin, useSeam } from './Twin';
import { sliceWords } from './words';

type Props = { evaluation: Evaluation; slice: number; look: Look; setLook: (change: (look: Look) => Look) => void };

/** One slice at full size, with its neighbours, its map and the images of the method beside it. */
export function OneSlice({ evaluation, slice, look, setLook }: Props) {
  const { edges } = evaluation.slices[slice];
  const { views, mapless } = evaluation;
  const [chosen, setChosen] = useState<string | null>(null);
  const beside = chosen !== null && chosen in views ? chosen : Object.keys(views)[0];
  const labels = useLab((s) => s.lab.engine?.models.find((m) => m.id === s.lab.run?.model)?.views) ?? {};
  const words = sliceWords(evaluation, slice);
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
    <>
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
      <p className="small viewread">
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
        {!mapless && <Scale evaluation={evaluation} />}
      </div>
    </>
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
