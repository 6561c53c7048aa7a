import { useMemo } from 'react';
import type { Assessed } from '../../core/answers';
import type { Evaluation } from '../../core/protocol';
import { USUAL_RULES } from '../../core/rules';
import type { Side } from '../../core/side';
import { type Cut, NO_CUT, USUAL_CLEAN_UP } from '../../store/cut';
import { answers, concerns, type Decided, numbersOf, sided } from '../../store/derived';
import { useLab } from '../../store/store';

/** Only where there is nothing to cut. */
const NOWHERE: Cut = { level: 0, rule: '', side: 'bright', clean: false, cleanUp: USUAL_CLEAN_UP, settings: USUAL_RULES };

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

/** What takes longer than a frame: null while it is worked out, or with the reason why it could not be. What stands for every cut of a side is
 * still there when the cut has moved. */
export function useAssessed(evaluation: Evaluation): {
  assessed: Assessed | null;
  always: Pick<Assessed, 'aupro' | 'auproCi95' | 'pixelAurocCi95' | 'pixelAurocInBrainCi95' | 'pixelAveragePrecisionCi95'> | null;
  failed: string | null;
} {
  const cut = useCut();
  const assessed = useLab((s) => s.lab.assessed);
  const failed = useLab((s) => s.lab.failures.assess ?? null);
  return {
    assessed: answers(assessed, evaluation, cut) ? assessed : null,
    always: concerns(assessed, evaluation) && assessed.side === cut.side ? assessed : null,
    failed,
  };
}
