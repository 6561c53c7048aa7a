/** The set that the threshold's bars are stated for: 2,000 slices of 128², loaded, scored and open in Decide. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, type Page } from '@playwright/test';
import { writeNifti } from '../core/niftiWrite';
import { Random } from '../core/random';

export const BIG = { volumes: 40, depth: 50, side: 128 };
/** Different volumes; the set repeats them under other names. */
const DISTINCT = 4;

/** A cylinder of noisy tissue; `lesions` balls in it are a little brighter, so that no cut is perfect and clean-up has specks to remove. */
function scan(random: Random, lesions: number): { image: Uint8Array; mask: Uint8Array } {
  const { side, depth } = BIG;
  const image = new Uint8Array(depth * side * side);
  const mask = new Uint8Array(image.length);
  const balls = Array.from({ length: lesions }, () => [
    random.between(40, 88),
    random.between(40, 88),
    random.between(5, 45),
    random.between(4, 12),
  ]);
  for (let z = 0, at = 0; z < depth; z++)
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++, at++) {
        if (Math.hypot(x - 63.5, y - 63.5) > 56) continue;
        mask[at] = balls.some(([cx, cy, cz, r]) => Math.hypot(x - cx, y - cy, z - cz) < r) ? 1 : 0;
        image[at] = Math.min(255, Math.max(1, (mask[at] ? 135 : 110) + 25 * random.normal()));
      }
  return { image, mask };
}

/** Writes two healthy scans, and the test scans with their masks, in folders whose names say their roles. */
export function writeBigSet(folder: string): void {
  const { side, depth } = BIG;
  const geometry = { affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], spacing: [1, 1, 1] as const, known: true };
  const nifti = (values: Uint8Array) => writeNifti(values, { width: side, height: side, depth, geometry });
  const random = new Random(1);
  for (const role of ['healthy', 'test']) mkdirSync(join(folder, role), { recursive: true });
  for (const k of [1, 2]) writeFileSync(join(folder, 'healthy', `healthy_${k}.nii`), nifti(scan(random, 0).image));
  const scans = Array.from({ length: DISTINCT }, () => scan(random, 5)).map(({ image, mask }) => [nifti(image), nifti(mask)]);
  for (let k = 0; k < BIG.volumes; k++) {
    const [image, mask] = scans[k % DISTINCT];
    writeFileSync(join(folder, 'test', `patient${k}.nii`), image);
    writeFileSync(join(folder, 'test', `patient${k}_mask.nii`), mask);
  }
}

/** Loads the set, trains for one update and scores it. @param base address of the lab */
export async function decideOnBigSet(page: Page, folder: string, base: string): Promise<void> {
  await page.goto(`${base}/#/data`);
  await expect(page.getByTestId('lane-reference')).toContainText('2,000 slices', { timeout: 120_000 });
  await expect(page.getByText('Drawing the phantoms')).toHaveCount(0, { timeout: 120_000 });
  await page.getByTestId('pick-folder').setInputFiles(folder);
  await expect(page.getByTestId('lane-test')).toContainText('40 patients', { timeout: 120_000 });
  await expect(page.getByTestId('lane-test')).toContainText('2,000 slices');
  await page.getByRole('link', { name: /Train/ }).first().click();
  await page.getByLabel('Size, pixels', { exact: true }).fill('128');
  await page.getByLabel('Updates', { exact: true }).fill('1');
  const start = page.getByRole('button', { name: /^Start( again)?$/ });
  await expect(start).toHaveAttribute('aria-disabled', 'false', { timeout: 120_000 });
  await start.click();
  await expect(page.getByTestId('run-phase')).toContainText(/finished/i, { timeout: 120_000 });
  await page.getByRole('link', { name: /Decide/ }).first().click(); // biome-ignore format: one line
  await expect(page.getByTestId('rows-shown')).toHaveText('2,000 of 2,000', { timeout: 240_000 });
  await expect(page.getByTestId('auroc')).toHaveText(/[01]\.\d{3}/, { timeout: 60_000 });
}

/** Drags the handle there and back by the mouse, a move an animation frame. */
export async function dragHandle(page: Page, moves: number): Promise<void> {
  const handle = page.getByTestId('threshold-handle');
  const box = await handle.boundingBox();
  if (!box) throw new Error('The handle has no place on the page.');
  const [x, y] = [box.x + box.width / 2, box.y + 12];
  await page.mouse.move(x, y);
  await page.mouse.down();
  for (let i = 1; i <= moves; i++) {
    await page.mouse.move(x - 160 * Math.sin((Math.PI * i) / moves), y);
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
  await page.mouse.up();
}
