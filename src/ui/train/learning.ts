import { useEffect, useState } from 'react';
import type { Point } from '../../core/protocol';
import { runOf } from '../../store/actions';
import { useLab } from '../../store/store';

/** Updates that are looked back on to see whether networks take turns. */
const RECENT = 12;
/** Changes among them that are more than one phase giving way to the next. */
const TURNS = 3;

/** Who learns: the network of the last update, or all of those that have just been taking turns. */
export function learners(points: readonly Point[]): readonly string[] {
  const recent = points.slice(-RECENT).map((point) => point.network);
  const changes = recent.filter((network, i) => i > 0 && network !== recent[i - 1]).length;
  return changes >= TURNS ? [...new Set(recent)] : recent.slice(-1);
}

/** Stretches of updates in which other networks than `network` learnt, those at least `least` updates long. */
export function rests(points: readonly Point[], network: string, least: number): readonly (readonly [from: number, to: number])[] {
  const found: [number, number][] = [];
  let from: number | null = null;
  let before = 0;
  for (const point of [...points, null]) {
    const other = point !== null && point.network !== network;
    if (other) from ??= before;
    else if (from !== null) {
      if (before - from >= least) found.push([from, before]);
      from = null;
    }
    before = point?.update ?? before;
  }
  return found;
}

export const REDRAW_MS = 250;
const NONE: readonly Point[] = [];
const pointsNow = (): readonly Point[] => {
  const s = useLab.getState();
  return runOf(s) ? s.lab.points : NONE;
};

/** The points as they were at the last beat: at most four a second, each reader on a beat of its own, so that no two draw in one frame. */
export function useSampled(delay: number): readonly Point[] {
  const [points, setPoints] = useState(pointsNow);
  useEffect(() => {
    let timer = 0;
    const beat = () => setPoints(pointsNow());
    const late = window.setTimeout(() => {
      beat();
      timer = window.setInterval(beat, REDRAW_MS);
    }, delay);
    return () => {
      window.clearTimeout(late);
      window.clearInterval(timer);
    };
  }, [delay]);
  return points;
}
