/** What the page says of sources: here, of colour. */
import { beforeAll, expect, it } from 'vitest';
import { PAPER_RECIPE } from '../core/recipe';
import type { Role } from '../core/types';
import { sliceAll } from '../data/decode';
import { drop, pngFile, useNodeCodecs } from '../data/testFiles';
import { colourAcross, newSource, place, type Source, slicesByRole, describe as told } from './sources';

beforeAll(useNodeCodecs);

/** A ramp of 8 × 8; in colour, grey that is stored as colour, or grey. */
const png = (kind: 'colour' | 'grey as RGB' | 'grey') =>
  pngFile(8, 8, (x, y, channel) => 3 * (8 * y + x) + (kind === 'colour' ? 10 * channel : 0), kind === 'grey' ? 1 : 3);

const notesOf = (kinds: readonly Parameters<typeof png>[0][]) =>
  notesOn(Object.fromEntries(kinds.map((kind, i) => [`normal/${i}.png`, png(kind)])));

async function notesOn(contents: Parameters<typeof drop>[0]): Promise<readonly string[]> {
  const files = drop(contents);
  const sources = new Map<string, Source>();
  for await (const item of sliceAll(files, { ...PAPER_RECIPE, size: 8 }, new AbortController().signal, () => {}))
    if (item.kind === 'slices') place(sources, { id: 1, role: null, files, arrays: new Map() }, item);
  expect(sources.size).toBe(1);
  const [source] = sources.values();
  return told(source, new Map(), null).notes;
}

it('a set that mixes colour and grey is told of, with what to do; grey that is stored as colour is grey', async () => {
  expect(await notesOf(['grey', 'grey as RGB', 'grey'])).toEqual([]);
  expect(await notesOf(['colour', 'colour'])).toEqual(['Its 2 images in colour are read as luminance.']);
  expect(await notesOf(['colour', 'grey', 'grey as RGB'])).toEqual([
    '1 of its 3 images are in colour, the others grey: all are read as luminance. A model may tell the two apart by that alone; keep one kind in a study.',
  ]);
  expect(told(newSource({ id: '', set: 'mine', drop: 1, name: '', role: null, reason: '' }), new Map(), null).notes).toEqual([]);
});

it('labels that their masks contradict are counted, and what they count for is said', async () => {
  const mask = pngFile(8, 8, (x) => (x < 4 ? 255 : 0));
  const labels = new TextEncoder().encode('file,label\n0.png,normal\n1.png,1\n2.png,0\n');
  const images = { 'd/0.png': png('grey'), 'd/1.png': png('grey'), 'd/2.png': png('grey') };
  expect(
    await notesOn({
      ...images,
      'd/0_mask.png': mask,
      'd/1_mask.png': mask,
      'd/2_mask.png': pngFile(8, 8, () => 0),
      'd/labels.csv': labels,
    }),
  ).toEqual([
    expect.stringMatching(/^1 image labelled normal has a mask that is not empty, first d\/0\.png: the label counts for a single image/),
  ]);
});

type Kind = Parameters<typeof png>[0];

/** What is said across roles that hold images of these kinds, each role from a drop of its own. */
async function saidAcross(roles: Partial<Record<Role, readonly Kind[]>>): Promise<string | null> {
  const sources = new Map<string, Source>();
  for (const [id, [role, kinds]] of (Object.entries(roles) as [Role, readonly Kind[]][]).entries()) {
    const files = drop(Object.fromEntries(kinds.map((kind, i) => [`${role}/${i}.png`, png(kind)])));
    for await (const item of sliceAll(files, { ...PAPER_RECIPE, size: 8 }, new AbortController().signal, () => {}))
      if (item.kind === 'slices') place(sources, { id, role, files, arrays: new Map() }, item);
  }
  const all = [...sources.values()];
  return colourAcross(all, slicesByRole(all, new Map(), null));
}

it('a grey reference beside a set in colour is told of across roles, with what to do, though no source mixes the two', async () => {
  const sentence = (what: string) =>
    `Some images are in colour, others grey. ${what}. All are read as luminance, and a model may tell the two apart by that alone: keep one kind in all roles, or take the others out.`;
  expect(await saidAcross({ reference: ['grey', 'grey'], mixed: ['colour'] })).toBe(
    sentence('Healthy reference: 2 grey; Mixed: 1 in colour'),
  );
  expect(await saidAcross({ reference: ['colour'], test: ['colour', 'grey as RGB'] })).toBe(
    sentence('Healthy reference: 1 in colour; Test: 1 in colour, 1 grey'),
  );
  expect(await saidAcross({ reference: ['colour'], mixed: ['colour'], test: ['colour'] })).toBeNull();
  expect(await saidAcross({ reference: ['grey'], mixed: ['grey as RGB'] })).toBeNull();
});
