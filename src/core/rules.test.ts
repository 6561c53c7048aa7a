import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { buildTables, cutAt, LEVELS } from './cut';
import { codeHistogram, codeRanges } from './histogram';
import { Random } from './random';
import { balanced as balancedOf, rank } from './ranking';
import { type RuleInput, type RuleSettings, rulesOf } from './rules';
import { mirrored, mirroredSums, mirroredTables, type Side } from './side';
import { balanced, bestDice, bestF1, healthyImages, healthyQuantile, healthySigma, peak, valley, youden } from './threshold';

const FIXTURE = '../shared/reference/metrics.json';
const SIZE = 64;
const N = 8;
const random = new Random(21);
const masked = [true, true, true, true, false, true, true, true];
const truths = Uint8Array.from({ length: N * SIZE }, (_, i) => (i < 4 * SIZE && random.uniform() < 0.2 ? 1 : 0));
const maps = Uint16Array.from(truths, (truth) => Math.min(LEVELS - 1, Math.floor(500 + 300 * Math.abs(random.normal()) + 500 * truth)));
const images = Uint8Array.from(maps, () => (random.uniform() < 0.8 ? 1 : 0));
const tables = buildTables(maps, truths, masked, SIZE);

const counts = (at: Record<number, number>) => Uint32Array.from({ length: LEVELS }, (_, code) => at[code] ?? 0);

describe('rules without masks', () => {
  it.skipIf(!existsSync(FIXTURE))(`peak and valley of the reference (${FIXTURE}; skipped where that file is missing)`, () => {
    const golden = JSON.parse(readFileSync(FIXTURE, 'utf8')).histogramPeak;
    const histogram = new Uint32Array(LEVELS);
    for (const [bin, count] of Object.entries(golden.histogramNonZero)) histogram[16 * Number(bin) + 5] = count as number;
    expect(peak(histogram).level).toBe(16 * golden.threshold);
    expect(valley(histogram).level).toBe(16 * golden.valley);
    expect(peak(histogram, 'first').level).toBe(16 * golden.peaks[0]);
  });
  it('say why there is no peak or valley', () => {
    expect(valley(new Uint32Array(LEVELS))).toMatchObject({ level: null, reason: 'No peak stands out of the histogram.' });
    expect(peak(new Uint32Array(LEVELS)).level).toBeNull();
    expect(valley(counts({ 100: 9 })).reason).toContain('one peak');
    expect(peak(counts({ 100: 9 })).level).toBe(96);
  });
  it('k σ above the healthy mean, and none beyond the highest score', () => {
    expect(healthySigma(counts({ 100: 1, 110: 1 })).level).toBe(120); // mean 105, σ 5
    expect(healthySigma(counts({ 100: 1, 110: 1 }), 1.5)).toMatchObject({ level: 113, title: 'Healthy + 1.5 σ' });
    expect(healthySigma(counts({ 0: 1, [LEVELS - 1]: 1 }))).toMatchObject({ level: null });
    expect(healthySigma(new Uint32Array(LEVELS)).level).toBeNull();
  });
  it('speak of the scores on the axis where the dark end is anomalous', () => {
    const two = Uint32Array.from({ length: LEVELS }, (_, code) => (Math.abs(code - 800) < 200 ? 9 : Math.abs(code - 3000) < 100 ? 5 : 0));
    const ends = Uint16Array.of(0, LEVELS - 1, 0, 7);
    const said = (side: Side) => [
      valley(two, side).reason,
      ...(['last', 'first'] as const).map((which) => peak(two, which, side)).flatMap(({ title, reason }) => [title, reason]),
      healthySigma(counts({ 100: 1, 110: 1 }), 2, side).title,
      healthySigma(counts({ 100: 1, 110: 1 }), 2, side).reason,
      healthySigma(counts({ 0: 1, [LEVELS - 1]: 1 }), 2, side).reason,
      healthyImages(ends, 0.4, side).reason,
      healthyQuantile(counts({ [LEVELS - 1]: 1 }), 0.1, side).reason,
    ];
    expect(said('dark')).toEqual([
      'Lowest place right of the first peak.',
      'First peak',
      'At the leftmost peak; it may lose half of that peak.',
      'Last peak',
      'At the rightmost peak.',
      'Healthy − 2 σ',
      'Mean of healthy pixels minus 2 of their standard deviations.',
      '2 standard deviations below the healthy mean lie beyond the lowest score.',
      'Even the lowest score is reached in 1 of 2 healthy images.',
      'Even the lowest score is reached by 100 % of healthy pixels.',
    ]);
    for (const words of said('dark')) expect(said('bright')).not.toContain(words.includes('peak') ? `${words} ` : words);
    expect(said('bright').slice(0, 3)).toEqual([
      'Lowest place left of the last peak.',
      'Last peak',
      'At the rightmost peak, as in the ASC-Net paper; it may lose half of that peak.',
    ]);
  });
  it('ask with the numbers they are given, and the first with an answer is the default', () => {
    const healthy = counts({ 100: 50, 200: 49, 300: 1 });
    const input: RuleInput = {
      histogram: counts({ 100: 9 }),
      healthy,
      healthyRanges: Uint16Array.of(0, 100, 0, 200),
      tables,
      validation: null,
    };
    const levels = (settings: RuleSettings) =>
      rulesOf(input, settings).flatMap(({ rule, level }) => (rule.startsWith('healthy') ? [level] : []));
    expect(levels({ pixelRate: 0.01, sigmas: 0, imageRate: 0 })).toEqual([201, 151, 201]);
    expect(levels({ pixelRate: 0.5, sigmas: 2, imageRate: 0.5 })).toEqual([101, 255, 101]);
    const defaults = (histogram: Uint32Array) => rulesOf({ ...input, histogram }).find(({ level }) => level !== null)!.rule;
    expect(defaults(Uint32Array.from({ length: LEVELS }, (_, code) => (code % 2000 < 300 ? 9 : 0)))).toBe('valley');
  });
  it('the rate of healthy images holds at the level, and not one below it', () => {
    const ranges = codeRanges(maps, images, SIZE);
    const maxima = ranges.filter((_, i) => i % 2 === 1);
    for (const rate of [0, 0.1, 0.25, 0.5, 0.99]) {
      const { level } = healthyImages(ranges, rate);
      const share = (at: number) => maxima.filter((code) => code >= at).length / maxima.length;
      expect(share(level!)).toBeLessThanOrEqual(rate);
      expect(share(level! - 1)).toBeGreaterThan(rate);
    }
    expect(healthyImages(ranges, 1).level).toBe(0);
    expect(healthyImages(Uint16Array.of(0, LEVELS - 1, 0, 7), 0.4)).toMatchObject({
      level: LEVELS - 1,
      reason: 'Even the highest score is reached in 1 of 2 healthy images.',
    });
    expect(healthyImages(new Uint16Array(0), 0.4).level).toBeNull();
  });
  it('ranges of codes leave out the background and empty slices', () => {
    expect([...codeRanges(Uint16Array.of(9, 5, 7, 1, 2, 3), Uint8Array.of(0, 1, 1, 0, 0, 0), 3)]).toEqual([5, 7]);
  });
});

describe('rules fitted on masks', () => {
  const levels = Array.from({ length: LEVELS }, (_, level) => level);
  it('balanced agrees with the ranking of the pixels', () => {
    const keep = [...tables.anomalous].flatMap((slice) => Array.from({ length: SIZE }, (_, i) => slice * SIZE + i));
    const golden = balancedOf(
      rank(
        keep.map((i) => maps[i]),
        keep.map((i) => truths[i]),
      ),
    )!;
    const cut = cutAt(tables, balanced(tables).level!);
    expect([cut.sensitivity, 1 - cut.falseAlarmRate!]).toEqual([golden.sensitivity, golden.specificity]);
  });
  it('best F1 counts the false alarms on empty masks too', () => {
    const f1 = (level: number) => {
      let [tp, wrong] = [0, 0];
      for (let i = 0; i < maps.length; i++) {
        if (!masked[Math.floor(i / SIZE)]) continue;
        if (maps[i] >= level && truths[i]) tp++;
        else if (maps[i] >= level || truths[i]) wrong++;
      }
      return (2 * tp) / (2 * tp + wrong);
    };
    const best = bestF1(tables).level!;
    const found = f1(best);
    for (const level of levels.filter((l) => l % 13 === 0 || Math.abs(l - best) < 40)) expect(f1(level)).toBeLessThanOrEqual(found);
    expect(f1(best + 1)).toBeLessThan(found);
    expect(cutAt(tables, bestDice(tables).level!).dice).not.toBe(found);
  });
  it('say what they are fitted on, and nothing without an anomaly', () => {
    const none = buildTables(maps, new Uint8Array(maps.length), masked, SIZE);
    for (const rule of [youden, balanced, bestDice, bestF1]) {
      expect(rule(tables)).toMatchObject({ usesLabels: true, reason: expect.stringContaining('fitted on the test masks') });
      expect(rule(tables, 'validation').reason).toContain('fitted on the validation masks');
      expect(rule(none).level).toBeNull();
    }
  });
});

describe('all rules', () => {
  const input: RuleInput = {
    histogram: codeHistogram(maps, images),
    healthy: codeHistogram(maps.subarray(4 * SIZE), images.subarray(4 * SIZE)),
    healthyRanges: codeRanges(maps.subarray(4 * SIZE), images.subarray(4 * SIZE), SIZE),
    tables,
    validation: null,
  };
  const answers = (one: RuleInput) => rulesOf(one).map(({ rule, level }) => [rule, level]);

  it('do not depend on the order of the slices', () => {
    const order = random.permutation(N);
    const turned = <T extends Uint8Array | Uint16Array>(all: T): T =>
      all.map((_, i) => all[order[Math.floor(i / SIZE)] * SIZE + (i % SIZE)]) as T;
    const shuffled = buildTables(
      turned(maps),
      turned(truths),
      Array.from(order, (slice) => masked[slice]),
      SIZE,
    );
    expect(answers({ ...input, tables: shuffled, histogram: codeHistogram(turned(maps), turned(images)) })).toEqual(answers(input));
  });
  it('that rank flag the same pixels after a monotone transform', () => {
    const stretch = (code: number) => Math.floor(code ** 2 / LEVELS);
    const codes = maps.map((code) => 2 * Math.floor(code / 4)); // apart enough to stay apart
    const before = buildTables(codes, truths, masked, SIZE);
    const after = buildTables(codes.map((code) => stretch(code + 1200)), truths, masked, SIZE); // biome-ignore format: one line
    expect(new Set(codes.map((code) => stretch(code + 1200))).size).toBe(new Set(codes).size);
    for (const rule of [youden, balanced, bestDice, bestF1]) {
      const flagged = [cutAt(before, rule(before).level!), cutAt(after, rule(after).level!)].map((cut) => [cut.tp, ...cut.sliceFlagged]);
      expect(flagged[1]).toEqual(flagged[0]);
    }
  });
  it('are fitted on validation masks where there are any', () => {
    const other = buildTables(maps.map((code) => Math.floor(code / 2)), truths, masked, SIZE); // biome-ignore format: one line
    const rules = rulesOf({ ...input, validation: other });
    expect(rules.find(({ rule }) => rule === 'youden')).toEqual(youden(other, 'validation'));
    const blind = buildTables(maps, truths, Array(N).fill(false), SIZE);
    expect(rulesOf({ ...input, tables: blind }).every(({ usesLabels }) => !usesLabels)).toBe(true);
  });
  it('dark: mirrored tables are the tables of mirrored codes, and dark flags what the low codes are', () => {
    const dark = maps.map(mirrored);
    expect(mirroredTables(tables)).toEqual(buildTables(dark, truths, masked, SIZE));
    expect(mirroredTables(mirroredTables(tables))).toEqual(tables);
    expect(mirroredSums(tables)).toEqual({
      overTruth: mirroredTables(tables).overTruth,
      overAnomalous: mirroredTables(tables).overAnomalous,
      overEmpty: mirroredTables(tables).overEmpty,
    });
  });
});
