import { describe, expect, it } from 'vitest';
import { simulationOf } from './simulate';

describe('--simulate', () => {
  it('is the paper’s share and seed 1 in what it does not name', () => {
    expect(simulationOf('share=0.5,seed=7')).toEqual({ share: 0.5, seed: 7 });
    expect(simulationOf('seed=0')).toEqual({ share: 0.3, seed: 0 });
    expect(simulationOf('share=1')).toEqual({ share: 1, seed: 1 });
  });

  it.each([
    ['', /takes share=0…1,seed=N/],
    ['share', /not "share"/],
    ['share=', /not "share="/],
    ['side=40', /not "side=40"/],
    ['share=1.5', /share .* is 150 %/],
    ['share=half', /is missing/],
    ['seed=-1', /seed .* is -1/],
    ['seed=1.5', /whole number/],
  ])('refuses "%s"', (text, sentence) => expect(() => simulationOf(text)).toThrow(sentence));
});
