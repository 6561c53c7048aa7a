/** Archives and series as they are dropped: opened, sorted, paired, and refused where they were made to harm. */
import { describe, expect, it } from 'vitest';
import { gzip } from './bytes';
import { type Choices, decodeAll } from './decode';
import { inspectFiles } from './inspect';
import { bytesOf, dicom, npy, rawBytes, sliceTags, tar, zip } from './testArchives';
import { decodeDrop, drop, niftiFile, pngFile } from './testFiles';

const scan = () => niftiFile([8, 8, 4], (i, j, k) => i + j + k);
const picture = () => new Uint8Array(pngFile(9, 9, (x) => x * 20));
const slice = (k: number, more = {}) =>
  dicom(
    sliceTags(4, 4, [0, 0, 2 * k], {
      '00100010': 'Doe^Jane',
      '00100020': 'ID-4711',
      '00100030': '19500101',
      '00080020': '20200101',
      ...more,
    }),
    rawBytes(Int16Array.from({ length: 16 }, (_, i) => i + 100 * k)),
  );

describe('archives', () => {
  const content = {
    'set/a.nii': scan(),
    'set/images/1.png': picture(),
    'set/masks/1.png': picture(),
    'set/.DS_Store': bytesOf('x'),
    'set/README.md': bytesOf('x'),
  };

  it.each([
    ['a.zip', async () => zip(content)],
    ['a.tar', async () => tar(content)],
    ['a.tar.gz', async () => gzip(tar(content))],
    ['noExtension', async () => zip(content, 0)],
  ])('%s: as if the folder had been dropped', async (name, pack) => {
    const { volumes, rows } = await decodeDrop(drop({ [`d/${name}`]: await pack(), 'd/beside.png': picture() }));
    expect(volumes.map((v) => [v.path, v.maskPath])).toEqual(
      expect.arrayContaining([
        [`d/${name}/set/a.nii`, null],
        [`d/${name}/set/images/1.png`, `d/${name}/set/masks/1.png`],
        ['d/beside.png', null],
      ]),
    );
    expect(rows.get(`d/${name}`)).toEqual({ path: `d/${name}`, status: 'read', note: 'An archive of 4 files.' });
  });

  it('long names of pax and GNU', async () => {
    const long = `${'folder/'.repeat(20)}a.png`;
    for (const kind of ['pax', 'gnu'] as const) {
      const { volumes } = await decodeDrop(drop({ 'a.tar': tar({ [long]: picture() }, kind) }));
      expect(volumes[0].path).toBe(`a.tar/${long}`);
    }
  });

  it('refuses paths that lead out, archives in archives, bombs and damage, each by name; what is good is read', async () => {
    const inner = zip({ 'x.png': picture() });
    const bad = zip({
      '../../etc/passwd': bytesOf('x'),
      '/abs.png': picture(),
      'C:/x.png': picture(),
      'in.zip': inner,
      'good.png': picture(),
      'zeros.bin': new Uint8Array(2e7),
    });
    const { volumes, rows } = await decodeDrop(
      drop({ 'b.zip': bad, 'cut.zip': bad.slice(0, -40), 'cut.tar': tar({ 'a.png': picture() }).slice(0, 560) }),
    );
    expect(volumes.map((v) => v.path)).toEqual(['b.zip/good.png']);
    const note = (path: string) => rows.get(path)?.note ?? '';
    for (const path of ['b.zip/../../etc/passwd', 'b.zip//abs.png', 'b.zip/C:/x.png'])
      expect(note(path)).toContain('leads out of the archive');
    expect(note('b.zip/in.zip')).toContain('archive inside an archive');
    expect(note('b.zip/zeros.bin')).toContain('no image format this lab knows');
    expect(note('cut.zip')).toContain('no directory at its end');
    expect(note('cut.tar')).toContain('breaks off inside a file');
  });
});

it('a packed archive of nothing is refused without being held', async () => {
  const bomb = await gzip(tar({ 'zeros.bin': new Uint8Array(1e8), 'good.png': picture() }));
  expect(bomb.length).toBeLessThan(2e5);
  const { volumes, rows } = await decodeDrop(drop({ 'b.tar.gz': bomb }));
  expect(volumes.map((v) => v.path)).toEqual(['b.tar.gz/good.png']);
  expect(rows.get('b.tar.gz/zeros.bin')?.note).toContain('no image format this lab knows');
});

describe('companions', () => {
  it('are part of their header, whatever their case, and no image of their own', async () => {
    const raw = rawBytes(Int16Array.from({ length: 64 }, (_, i) => i));
    const fields = 'NRRD0004\ntype: short\ndimension: 3\nsizes: 4 4 4\nendian: little\nencoding: raw\ndata file: ./VOX.raw\n';
    const { volumes, rows } = await decodeDrop(drop({ 'd/a.nhdr': fields, 'd/vox.raw': raw, 'e/lonely.raw': raw }));
    expect(volumes.map((v) => v.path)).toEqual(['d/a.nhdr']);
    expect(rows.get('d/vox.raw')?.note).toBe('The voxels of d/a.nhdr.');
    expect(rows.get('e/lonely.raw')?.note).toContain('voxels without a header');
  });
});

describe('DICOM series', () => {
  it('become one volume, sorted, with a row for every file, the patient under a pseudonym and what was dropped', async () => {
    const files = drop({ 'p/s/c.dcm': slice(2), 'p/s/a': slice(0), 'p/s/b.ima': slice(1) });
    const { volumes, rows } = await decodeDrop(files);
    expect(volumes.length).toBe(1);
    const [{ volume, path, groupFrom, dropped }] = volumes;
    expect([path, volume.width, volume.height, volume.depth]).toEqual(['p/s', 4, 4, 3]);
    expect([0, 16, 32].map((i) => volume.voxels[i])).toEqual([0, 100, 200]);
    expect([...rows.keys()].sort()).toEqual(['p/s', 'p/s/a', 'p/s/b.ima', 'p/s/c.dcm']);
    expect(volume.group).toMatch(/^DICOM patient \d+$/);
    expect(groupFrom).toBe('DICOM tag');
    expect(dropped.map((d) => d.name)).toEqual(['Study date', 'Patient name', 'Patient ID', 'Birth date']);
    expect(JSON.stringify([volumes.map((v) => ({ ...v, volume: { ...v.volume, voxels: 0 } })), ...rows])).not.toMatch(
      /Doe|Jane|4711|1950|2020/,
    );
    for await (const line of inspectFiles(files)) expect(JSON.stringify(line)).not.toMatch(/Doe|Jane|4711|1950|2020/);
  });

  it('go on without a slice that cannot be read, and name it', async () => {
    // Too few pixels for the header, though the tags are whole.
    const short = dicom(sliceTags(4, 4, [0, 0, 2]), rawBytes(new Int16Array(12)));
    const files = { 's/a.dcm': slice(0), 's/b.dcm': short, 's/c.dcm': slice(2), 's/d.dcm': slice(3) };
    const { volumes, rows } = await decodeDrop(drop(files));
    expect([0, 16, 32, 48].map((i) => volumes[0].volume.voxels[i])).toEqual([0, 0, 200, 300]);
    expect(volumes[0].volume.voxels.subarray(16, 32).every((v) => v === 0)).toBe(true);
    expect(rows.get('s')?.note).toContain('1 slice could not be read and left empty, first s/b.dcm.');
    expect(rows.get('s/b.dcm')).toMatchObject({ status: 'rejected', note: expect.stringContaining('asks for 32 bytes of pixels') });
    const all = Object.fromEntries([0, 1, 2].map((k) => [`s/${k}.dcm`, dicom(sliceTags(4, 4, [0, 0, k]), rawBytes(new Int16Array(12)))]));
    const none = await decodeDrop(drop(all));
    expect([none.volumes.length, [...none.rows.values()].filter((row) => row.status === 'rejected').length]).toEqual([0, 4]);
  });

  it('far-off padding takes the lowest value scanned; padding that squeezes nothing stays', async () => {
    const padded = (value: number) =>
      dicom(sliceTags(2, 2, [0, 0, 0], { '00280120': value & 0xffff }), rawBytes(Int16Array.of(value, 10, 20, 110)));
    const [far] = (await decodeDrop(drop({ 'a.dcm': padded(-2000) }))).volumes;
    expect([...far.volume.voxels]).toEqual([10, 10, 20, 110]);
    const [near] = (await decodeDrop(drop({ 'a.dcm': padded(5) }))).volumes;
    expect([...near.volume.voxels]).toEqual([5, 10, 20, 110]);
  });
});

describe('NPZ data sets', () => {
  const images = npy(
    Uint8Array.from({ length: 48 }, (_, i) => i),
    '|u1',
    [3, 4, 4],
  );
  it('are one image each, with labels and masks', async () => {
    const masks = npy(
      Uint8Array.from({ length: 48 }, (_, i) => (i === 20 ? 1 : 0)),
      '|u1',
      [3, 4, 4],
    );
    const file = zip({ 'images.npy': images, 'labels.npy': npy(BigInt64Array.of(0n, 2n, 0n), '<i8', [3]), 'masks.npy': masks });
    const { volumes, rows } = await decodeDrop(drop({ 'd/set.npz': file }));
    expect(volumes.map((v) => [v.path, v.volume.label, v.volume.voxels[0], v.volume.truth?.indexOf(1)])).toEqual([
      ['d/set.npz/images 0', 0, 0, -1],
      ['d/set.npz/images 1', 1, 16, 4],
      ['d/set.npz/images 2', 0, 32, -1],
    ]);
    expect(rows.get('d/set.npz')?.note).toContain('A data set of 3 images');
  });

  it("of MedMNIST's layout have roles", async () => {
    const labels = npy(Uint8Array.of(0, 1, 0), '|u1', [3, 1]);
    const { volumes } = await decodeDrop(
      drop({
        'm.npz': zip({ 'train_images.npy': images, 'train_labels.npy': labels, 'test_images.npy': images, 'test_labels.npy': labels }),
      }),
    );
    expect(volumes.map((v) => v.role)).toEqual(['mixed', 'mixed', 'mixed', 'test', 'test', 'test']);
    expect(volumes.map((v) => v.volume.label)).toEqual([0, 1, 0, 0, 1, 0]);
  });

  it('and 4D files follow a choice', async () => {
    const file = zip({ 'a.npy': images, 'b.npy': images });
    const four = niftiFile([4, 4, 4], (i, j, k) => i + j + 10 * k, {
      patch: (v) => [4, 4, 4, 2, 2].forEach((n, i) => void v.setInt16(40 + 2 * i, n, true)),
    });
    const files = drop({ 'x.npz': file, 'four.nii': four });
    const chosen = { arrays: new Map([['x.npz', 'b']]), frames: new Map([['four.nii', 1]]) };
    const read = async (choices: Choices) => {
      const found: string[] = [];
      for await (const item of decodeAll(files, new AbortController().signal, () => undefined, choices)) {
        if (item.kind === 'volume') found.push(`${item.path} ${item.volume.depth} ${item.volume.voxels[0]}`);
      }
      return found;
    };
    expect(await read({})).toEqual(['four.nii 2 0']);
    expect(await read(chosen)).toEqual(['four.nii 2 20', 'x.npz 3 0']);
  });

  it('that do not fit each other are refused', async () => {
    const file = zip({ 'images.npy': images, 'labels.npy': npy(Uint8Array.of(0, 1), '|u1', [2]) });
    expect((await decodeDrop(drop({ 'a.npz': file }))).rows.get('a.npz')?.note).toContain('there are 3 images: they do not fit');
  });
});
