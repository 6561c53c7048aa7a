/** A volume in 3-D. The only import of NiiVue, and only once somebody asks for it; it comes from the lab's own origin and asks for nothing. */
import type { NVImage } from '@niivue/niivue';
import { writeNifti } from '../../core/niftiWrite';
import { type Box, geometryOf } from '../../core/reformat';
import { MASK_LINE, TRUTH_LINE } from '../paint';

/** What is drawn, in the voxel order of `voxelsOf`: bytes as grey levels or as a score map, and masks of 0 and 1. */
export type Drawn = {
  base: Uint8Array<ArrayBuffer>;
  map: boolean;
  window: { lo: number; hi: number };
  mask: Uint8Array<ArrayBuffer> | null;
  truth: Uint8Array<ArrayBuffer> | null;
};

export type Scene = {
  draw(drawn: Drawn): void;
  /** Degrees. */
  turn(azimuth: number, elevation: number): void;
  zoom(factor: number): void;
  close(): void;
};

/** Share of what lies behind a voxel that it hides. */
const MASK_OPACITY = 0.8;
const TRUTH_OPACITY = 0.5;
/** The lab's plate is wider than high. */
const FIRST_SCALE = 1.4;

export const hasWebGl2 = (): boolean => {
  const context = document.createElement('canvas').getContext('webgl2');
  context?.getExtension('WEBGL_lose_context')?.loseContext();
  return context !== null;
};

/** @param side of a pixel in millimetres; null where the file does not say */
export async function openScene(canvas: HTMLCanvasElement, box: Box, side: number | null): Promise<Scene> {
  const { Niivue, NVImage } = await import('@niivue/niivue');
  const nv = new Niivue({
    backColor: [0, 0, 0, 1],
    crosshairWidth: 0,
    dragAndDropEnabled: false,
    interactive: false,
    isColorbar: false,
    isNearestInterpolation: true,
    logLevel: 'silent',
    show3Dcrosshair: false,
  });
  await nv.attachToCanvas(canvas, true);
  nv.setSliceType(nv.sliceTypeRender);
  nv.addColormap('cut', solid(MASK_LINE));
  nv.addColormap('truth', solid(TRUTH_LINE));
  const shape = { width: box.size, height: box.size, depth: box.slices.length, geometry: geometryOf(box, side) };
  const add = async (name: string, colormap: string, top: number): Promise<NVImage> => {
    const { buffer } = writeNifti(new Uint8Array(box.slices.length * box.size ** 2), shape);
    // Given the bytes, it fetches nothing; the address is only a name.
    const image = await NVImage.loadFromUrl({ url: `${name}.nii`, buffer, colormap, opacity: 0, cal_min: 0, cal_max: top });
    nv.addVolume(image);
    return image;
  };
  const base = await add('base', 'gray', 255);
  const truth = await add('truth', 'truth', 1);
  const mask = await add('mask', 'cut', 1);
  let scale = FIRST_SCALE;
  nv.setScale(scale);
  return {
    draw(drawn) {
      base.img = drawn.base;
      base.colormap = drawn.map ? 'magma' : 'gray';
      [base.cal_min, base.cal_max] = drawn.map ? [0, 255] : [drawn.window.lo, drawn.window.hi];
      base.opacity = 1;
      for (const [image, values, opacity] of [
        [mask, drawn.mask, MASK_OPACITY],
        [truth, drawn.truth, TRUTH_OPACITY],
      ] as const) {
        if (values) image.img = values;
        image.opacity = values ? opacity : 0;
      }
      nv.updateGLVolume();
    },
    turn: (azimuth, elevation) => nv.setRenderAzimuthElevation(azimuth, elevation),
    zoom(factor) {
      scale = Math.min(4, Math.max(0.5, scale * factor));
      nv.setScale(scale);
    },
    close() {
      nv.cleanup();
      nv.gl.getExtension('WEBGL_lose_context')?.loseContext();
    },
  };
}

/** Nothing at 0, one colour at 1. */
function solid(colour: string) {
  const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  return { R: [0, r], G: [0, g], B: [0, b], A: [0, 255], I: [0, 255] };
}
