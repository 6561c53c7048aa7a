import { useMemo } from 'react';
import type { Evaluation } from '../../core/protocol';
import type { Side } from '../../core/side';
import { type Cut, NO_CUT, USUAL_CLEAN_UP } from '../../store/cut';
import { type Decided, numbersOf, sided } from '../../store/derived';
import { useLab } from '../../store/store';

/** Only where there is nothing to cut. */
const NOWHERE: Cut = { level: 0, rule: '', side: 'bright', clean: false, cleanUp: USUAL_CLEAN_UP };

export const useCut = (): Cut => useLab((s) => s.cut.cut ?? NOWHERE);
export const useLevel = (): number => useLab((s) => s.cut.cut?.level ?? 0);
export const useSide = (): Side => useLab((s) => s.cut.cut?.side ?? 'bright');
export const useDragging = (): boolean => useLab((s) => s.cut.before !== NO_CUT.before);

/** The evaluation with the side of the cut taken as the high one. */
export const useSided = (evaluation: Evaluation): Evaluation => sided(evaluation, useSide());

/** The numbers at the cut, clean-up included. */
export function useNumbers(evaluation: Evaluation): Decided {
  const cut = useCut();
  const cleaned = useLab((s) => s.lab.cleaned);
  return useMemo(() => numbersOf(evaluation, cut, cleaned), [evaluation, cut, cleaned]);
}
