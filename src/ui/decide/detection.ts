import { useEffect, useState } from 'react';
import { packed } from '../../core/bitMask';
import { type Detection, detectionOf } from '../../core/lesions';
import { cleanStack } from '../../core/morphology';
import type { Evaluation } from '../../core/protocol';
import { flaggedFrom } from '../../core/side';
import { stacksOf } from '../../core/volumes';
import { type Cut, cleanUpOf } from '../../store/cut';
import { useCut, useDragging } from './use';

/** Milliseconds that the cut has to rest, and those of one stretch of work: no frame waits for longer. */
const REST = 120;
const STRETCH = 8;

/** Lesions found and missed at the cut, clean-up included; null while they are counted. */
export function useDetection(evaluation: Evaluation): Detection | null {
  const cut = useCut();
  const dragging = useDragging();
  const [known, setKnown] = useState<{ evaluation: Evaluation; cut: Cut; detection: Detection } | null>(null);
  useEffect(() => {
    if (dragging) return;
    const work = counted(evaluation, cut);
    let timer = 0;
    const stretch = () => {
      const until = performance.now() + STRETCH;
      let step = work.next();
      while (!step.done && performance.now() < until) step = work.next();
      if (step.done) setKnown({ evaluation, cut, detection: step.value });
      else timer = window.setTimeout(stretch);
    };
    timer = window.setTimeout(stretch, REST);
    return () => window.clearTimeout(timer);
  }, [evaluation, cut, dragging]);
  return known?.evaluation === evaluation && known.cut === cut ? known.detection : null;
}

/** Yields after each slice, or each volume where regions go through it. */
function* counted(evaluation: Evaluation, cut: Cut): Generator<void, Detection, void> {
  const { slices, maps, truths, height, width } = evaluation;
  const cleanUp = cleanUpOf(cut);
  const size = height * width;
  const [low, high] = flaggedFrom(cut.side, cut.level);
  const total: Detection = { found: 0, missed: 0, falseRegions: 0, images: 0 };
  for (const stack of cleanUp.space === 'volume' ? stacksOf(slices) : slices.map((_, slice) => [slice])) {
    const masks = stack.map((slice) => packed(maps, slice * size, height, width, low, high));
    cleanStack(masks, cleanUp);
    const known = stack.flatMap((slice, i) => (slices[slice].masked ? [i] : []));
    const part = detectionOf(
      known.map((i) => masks[i]),
      known.map((i) => packed(truths, stack[i] * size, height, width)),
    );
    total.found += part.found;
    total.missed += part.missed;
    total.falseRegions += part.falseRegions;
    total.images += part.images;
    yield;
  }
  return total;
}
