import { useEffect, useRef } from 'react';
import { type State, useLab } from '../../store/store';

/** Paints at once, and again in the next frame after the level, the slice or a layer has changed. All painters share that frame, and React
 * renders nothing for it. */
export function usePaint(paint: (state: State) => void, changed: readonly unknown[]): void {
  const latest = useRef(paint);
  latest.current = paint;
  useEffect(() => {
    latest.current(useLab.getState());
    let due = 0;
    const stop = useLab.subscribe((now, before) => {
      if (now.cut.cut === before.cut.cut && now.slice === before.slice && now.layers === before.layers) return;
      due ||= requestAnimationFrame(() => {
        due = 0;
        latest.current(useLab.getState());
      });
    });
    return () => {
      stop();
      cancelAnimationFrame(due);
    };
  }, changed);
}
