import { describe, expect, it } from 'vitest';
import { hashUnit } from './hashUnit';
import { fitLogistic, type Logistic, logOdds, probability } from './logistic';
import { auroc, rank } from './ranking';

const n = 400;
const features = [hashUnit(6, n), hashUnit(7, n).map((v) => 3 * v), hashUnit(8, n).map((v) => 0.1 * v + 1)];
const noise = hashUnit(9, n);
const labels = Uint8Array.from(noise, (v, i) => (features[0][i] + 0.2 * features[1][i] + 8 * features[2][i] - 8 + 0.8 * v > 0 ? 1 : 0));

function fitted(result: Logistic | { reason: string }): Logistic {
  if ('reason' in result) throw new Error(result.reason);
  return result;
}

describe('golden values of the reference (metrics.json, logistic)', () => {
  const model = fitted(fitLogistic(features, labels));
  const odds = Float64Array.from({ length: n }, (_, i) =>
    logOdds(
      model,
      features.map((f) => f[i]),
    ),
  );

  it('agrees on the standardisation', () => {
    expect(labels.reduce((a, b) => a + b, 0)).toBe(178);
    for (const [k, mean] of [-0.00485258788, 0.00247825742, 0.993163238].entries()) expect(model.mean[k]).toBeCloseTo(mean, 8);
    for (const [k, sd] of [0.57962986, 1.74947581, 0.0564050392].entries()) expect(model.sd[k]).toBeCloseTo(sd, 8);
  });
  it('agrees on the weights', () => {
    expect(model.intercept).toBeCloseTo(-0.457707884, 6);
    for (const [k, weight] of [2.23912237, 1.16103285, 1.79149609].entries()) expect(model.weights[k]).toBeCloseTo(weight, 6);
  });
  it('agrees on what it predicts', () => {
    expect(auroc(rank(odds, labels))).toBeCloseTo(0.92764956, 8);
    expect(probability(odds[0])).toBeCloseTo(0.572220444, 6);
  });
});

describe('input that cannot be fitted', () => {
  it('says why', () => {
    expect(fitLogistic(features, new Uint8Array(n))).toEqual({ reason: 'The labelled share holds only one class.' });
    expect(fitLogistic([[1, 2, 3, 4]], [0, 0, 1, 1])).toMatchObject({ reason: expect.stringContaining('separate') });
    expect(fitLogistic([[1, Number.NaN, 3, 4]], [0, 1, 0, 1])).toMatchObject({ reason: expect.stringContaining('not finite') });
  });
  it('gives a constant feature no weight and splits the weight of twins', () => {
    const constant = fitted(fitLogistic([features[0], new Float64Array(n).fill(5)], labels));
    expect(constant.weights[1]).toBe(0);
    const twins = fitted(fitLogistic([features[0], features[0]], labels));
    expect(twins.weights[0]).toBeCloseTo(twins.weights[1], 4);
    expect(twins.weights[0] + twins.weights[1]).toBeCloseTo(constant.weights[0], 4);
  });
  it('refuses lengths that differ', () => {
    expect(() => fitLogistic([[1, 2]], [0, 1, 0])).toThrow('2 values for 3 labels');
  });
});
