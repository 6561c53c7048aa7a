import { readHeader, readImage } from 'nifti-reader-js';
import { describe, expect, it } from 'vitest';
import { affineOfQuaternion, quaternionOf } from '../core/affine';
import { writeNifti } from '../core/niftiWrite';
import { gzip } from './bytes';
import { decodeFile } from './load';
import { niftiFile } from './testFiles';

describe('readNifti', () => {
  const read = (bytes: Uint8Array<ArrayBuffer>) => decodeFile(new Blob([bytes]), 'a.nii', 'image');
  const ramp = (i: number, j: number, k: number) => i + 10 * j + 100 * k;

  it('scales by slope and intercept, and not at all when the slope is 0', async () => {
    const scaled = await read(
      niftiFile([2, 2, 2], ramp, {
        patch: (v) => {
          v.setFloat32(112, -2, true);
          v.setFloat32(116, 5, true);
        },
      }),
    );
    expect([...scaled.voxels.slice(0, 3)]).toEqual([5, 3, -15]);
    const plain = await read(
      niftiFile([2, 2, 2], ramp, {
        patch: (v) => {
          v.setFloat32(112, 0, true);
          v.setFloat32(116, 17, true);
        },
      }),
    );
    expect([...plain.voxels.slice(0, 3)]).toEqual([0, 1, 10]);
    const broken = niftiFile([2, 2, 2], ramp, { patch: (v) => v.setFloat32(116, Number.NaN, true) });
    await expect(read(broken)).rejects.toThrow('intercept NaN');
  });

  it('refuses headers that cannot be true before it allocates', async () => {
    const huge = niftiFile([2, 2, 2], ramp, {
      patch: (v) => {
        for (const at of [42, 44, 46]) v.setInt16(at, 32767, true);
      },
    });
    await expect(read(huge)).rejects.toThrow('more than a browser can hold');
    const large = niftiFile([2, 2, 2], ramp, { patch: (v) => v.setInt16(42, 20000, true) });
    await expect(read(large)).rejects.toThrow('cut short or its header is damaged');
    await expect(read(await gzip(large))).rejects.toThrow('cut short or its header is damaged');
    await expect(read(niftiFile([2, 2, 2], ramp, { patch: (v) => v.setInt16(42, -3, true) }))).rejects.toThrow('impossible dimensions');
    await expect(read(niftiFile([2, 2, 2], ramp, { patch: (v) => v.setInt16(40, 9, true) }))).rejects.toThrow('impossible dimensions');
    await expect(read(niftiFile([2, 2, 2], ramp, { patch: (v) => v.setFloat32(108, 3, true) }))).rejects.toThrow('byte 3');
  });

  it('clamps a qform near half a turn', async () => {
    const file = niftiFile([2, 3, 4], ramp, {
      patch: (v) => {
        v.setInt16(252, 1, true);
        v.setInt16(254, 0, true);
        [0.6, 0.8000001, 0].forEach((q, i) => {
          v.setFloat32(256 + 4 * i, q, true);
        });
      },
    });
    const { geometry } = await read(file);
    expect(geometry.affine.every(Number.isFinite)).toBe(true);
  });

  it('takes frame 1 of 4D and says so; one frame is 3D', async () => {
    const shape4 = (frames: number, d: number) => (v: DataView) => {
      [4, 2, 2, d, frames].forEach((n, i) => {
        v.setInt16(40 + 2 * i, n, true);
      });
    };
    const four = await read(niftiFile([2, 2, 6], ramp, { patch: shape4(3, 2) }));
    expect([four.width, four.height, four.depth, four.voxels.length]).toEqual([2, 2, 2, 8]);
    expect(four.notes.join()).toContain('3 volumes (4D); the first one');
    const one = await read(niftiFile([2, 2, 2], ramp, { patch: shape4(1, 2) }));
    expect(one.notes).toEqual([]);
  });

  it('reads a whole scan in about a second', async () => {
    const file = await gzip(niftiFile([182, 218, 182], (i, j, k) => ((i * 31 + j * 17 + k * 7) % 97) + Math.sin(i * j + k)));
    const started = performance.now();
    await read(file);
    console.log(`182 × 218 × 182 float32 .nii.gz (${(file.length / 1e6).toFixed(1)} MB): ${Math.round(performance.now() - started)} ms`);
  });
});

describe('writeNifti', () => {
  const oblique = affineOfQuaternion({ b: 0.1, c: 0.2, d: -0.3, offset: [4, -5, 6], qfac: -1 }, [1, 2, 3]);

  it('round-trips values and geometry through nifti-reader-js', async () => {
    const values = Float32Array.from({ length: 24 }, (_, i) => i / 7);
    const file = writeNifti(values, { width: 2, height: 3, depth: 4, geometry: { affine: oblique, spacing: [1, 2, 3], known: true } });
    const header = readHeader(file.buffer);
    expect(header.dims.slice(0, 4)).toEqual([3, 2, 3, 4]);
    expect(new Float32Array(readImage(header, file.buffer))).toEqual(values);
    header.affine.flat().forEach((v, i) => {
      expect(v).toBeCloseTo(oblique[i], 5);
    });
    const again = await decodeFile(new Blob([file]), 'a.nii', 'image');
    expect(again.voxels).toEqual(values);
    header.sform_code = 0;
    const q = affineOfQuaternion(
      { b: header.quatern_b, c: header.quatern_c, d: header.quatern_d, offset: [4, -5, 6], qfac: header.pixDims[0] < 0 ? -1 : 1 },
      [header.pixDims[1], header.pixDims[2], header.pixDims[3]],
    );
    q.forEach((v, i) => {
      expect(v).toBeCloseTo(oblique[i], 5);
    });
  });

  it('has no quaternion for a sheared affine, and finds every orthogonal one', () => {
    expect(quaternionOf([1, 0.2, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1])).toBeNull();
    for (const order of [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ]) {
      for (let signs = 0; signs < 8; signs++) {
        const affine = [...Array(15).fill(0), 1];
        order.forEach((row, column) => {
          affine[4 * row + column] = (signs >> column) & 1 ? -2 : 2;
        });
        const back = affineOfQuaternion(quaternionOf(affine)!, [2, 2, 2]);
        back.forEach((v, i) => {
          expect(v).toBeCloseTo(affine[i], 9);
        });
      }
    }
  });
});
