import { beforeAll, describe, expect, it } from 'vitest';
import { gzip } from './bytes';
import { decodeAll, sliceAll } from './decode';
import { decodeDrop, drop, dropOf, niftiFile, pngFile, sharedData, useNodeCodecs } from './testFiles';

beforeAll(useNodeCodecs);

const head = (i: number, j: number, k: number) => (Math.hypot(i - 8, j - 8, k - 4) < 6 ? 50 + i : 0);
const scan = () => niftiFile([16, 16, 8], head);
const blob = (i: number, j: number, k: number) => (i === 9 && j === 9 && k === 4 ? 3 : 0);

describe('bad input', () => {
  /** Decodes a bad file between two good ones, which must both survive. */
  async function rowBeside(path: string, bytes: Uint8Array<ArrayBuffer> | string) {
    const { volumes, rows, count } = await decodeDrop(drop({ 'a/first.nii': scan(), [path]: bytes, 'z/last.nii': scan() }));
    expect(volumes.map((v) => v.path)).toEqual(expect.arrayContaining(['a/first.nii', 'z/last.nii']));
    expect(count).toBe(3);
    return rows.get(path)!;
  }

  it('an empty file', async () => {
    expect(await rowBeside('m/empty.nii.gz', '')).toEqual({
      path: 'm/empty.nii.gz',
      status: 'rejected',
      note: 'It is empty (0 bytes). Copy or download it again.',
    });
  });

  it('a truncated or changed .nii.gz, and a truncated .nii', async () => {
    const noise = niftiFile([16, 16, 8], (i, j, k) => Math.sin(i * 12.9 + j * 78.2 + k * 37.7));
    const packed = await gzip(noise);
    for (const length of [packed.length - 5, Math.floor(packed.length / 2), 40, 12]) {
      const row = await rowBeside('m/cut.nii.gz', packed.slice(0, length));
      expect(row.status).toBe('rejected');
      expect(row.note).toContain('cut short or damaged');
    }
    const flipped = packed.slice();
    flipped[flipped.length - 6] ^= 1;
    expect((await rowBeside('m/flip.nii.gz', flipped)).note).toContain('damaged');
    expect((await rowBeside('m/cut.nii', noise.slice(0, 4000))).note).toContain('cut short or its header is damaged');
    expect((await rowBeside('m/cut.nii', noise.slice(0, 100))).note).toContain('NIfTI');
  });

  it('NaN and infinite voxels: set to 0 and counted; nothing but NaN: rejected', async () => {
    const some = await rowBeside(
      'm/nan.nii',
      niftiFile([8, 8, 4], (i, j) => (i === 3 ? Number.NaN : j === 2 ? Number.POSITIVE_INFINITY : i)),
    );
    expect(some.status).toBe('changed');
    expect(some.note).toContain('60 NaN or infinite voxels set to 0.');
    expect(
      (
        await rowBeside(
          'm/nan.nii',
          niftiFile([8, 8, 4], () => Number.NaN),
        )
      ).note,
    ).toContain('Every voxel is NaN');
  });

  it('4D takes the first volume and says so', async () => {
    const four = niftiFile([8, 8, 8], (i) => i, { patch: (v) => [4, 8, 8, 4, 2].forEach((n, i) => void v.setInt16(40 + 2 * i, n, true)) });
    const row = await rowBeside('m/four.nii', four);
    expect(row.status).toBe('changed');
    expect(row.note).toContain('It holds 2 volumes (4D); the first one was taken.');
  });

  it('1 × 1 and constant images', async () => {
    const one = await rowBeside(
      'm/one.png',
      pngFile(1, 1, () => 9),
    );
    expect(one).toMatchObject({ status: 'rejected', note: expect.stringContaining('1 × 1 pixels') });
    const flat = await rowBeside(
      'm/flat.png',
      pngFile(30, 30, () => 9),
    );
    expect(flat).toMatchObject({ status: 'rejected', note: expect.stringContaining('its value is 9 everywhere') });
  });

  it('no image at all', async () => {
    expect((await rowBeside('m/notes.bin', 'hello')).note).toContain('no image format this lab knows');
    expect((await rowBeside('m/scan.dcm', `${'\0'.repeat(128)}DICM`)).note).toContain('Its DICOM tags are cut short');
  });
});

describe('masks', () => {
  it('are attached, any label counting as anomalous', async () => {
    const { volumes, rows } = await decodeDrop(
      drop({ 's/flair.nii': scan(), 's/lesion.nii': niftiFile([16, 16, 8], blob, { mask: true }) }),
    );
    expect(volumes.length).toBe(1);
    expect(volumes[0].volume.truth!.indexOf(1)).toBe((4 * 16 + 9) * 16 + 9);
    expect(volumes[0].volume.group).toBe('s');
    expect(rows.get('s/lesion.nii')).toMatchObject({ status: 'read', note: 'Mask of s/flair.nii.' });
  });

  it('of another shape refuse the pair, with both shapes', async () => {
    const { volumes, rows } = await decodeDrop(
      drop({ 's/flair.nii': scan(), 's/lesion.nii': niftiFile([16, 8, 8], blob, { mask: true }), 't/a.png': pngFile(9, 9, (x) => x) }),
    );
    expect(volumes.map((v) => v.path)).toEqual(['t/a.png']);
    for (const path of ['s/flair.nii', 's/lesion.nii']) {
      expect(rows.get(path)).toMatchObject({ status: 'rejected', note: expect.stringContaining('mask 16 × 8 × 8 against 16 × 16 × 8') });
    }
  });

  it('that are damaged leave the image, which says so; a rejected image takes its mask along', async () => {
    const damaged = await decodeDrop(drop({ 's/flair.nii': scan(), 's/lesion.nii': '' }));
    expect(damaged.rows.get('s/flair.nii')).toMatchObject({ status: 'changed', note: expect.stringContaining('Read without its mask') });
    expect(damaged.rows.get('s/lesion.nii')!.status).toBe('rejected');
    const alone = await decodeDrop(drop({ 's/flair.nii': '', 's/lesion.nii': niftiFile([4, 4, 4], blob, { mask: true }) }));
    expect(alone.rows.get('s/lesion.nii')!.note).toContain('Its image s/flair.nii was not used');
  });
});

describe('decodeAll', () => {
  it('gives every file one row, except system files, and progress to the end', async () => {
    const files = drop({
      'd/.DS_Store': 'x',
      '__MACOSX/d/._a.png': 'x',
      'd/README.md': 'x',
      'd/labels.csv': 'file,label\na.png,1\nmissing.png,0\n',
      'd/a.png': pngFile(9, 9, (x) => x),
      'd/other/b_mask.png': pngFile(9, 9, (x) => x),
    });
    const seen: number[] = [];
    const rows = [];
    for await (const item of decodeAll(files, new AbortController().signal, ({ done, total }) => seen.push(done / total))) {
      rows.push(...(item.kind === 'volume' ? item.rows : [item.row]));
      if (item.kind === 'volume') expect(item.volume.label).toBe(1);
    }
    expect(rows.map((r) => `${r.path} ${r.status}`).sort()).toEqual([
      'd/README.md read',
      'd/a.png read',
      'd/labels.csv changed',
      'd/other/b_mask.png rejected',
    ]);
    expect(rows.find((r) => r.path === 'd/labels.csv')!.note).toBe(
      'Labels for 1 image. 1 file named in it missing from this drop, first missing.png.',
    );
    expect(seen.at(-1)).toBe(1);
  });

  it('gives an image that a table labels in two ways no label, and says so', async () => {
    const table = 'file,label,patient\na.png,0,P\na.png,1,\nb.png,1,\na.png,1,\nb.png,,Q\n';
    const files = drop({
      'labels.csv': new TextEncoder().encode(table),
      'a.png': pngFile(9, 9, (x) => x),
      'b.png': pngFile(9, 9, (x) => x),
    });
    const labels: unknown[] = [];
    const notes: string[] = [];
    for await (const item of decodeAll(files, new AbortController().signal, () => {})) {
      if (item.kind === 'volume') labels.push([item.path, item.volume.label, item.volume.group]);
      else if (item.row.status === 'changed') notes.push(item.row.note);
    }
    expect(labels).toEqual([
      ['a.png', undefined, 'P'],
      ['b.png', 1, 'Q'],
    ]);
    expect(notes).toEqual([
      'Labels for 1 image. a.png is labelled both 0 (normal) and 1 (anomalous), so it has no label. Keep one row for each image.',
    ]);
  });

  it('stops between files', async () => {
    const stop = new AbortController();
    let read = 0;
    for await (const _ of decodeAll(
      drop({ 'a.png': pngFile(9, 9, (x) => x), 'b.png': pngFile(9, 9, (x) => x) }),
      stop.signal,
      () => undefined,
    )) {
      read++;
      stop.abort();
    }
    expect(read).toBe(1);
  });
});

describe('sliceAll', () => {
  it('turns a volume of empty slices into a rejected row', async () => {
    const spot = pngFile(40, 40, (x, y) => (x + y === 0 ? 200 : 0));
    const items = [];
    for await (const item of sliceAll(
      drop({ 'a.png': spot, 'b.png': pngFile(9, 9, (x) => x) }),
      8,
      new AbortController().signal,
      () => undefined,
    )) {
      items.push(item);
    }
    expect(items.map((i) => (i.kind === 'row' ? i.row.status : i.slices.length))).toEqual(['rejected', 1]);
  });

  it('says in the row of the image that a mask vanishes at model size', async () => {
    const files = drop({ 'a.png': pngFile(64, 64, (x) => x), 'a_mask.png': pngFile(64, 64, (x, y) => (x === 9 && y === 9 ? 255 : 0)) });
    for await (const item of sliceAll(files, 16, new AbortController().signal, () => undefined)) {
      expect(item.kind === 'slices' && item.rows.map((row) => row.status)).toEqual(['changed', 'read']);
      expect(item.kind === 'slices' && item.rows[0].note).toMatch(/Patient a \(file name\)\. In 1 slice the mask is too small/);
    }
  });

  const folder = sharedData('ms-flair');
  it.skipIf(!folder)('reads the shared FLAIR volumes with their masks', async () => {
    const started = performance.now();
    let slices = 0;
    let anomalous = 0;
    let scans = 0;
    const files = await dropOf(folder!, (path) => path.startsWith('volumes') || /NC_Subj0[1-4]/.test(path));
    for await (const item of sliceAll(files, 64, new AbortController().signal, () => undefined)) {
      expect(item.kind).toBe('slices');
      if (item.kind !== 'slices') continue;
      scans++;
      slices += item.slices.length;
      anomalous += item.slices.filter((s) => s.label === 1).length;
      expect(item.slices.every((s) => s.edges?.left === 'R' && s.truth?.length === 64 * 64 && s.brain.sd > 0)).toBe(true);
    }
    expect(scans).toBe(5);
    expect(anomalous).toBeGreaterThan(101);
    console.log(`${scans} FLAIR scans: ${slices} slices (${anomalous} with lesions) in ${Math.round(performance.now() - started)} ms`);
  });
});
