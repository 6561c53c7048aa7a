import { useEffect, useRef } from 'react';
import { type State, useLab } from '../../store/store';

const painters = new Set<() => void>();

/** Has everything painted again in the next frame: more has become known than the state says. */
export function repaint(): void {
  for (const paint of painters) paint();
}

/** Paints at once, and again in the next frame after the cut, the slice or a layer has changed. All painters share that frame, and React
 * renders nothing for it. */
export function usePaint(paint: (state: State) => void, changed: readonly unknown[]): void {
  const latest = useRef(paint);
  latest.current = paint;
  useEffect(() => {
    latest.current(useLab.getState());
    let due = 0;
    const soon = () => {
      due ||= requestAnimationFrame(() => {
        due = 0;
        latest.current(useLab.getState());
      });
    };
    const stop = useLab.subscribe((now, before) => {
      if (now.cut !== before.cut || now.slice !== before.slice || now.layers !== before.layers) soon();
    });
    painters.add(soon);
    return () => {
      stop();
      painters.delete(soon);
      cancelAnimationFrame(due);
    };
  }, changed);
}
