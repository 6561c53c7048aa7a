import { useEffect, useMemo, useRef } from 'react';
import type { Evaluation } from '../../core/protocol';
import { selectSlice } from '../../store/actions';
import { derive } from '../../store/derived';
import { useLab } from '../../store/store';
import { paintMask, type SmallPlate, smallPlate } from '../paint';
import { usePaint } from './frame';
import { sliceWords } from './Viewer';

const MOST = 24;

/** Slices spread evenly over those with an anomaly, then over the rest: the same ones for every predictor. */
export function spread(anomalous: ArrayLike<number>, total: number, most: number): number[] {
  const pick = (from: ArrayLike<number>, n: number) =>
    Array.from({ length: Math.min(n, from.length) }, (_, i) => from[Math.floor((i * from.length) / Math.min(n, from.length))]);
  const first = pick(anomalous, most);
  const held = new Set(Array.from(anomalous));
  const rest = Array.from({ length: total }, (_, i) => i).filter((i) => !held.has(i));
  return [...first, ...pick(rest, most - first.length)].sort((a, b) => a - b);
}

/** Up to 24 slices at once, so that a cut is judged on more than the one in view. */
export function MaskGrid({ evaluation }: { evaluation: Evaluation }) {
  const current = useLab((s) => s.slice);
  const plates = useRef(new Map<number, SmallPlate>());
  const canvases = useRef(new Map<number, HTMLCanvasElement>());
  const { slices, images, maps, truths, height, width } = evaluation;
  const size = height * width;
  const picked = useMemo(() => spread(derive(evaluation).tables.anomalous, slices.length, MOST), [evaluation, slices.length]);
  const withTruth = useLab((s) => s.layers.truth);
  useEffect(() => {
    plates.current.clear();
    for (const i of picked) {
      const part = <T extends Uint8Array>(all: T) => all.subarray(i * size, (i + 1) * size);
      plates.current.set(
        i,
        smallPlate(canvases.current.get(i)!, part(images), withTruth && slices[i].masked ? part(truths) : null, height, width),
      );
    }
  }, [picked, images, truths, slices, size, height, width, withTruth]);
  usePaint(
    (state) => {
      const level = state.cut.cut?.level ?? 0;
      for (const [i, plate] of plates.current) paintMask(plate, maps.subarray(i * size, (i + 1) * size), level, state.layers.mask);
    },
    [picked, maps, size, withTruth],
  );
  return (
    <section className="sec" style={{ paddingTop: 12 }} aria-label="Masks of other slices at this cut">
      <div className="maskgrid" role="group" aria-label={`${picked.length} slices with the mask at this cut`}>
        {picked.map((i) => (
          <button
            key={i}
            type="button"
            aria-label={sliceWords(evaluation, i)}
            aria-current={i === current ? 'true' : undefined}
            onClick={() => selectSlice(i)}
          >
            <canvas
              ref={(canvas) => {
                if (canvas) canvases.current.set(i, canvas);
                else canvases.current.delete(i);
              }}
            />
          </button>
        ))}
      </div>
    </section>
  );
}
