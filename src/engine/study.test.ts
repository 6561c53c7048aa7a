import { beforeEach, describe, expect, it } from 'vitest';
import type { DataState, RecipePreview, Report } from '../core/protocol';
import { PAPER_RECIPE } from '../core/recipe';
import { dicom, npy, sliceTags, zip } from '../data/testArchives';
import { drop, niftiFile, pngFile } from '../data/testFiles';
import { Study } from './study';

const SIZE = 16;
const picture = (k: number) => pngFile(SIZE, SIZE, (x, y) => 40 + ((x * 7 + y * 13 + k * 5) % 200));
const scan = (k: number) => niftiFile([16, 16, 8], (x, y, z) => (x < 2 ? 0 : 100 + x + 2 * y + 3 * z + k));

let reports: Report[];
let study: Study;
beforeEach(async () => {
  reports = [];
  study = new Study((report) => reports.push(report));
  study.use('mine');
  await study.resize(SIZE);
});

const state = (): DataState => study.state();
const groups = (role: 'reference' | 'mixed' | 'test') => [...new Set(study.roles()[role].map((slice) => slice.group))].sort();
const rolesOfPatients = () => Object.fromEntries(state().patients.map(({ name, roles }) => [name, roles.join()]));

describe('while files are read', () => {
  const files = drop({ 'healthy/a.png': picture(1), 'healthy/b.png': picture(2), 'test/c.png': picture(3) });

  it('slices are shown as they come, and no run starts on a part of them', async () => {
    await study.load(files, null);
    const [first, ...later] = reports.flatMap((report) => (report.kind === 'data' && report.data.files.length > 0 ? [report.data] : []));
    expect(first).toMatchObject({
      set: 'mine',
      files: [{ path: 'healthy/a.png' }],
      roles: { reference: { slices: 1 }, test: { slices: 0 } },
    });
    expect(first.roles.reference.thumbs.map(({ name }) => name)).toEqual(['healthy/a.png']);
    expect(first.patients.map(({ name }) => name)).toEqual(['a']);
    expect(first.problems).toEqual(['Your files are being read: 1 slice so far. Wait for them, or cancel.']);
    expect(later.at(-1)).toMatchObject({ problems: [], roles: { reference: { slices: 2 }, test: { slices: 1 } } });
  });

  it('what came before a failure does not count', async () => {
    let room = false;
    const full = new Study((report) => {
      if (room || report.kind !== 'data' || report.data.roles.reference.slices === 0) return;
      room = true;
      throw new Error('There is no room.');
    });
    await expect(full.load(files, null)).rejects.toThrow('There is no room.');
    expect(full.state()).toMatchObject({ set: 'phantom', sources: [], patients: [], files: [] });
    await full.load(files, null);
    expect(full.state()).toMatchObject({ set: 'mine', roles: { reference: { slices: 2 }, test: { slices: 1 } } });
  });
});

it('colour and grey in different roles are told of until one kind is left', async () => {
  const colour = pngFile(SIZE, SIZE, (x, y, channel) => 3 * (x + y) + 40 * channel, 3);
  await study.load(drop({ 'healthy/a.png': picture(1), 'healthy/b.png': picture(2), 'mixed/c.png': colour }), null);
  expect(state().colour).toContain('Healthy reference: 2 grey; Mixed: 1 in colour.');
  const source = state().sources.find(({ role }) => role === 'mixed');
  study.assign(source!.id, null);
  expect(state().colour).toBeNull();
});

describe('a patient in two roles', () => {
  beforeEach(() =>
    study.load(
      drop({
        'study/healthy/patient_1_a.png': picture(1),
        'study/healthy/patient_2_a.png': picture(2),
        'study/healthy/patient_3_a.png': picture(3),
        'study/test/patient_2_b.png': picture(4),
      }),
      null,
    ),
  );

  it('keeps every run from starting, and the sentence says who', () => {
    expect(study.problems(['reference'])).toEqual([
      expect.stringMatching(/^Patient patient_2 is in both Healthy reference and Test: .* Move each patient to one set\.$/),
    ]);
    expect(state().lacks.reference).toBeUndefined();
    expect(state().leak?.patients).toEqual(['patient_2']);
  });

  it('goes to Test as a whole, and back', () => {
    const { leak } = state();
    study.assignPatients(leak?.patients ?? [], 'test');
    expect(leak?.settled).toBe('1 patient in more than one set went to Test with all slices: patient_2.');
    expect(state().leak).toBeNull();
    expect(study.problems(['reference'])).toEqual([]);
    expect([groups('reference'), groups('test')]).toEqual([['patient_1', 'patient_3'], ['patient_2']]);
    expect(study.roles().test.length).toBe(2);
    expect(state().sources.flatMap((source) => source.notes)).toEqual(['1 of its patients has a role of its own.']);
    study.assignPatients(['patient_2'], 'source');
    expect(state().leak?.patients).toEqual(['patient_2']);
  });

  it('is no leak when left out of one', () => {
    study.assignPatients(['patient_2'], null);
    expect(state().leak).toBeNull();
    expect(rolesOfPatients()).toEqual({ patient_1: 'reference', patient_2: '', patient_3: 'reference' });
  });

  it('is found across drops too', async () => {
    study.assignPatients(['patient_2'], 'test');
    await study.load(drop({ 'more/patient_1_c.png': picture(5) }), 'mixed');
    expect(state().leak?.patients).toEqual(['patient_1']);
  });
});

it('takes the same file name in two folders for two patients, whether dropped together or not', async () => {
  await study.load(drop({ 'healthy/001.png': picture(1), 'healthy/002.png': picture(2) }), 'reference');
  await study.load(drop({ 'sick/001.png': picture(3), 'sick/003.png': picture(4) }), 'test');
  expect(rolesOfPatients()).toEqual({ '001': 'reference', '002': 'reference', '003': 'test', 'sick/001': 'test' });
  await study.resize(SIZE * 2);
  expect(rolesOfPatients()).toEqual({ '001': 'reference', '002': 'reference', '003': 'test', 'sick/001': 'test' });
  await study.load(drop({ 'healthy/001.png': picture(1) }), 'test');
  expect(state().leak?.patients).toEqual(['001']);
});

describe('a recipe', () => {
  beforeEach(() => study.load(drop({ 'healthy/a.nii': scan(0), 'healthy/b.nii': scan(1) }), null));

  it('reads the files again, and roles stay', async () => {
    study.assign(state().sources[0].id, 'test');
    expect(study.roles().test.length).toBe(16);
    await study.prepare({ ...PAPER_RECIPE, plane: 'sagittal', range: { from: 50, to: 100 } });
    const { test } = study.roles();
    expect(test.length).toBe(16);
    expect(test[0].edges).toEqual({ left: 'A', right: 'P', top: 'S', bottom: 'I' });
    expect(test.every((slice) => slice.index >= 8)).toBe(true);
    expect(state().recipe.plane).toBe('sagittal');
    expect(state().files[0].note).toContain('Slices 9 to 16 of 16 kept by the recipe.');
  });

  it('that is wrong, or was cancelled, changes nothing', async () => {
    const before = study.roles().reference;
    await expect(study.prepare({ ...PAPER_RECIPE, topCrop: 2 })).rejects.toThrow('top crop');
    const reading = study.prepare({ ...PAPER_RECIPE, plane: 'coronal' });
    study.cancelLoad();
    await expect(reading).rejects.toThrow('the old one stays');
    expect(state().recipe).toEqual(PAPER_RECIPE);
    expect(study.roles().reference).toEqual(before);
    expect(state().files.map((row) => row.status)).toEqual(['read', 'read']);
  });

  it('shows one slice before and after, and what is wrong with it', () => {
    const look = (recipe: typeof PAPER_RECIPE): RecipePreview => {
      study.previewRecipe(recipe, 0.5);
      const last = reports.at(-1);
      if (last?.kind !== 'recipePreview') throw new Error('no preview came');
      return last.preview;
    };
    const same = look(PAPER_RECIPE);
    expect([same.index, same.of, same.size, same.problem]).toEqual([4, 8, SIZE, null]);
    expect(same.after).toEqual(same.before);
    const clipped = look({ ...PAPER_RECIPE, intensity: { kind: 'percentile', low: 20, high: 80 } });
    expect(clipped.before).toEqual(same.before);
    const at = (pixels: Uint8Array, value: number) => pixels.filter((v) => v === value).length;
    expect(at(clipped.after, 255)).toBeGreaterThan(at(clipped.before, 255) + 10);
    expect(look({ ...PAPER_RECIPE, plane: 'sagittal' }).of).toBe(16);
    expect(look({ ...PAPER_RECIPE, intensity: { kind: 'percentile', low: 80, high: 20 } }).problem).toMatch(/not in order/);
  });
});

it('says which fields of DICOM headers were dropped, and in how many scans', async () => {
  const person = { '00100010': 'Doe^Jane', '00100020': 'ID-4711', '00080020': '20200101' };
  const pixels = new Uint8Array(2 * 64).map((_, i) => (i % 2 === 0 ? 16 + i : 0));
  const one = (series: string, z: number) =>
    dicom({ ...sliceTags(8, 8, [0, 0, z], { '0020000e': series, '00200013': String(z + 1) }), ...person }, pixels);
  await study.load(drop(Object.fromEntries(['a', 'b'].flatMap((s) => [0, 1, 2].map((z) => [`${s}/${z}.dcm`, one(`1.2.${s === 'a' ? 3 : 4}`, z)])))), null); // biome-ignore format: one line
  expect(state().dropped.map(({ name, scans }) => [name, scans])).toEqual([
    ['Study date', 2],
    ['Patient name', 2],
    ['Patient ID', 2],
  ]);
  const [patient] = state().patients;
  expect([state().patients.length, patient.from, patient.slices]).toEqual([1, 'DICOM tag', 6]);
  expect(JSON.stringify(reports)).not.toMatch(/Doe|Jane|4711|20200101/);
});

it('lets an array of an NPZ be chosen, inside an archive too', async () => {
  const stack = (shift: number) =>
    npy(
      Uint8Array.from({ length: 4 * 64 }, (_, i) => (i * 7 + shift) % 250),
      '|u1',
      [4, 8, 8],
    );
  const npz = zip({ 'flair.npy': stack(0), 't1.npy': stack(3) });
  await study.load(drop({ 'set.zip': zip({ 'one.npz': npz }) }), 'reference');
  const row = () => state().files.find(({ path }) => path === 'set.zip/one.npz');
  expect(row()).toMatchObject({ status: 'rejected', arrays: { chosen: null } });
  expect(row()?.arrays?.choices.map(({ key, shape }) => `${key} ${shape}`)).toEqual(['flair 4,8,8', 't1 4,8,8']);
  expect(study.roles().reference.length).toBe(0);
  await study.chooseArray('set.zip/one.npz', 't1');
  expect(row()).toMatchObject({ arrays: { chosen: 't1' } });
  expect(row()?.status).not.toBe('rejected');
  expect(study.roles().reference.length).toBe(4);
  await study.chooseArray('set.zip/one.npz', null);
  expect(row()?.status).toBe('rejected');
  expect(study.roles().reference.length).toBe(0);
});

describe('simulated anomalies', () => {
  const files = () =>
    drop(
      Object.fromEntries(
        (['healthy', 'mixed', 'test'] as const).flatMap((role, r) =>
          Array.from({ length: 10 }, (_, k) => [`${role}/p${r}${k}.png`, picture(10 * r + k)]),
        ),
      ),
    );
  const squares = (role: 'mixed' | 'test') => study.roles()[role].filter(({ label, truth }) => label === 1 && truth?.includes(1)).length;

  it('go into Mixed and Test, stay through another recipe, size and move, and come out again', async () => {
    await study.load(files(), null);
    const before = study.roles().mixed.map(({ pixels }) => [...pixels]);
    await study.simulate({ share: 0.3, seed: 4 });
    expect([squares('mixed'), squares('test')]).toEqual([3, 5]);
    expect(state()).toMatchObject({ simulation: { share: 0.3, seed: 4 }, roles: { mixed: { anomalous: 3, masked: 10 } } });
    expect(study.roles().reference.every(({ truth }) => truth === undefined)).toBe(true);
    const first = study.roles().test.map(({ pixels }) => [...pixels]);
    await study.resize(32);
    expect([squares('mixed'), squares('test')]).toEqual([3, 5]);
    expect(
      study
        .roles()
        .mixed.find(({ label }) => label === 1)
        ?.truth?.reduce((a, b) => a + b, 0),
    ).toBe(100);
    await study.resize(SIZE);
    expect(study.roles().test.map(({ pixels }) => [...pixels])).toEqual(first);
    await study.simulate(null);
    expect([squares('mixed'), squares('test')]).toEqual([0, 0]);
    expect(study.roles().mixed.map(({ pixels }) => [...pixels])).toEqual(before);
  });

  it('leave slices with an anomaly of their own out, and say so', async () => {
    const labelled = { 'mixed/x.png': picture(50), 'mixed/labels.csv': new TextEncoder().encode('file,label\nx.png,1\n') };
    await study.load([...files(), ...drop(labelled)], null);
    expect(study.roles().mixed.length).toBe(11);
    await study.simulate({ share: 1, seed: 0 });
    expect([study.roles().mixed.length, squares('mixed')]).toEqual([10, 10]);
    const notes = state().sources.flatMap((source) => source.notes);
    expect(notes).toContain('1 slice with an anomaly is left out while anomalies are simulated.');
  });

  it('are taken out where an image has no place for one, in words', async () => {
    await study.load(files(), null);
    await study.simulate({ share: 1, seed: 0 });
    await study.load(drop({ 'mixed/edge.png': pngFile(SIZE, SIZE, (_, y) => (y === 0 ? 200 : 0)) }), null);
    expect(state().simulation).toBeNull();
    const said = reports.flatMap((report) => (report.kind === 'failure' ? [report.sentence] : []));
    expect(said.join()).toMatch(/taken out: .*edge.* has no place for a square of 5 pixels/);
    await expect(study.simulate({ share: 2, seed: 0 })).rejects.toThrow('is 200 %; it lies between 0 and 100 %');
  });

  it('are painted on a phantom without lesions, which comes back with them', async () => {
    const lab = new Study(() => {});
    await lab.drawPhantom('standard', 8, 0);
    const lesions = lab.state().roles.test.anomalous;
    await lab.simulate({ share: 0.3, seed: 1 });
    expect(lab.state().roles).toMatchObject({ mixed: { slices: 1000, anomalous: 300 }, test: { slices: 320, anomalous: 160 } });
    await lab.simulate(null);
    expect(lab.state().roles.test.anomalous).toBe(lesions);
  });
});
