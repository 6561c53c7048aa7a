/** The numbers of a scorer whose low scores are the anomalous ones. */
import { cutAt, LEVELS, type Tables } from './cut';
import { flagsOf } from './decision';
import type { Metrics } from './metrics';
import { bestDice } from './threshold';

/** Ranks turned around, without what only counts could say. */
export function turnedRanks(m: Metrics): Metrics {
  const turned = (share: number | null) => (share === null ? null : 1 - share);
  return {
    ...m,
    pixelAuroc: turned(m.pixelAuroc),
    pixelAurocInBrain: turned(m.pixelAurocInBrain),
    imageAuc: turned(m.imageAuc),
    imageAucCi95: m.imageAucCi95 && [1 - m.imageAucCi95[1], 1 - m.imageAucCi95[0]],
    ...{ pixelAveragePrecision: null, bestDice: null, bestDiceThreshold: null, dice: null, threshold: null },
  };
}

/** Ranks turned around; average precision and best Dice at the levels of the tables. The threshold of best Dice is a score as it is on the axis:
 * below it pixels are flagged.
 * @param tables of the mirrored codes
 * @param lo lowest score, not negated */
export function mirroredMetrics(m: Metrics, tables: Tables, lo: number, hi: number): Metrics {
  const best = bestDice(tables).level;
  return {
    ...turnedRanks(m),
    pixelAveragePrecision: m.pixelAveragePrecision === null ? null : averagePrecision(tables),
    bestDice: best === null ? null : cutAt(tables, best).dice,
    bestDiceThreshold: best === null ? null : (flagsOf('dark', best, lo, hi)?.score ?? null),
  };
}

function averagePrecision({ overTruth, overAnomalous }: Tables): number {
  let sum = 0;
  for (let level = LEVELS - 1, before = 0; level >= 0; level--) {
    if (overTruth[level] > before) sum += ((overTruth[level] - before) * overTruth[level]) / overAnomalous[level];
    before = overTruth[level];
  }
  return sum / overTruth[0];
}
