import { describe, expect, it } from 'vitest';
import type { Cut } from '../core/cut';
import type { Evaluation } from '../core/protocol';
import { outlines } from './contour';
import { greyTable, PLAIN_LOOK, placeOf, windowed, zoomed } from './decide/look';
import { areaOf, areaUnit, csv, csvName, scoresCsv, sorted } from './decide/sliceRows';
import { spread } from './decide/spread';
import { bytes, digitsBetween, duration, fixed, plain, significant } from './format';
import { place, route } from './train/diagram';
import { learners, rests } from './train/learning';

describe('outlines', () => {
  it('goes around one pixel, between it and its neighbours', () => {
    const [line, ...others] = outlines([0, 0, 0, 0, 1, 0, 0, 0, 0], 3, 3, 1);
    expect(others).toEqual([]);
    expect([...line]).toHaveLength(8);
    for (let i = 0; i < line.length; i += 2) expect(Math.hypot(line[i] - 1.5, line[i + 1] - 1.5)).toBeCloseTo(0.5);
  });

  it('closes at the edge of the picture and keeps a hole apart', () => {
    expect(outlines(new Uint8Array(9).fill(1), 3, 3, 1)).toHaveLength(1);
    expect(outlines([1, 1, 1, 1, 0, 1, 1, 1, 1], 3, 3, 1)).toHaveLength(2);
    expect(outlines(new Uint8Array(9), 3, 3, 1)).toHaveLength(0);
  });

  it('keeps two pixels that touch at a corner apart', () => {
    expect(outlines([1, 0, 0, 1], 2, 2, 1)).toHaveLength(2);
  });
});

describe('slice table', () => {
  const slice = (group: string, score: number) => ({ group, volume: 'v, 1', index: 3, label: 1, score, pixelArea: 2 });
  const evaluation = { scorer: 'Rec-grad', slices: [slice('p1', 0.5), slice('p2', 0.1), slice('p3', 0.9)] } as unknown as Evaluation;
  const cut = { sliceDice: Float32Array.of(0.5, Number.NaN, 0.25), sliceFlagged: Uint32Array.of(4, 0, 9) } as Cut;

  it('sorts worst first and leaves slices without the number at the end, either way', () => {
    expect(sorted(evaluation, cut, { key: 'dice', down: false })).toEqual([2, 0, 1]);
    expect(sorted(evaluation, cut, { key: 'dice', down: true })).toEqual([0, 2, 1]);
    expect(sorted(evaluation, cut, { key: 'score', down: true })).toEqual([2, 0, 1]);
  });

  it('measures areas in mm² where every spacing is known, and sorts by them', () => {
    expect(areaUnit(evaluation)).toBe('mm²');
    expect(areaOf(evaluation, cut, 0)).toBe(8);
    const fine = { ...evaluation, slices: evaluation.slices.map((s, i) => ({ ...s, pixelArea: i === 2 ? 0.5 : 2 })) };
    expect(sorted(fine, cut, { key: 'area', down: true })).toEqual([0, 2, 1]);
    const unknown = { ...fine, slices: fine.slices.map((s, i) => ({ ...s, pixelArea: i === 0 ? null : s.pixelArea })) };
    expect(areaUnit(unknown)).toBe('px');
    expect(sorted(unknown, cut, { key: 'area', down: true })).toEqual([2, 0, 1]);
  });

  it('writes a line for each slice, quoted where it must be, empty where nothing is known', () => {
    const [, first, second] = csv(evaluation, cut, { relation: '<', score: 0.7 }).split('\n');
    expect(first).toBe('p1,"v, 1",3,1,0.5,0.5000,4,8.00,<,0.7');
    expect(second).toBe('p2,"v, 1",3,1,0.1,,0,0.00,<,0.7');
    expect(csvName('vae', evaluation, 195.24)).toBe('wildcut-vae-rec-grad-3-slices-cut-195.2.csv');
    expect(csvName('vae', { ...evaluation, mapless: true }, 0)).toBe('wildcut-vae-rec-grad-3-slices.csv');
    expect(scoresCsv(evaluation).split('\n').slice(0, 2)).toEqual(['patient,volume,slice,label,score', 'p1,"v, 1",3,1,0.5']);
  });
});

describe('who learns', () => {
  const points = (networks: string) => [...networks].map((network, i) => ({ update: i + 1, network, losses: {} }));

  it('is the network of the last update, unless several take turns', () => {
    expect(learners([])).toEqual([]);
    expect(learners(points('DDDDDD'))).toEqual(['D']);
    expect(learners(points('DDDDDDMM'))).toEqual(['M']);
    expect(learners(points('DGGDGG'))).toEqual(['D', 'G']);
  });

  it('leaves long stretches to others, from the update before them to their last', () => {
    expect(rests(points('DDDMMD'), 'M', 2)).toEqual([[0, 3]]);
    expect(rests(points('MMDDDM'), 'M', 2)).toEqual([[2, 5]]);
    expect(rests(points('DGGDGG'), 'G', 2)).toEqual([]);
    expect(rests(points('MMMDD'), 'M', 2)).toEqual([[3, 5]]);
  });
});

describe('step diagram', () => {
  it('places nodes on the grid and draws arrows between facing sides', () => {
    const { nodes, height } = place({
      nodes: {
        x: { at: [0, 0], label: 'x', view: 'input' },
        net: { at: [1, 0], label: 'Net', network: 'net' },
        loss: { at: [0.5, 1], label: 'loss', loss: true },
      },
      arrows: [],
    });
    expect(nodes.x.y).toBe(nodes.net.y);
    expect(height).toBeGreaterThan(nodes.loss.y);
    const right = nodes.x.x + nodes.x.halfWidth;
    expect(route(nodes.x, nodes.net)).toMatch(new RegExp(`^M${right} .* ${nodes.net.x - nodes.net.halfWidth} ${nodes.net.y}$`));
    expect(route(nodes.net, nodes.loss)).toBe(
      `M${nodes.net.x} ${nodes.net.y + nodes.net.halfHeight + 16}V${nodes.loss.y}H${nodes.loss.x + nodes.loss.halfWidth}`,
    );
  });
});

describe('spread', () => {
  it('takes slices with an anomaly first, evenly, and fills up with others', () => {
    expect(spread([1, 3, 5, 7], 8, 2)).toEqual([1, 5]);
    expect(spread([1], 3, 24)).toEqual([0, 1, 2]);
    expect(spread([], 0, 24)).toEqual([]);
  });
});

describe('numbers', () => {
  it('are written as the design says', () => {
    expect(fixed(-0.5, 2)).toBe('−0.50');
    expect(fixed(null, 2)).toBe('–');
    expect(plain(12345)).toBe('12,345');
    expect(plain(Number.NaN)).toBe('–');
    expect([digitsBetween(0, 1), digitsBetween(0.508, 0.5081), digitsBetween(2, 2)]).toEqual([3, 6, 3]);
    expect(significant(0.508012, digitsBetween(0.508, 0.5081))).toBe('0.508012');
    expect(plain(0.0001)).toBe('1e−4');
    expect(plain(0.04567)).toBe('0.0457');
    expect(duration(74)).toBe('1\u00a0min 14\u00a0s');
    expect(bytes(83e6)).toBe('83.0\u00a0MB');
  });
});

describe('grey window and zoom', () => {
  it('keeps the point under the pointer in its place, and stays inside the picture', () => {
    const zoom = zoomed(PLAIN_LOOK.zoom, 2, 0.25, 0.75);
    expect(zoom).toEqual({ scale: 2, x: 0.125, y: 0.375 });
    expect(zoomed(zoom, 0.5, 0, 0)).toEqual(PLAIN_LOOK.zoom);
    expect(zoomed(PLAIN_LOOK.zoom, 100, 1, 1)).toEqual({ scale: 8, x: 0.875, y: 0.875 });
    expect(placeOf({ ...PLAIN_LOOK, zoom, cursor: { x: 0, y: 0 } }, 64, 64)).toBeNull();
    expect(placeOf({ ...PLAIN_LOOK, cursor: { x: 31, y: 0 } }, 64, 64)).toEqual({ left: '49.21875%', top: '0.78125%' });
  });

  it('shows its ends black and white', () => {
    const table = greyTable(windowed(PLAIN_LOOK.window, 0, -155));
    expect([table[77], table[178], table[0] === table[77], table[255] === table[178]]).toEqual([0xff000000, 0xffffffff, true, true]);
    expect(windowed({ lo: 100, hi: 102 }, 0, -50)).toEqual({ lo: 100, hi: 102 });
  });
});
