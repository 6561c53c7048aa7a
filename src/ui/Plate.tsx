import { type ReactNode, useEffect, useRef } from 'react';
import { GREY, MAGMA_LUT, paintBytes } from './paint';

type Props = {
  pixels: Uint8Array;
  truth?: Uint8Array | null;
  height: number;
  width: number;
  map?: boolean;
  oriented: boolean;
  /** Letters are left out where a row of plates has them already. */
  letters?: boolean;
  caption?: string;
  alt: string;
};

/** A still picture of one slice, always on black. */
export function Plate({ pixels, truth = null, height, width, map = false, oriented, letters = true, caption, alt }: Props) {
  const ref = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    paintBytes(ref.current!, pixels, height, width, map ? MAGMA_LUT : GREY, 0, truth);
  }, [pixels, truth, height, width, map]);
  return (
    <span className="plate" role="img" aria-label={`${alt}${oriented ? '' : ', orientation unknown'}`}>
      <canvas ref={ref} />
      {letters && <Letters oriented={oriented} />}
      {caption && (
        <span className="cap" aria-hidden="true">
          {caption}
        </span>
      )}
    </span>
  );
}

/** Radiological order: the patient's right is on the left. */
export function Letters({ oriented, long = false }: { oriented: boolean; long?: boolean }): ReactNode {
  if (!oriented)
    return (
      <span className="lr R" aria-hidden="true" title="Orientation unknown">
        {long ? 'orientation unknown' : '?'}
      </span>
    );
  return (
    <>
      <span className="lr R" aria-hidden="true">
        R
      </span>
      <span className="lr L" aria-hidden="true">
        L
      </span>
    </>
  );
}
