import { type ReactNode, useEffect, useRef } from 'react';
import type { Edges } from '../core/types';
import { GREY, MAGMA_LUT, paintBytes } from './paint';

type Props = {
  pixels: Uint8Array;
  truth?: Uint8Array | null;
  height: number;
  width: number;
  map?: boolean;
  /** Null where the file does not say; absent where there is nothing to say (a made-up image). */
  edges?: Edges | null;
  /** Letters are left out where a row of plates has them already. */
  letters?: boolean;
  caption?: string;
  alt: string;
};

/** A still picture of one slice, always on black. */
export function Plate({ pixels, truth = null, height, width, map = false, edges, letters = true, caption, alt }: Props) {
  const ref = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    paintBytes(ref.current!, pixels, height, width, map ? MAGMA_LUT : GREY, 0, truth);
  }, [pixels, truth, height, width, map]);
  return (
    <span className="plate" role="img" aria-label={`${alt}${edges === null ? ', orientation unknown' : ''}`}>
      <canvas ref={ref} />
      {letters && edges !== undefined && <Letters edges={edges} />}
      {caption && (
        <span className="cap" aria-hidden="true">
          {caption}
        </span>
      )}
    </span>
  );
}

const PLACES = { left: 'left', right: 'right', top: 'upper', bottom: 'lower' };

/** Where the patient's sides are: left and right on every plate, all four on a long one. */
export function Letters({ edges, long = false }: { edges: Edges | null; long?: boolean }): ReactNode {
  if (!edges)
    return (
      <span className="lr left" aria-hidden="true" title="Orientation unknown">
        {long ? 'orientation unknown' : '?'}
      </span>
    );
  const sides = long ? (['left', 'right', 'top', 'bottom'] as const) : (['left', 'right'] as const);
  return sides.map((side) => (
    <span key={side} className={`lr ${PLACES[side]}`} aria-hidden="true">
      {edges[side]}
    </span>
  ));
}
