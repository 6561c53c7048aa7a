import { type Look, placeOf } from './look';

/** Two hairlines through the pixel under the pointer. */
export function Crosshair({ look, height, width }: { look: Look; height: number; width: number }) {
  const at = placeOf(look, height, width);
  if (!at) return null;
  return (
    <>
      <i className="hair v" style={{ left: at.left }} aria-hidden="true" />
      <i className="hair" style={{ top: at.top }} aria-hidden="true" />
    </>
  );
}
