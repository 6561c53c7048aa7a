/** A volume in three planes and in 3-D: generated scans with voxels that are no cubes, and an empty slice in the middle of the test one. */
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';
import { writeNifti } from '../src/core/niftiWrite';

const SHAPE = { width: 40, height: 40, depth: 14 };
/** Millimetres of a voxel: slices lie twice as far apart as pixels. */
const SPACING = [4, 4, 8] as const;
const geometry = { affine: [4, 0, 0, 0, 0, 4, 0, 0, 0, 0, 8, 0, 0, 0, 0, 1], spacing: SPACING, known: true };
/** Counted from the feet. */
const EMPTY = 6;

const inside = (x: number, y: number, z: number, [cx, cy, cz]: readonly number[], r: number) =>
  Math.hypot(4 * (x - cx), 4 * (y - cy), 8 * (z - cz)) < r;
/** A ball of tissue; the lesion is in the patient's left, anterior and superior part. */
const lesion = (x: number, y: number, z: number) => inside(x, y, z, [12, 28, 9], 18);

function scan(value: (x: number, y: number, z: number) => number, mask = false): Buffer {
  const { width, height, depth } = SHAPE;
  const values = new (mask ? Uint8Array : Float32Array)(width * height * depth);
  for (let z = 0, o = 0; z < depth; z++) for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) values[o++] = value(x, y, z);
  return Buffer.from(writeNifti(values, { ...SHAPE, geometry }));
}

const tissue = (x: number, y: number, z: number, k: number) =>
  inside(x, y, z, [19.5, 19.5, 6.5], 70) ? 90 + 15 * Math.sin(0.5 * x + k) + 10 * Math.cos(0.6 * y + z) : 0;

async function load(page: Page, lane: 'reference' | 'test', files: { name: string; buffer: Buffer }[]): Promise<void> {
  const contents = files.map(({ name, buffer }) => ({ name, base64: buffer.toString('base64') }));
  const transfer = await page.evaluateHandle((items) => {
    const data = new DataTransfer();
    for (const { name, base64 } of items) data.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name));
    return data;
  }, contents);
  const target = page.getByTestId(`lane-${lane}`);
  for (const type of ['dragenter', 'dragover', 'drop']) await target.dispatchEvent(type, { dataTransfer: transfer });
}

const plane = (page: Page, name: string) => page.getByTestId(`plane-${name}`);
const part = async (page: Page, name: string, x: number, y: number) => {
  const box = await plane(page, name).boundingBox();
  if (!box) throw new Error(`The ${name} plane has no place on the page.`);
  return { x: box.x + x * box.width, y: box.y + y * box.height, ratio: box.height / box.width };
};
const click = async (page: Page, name: string, x: number, y: number) => {
  const at = await part(page, name, x, y);
  await page.mouse.click(at.x, at.y);
};

test('a volume in three planes with one cursor, and in 3-D', async ({ page }) => {
  const wrong: string[] = [];
  page.on('pageerror', (error) => wrong.push(error.message));
  page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
  page.on(
    'request',
    (request) => new URL(request.url()).hostname !== '127.0.0.1' && /^(http|ws)/.test(request.url()) && wrong.push(request.url()),
  );
  await page.goto('/#/data');
  await expect(page.getByTestId('lane-reference')).toContainText('2,000 slices', { timeout: 120_000 });
  await expect(page.getByText('Drawing the phantoms')).toHaveCount(0, { timeout: 120_000 });
  await load(
    page,
    'reference',
    [1, 2, 3].map((k) => ({ name: `healthy_${k}.nii`, buffer: scan((x, y, z) => tissue(x, y, z, k)) })),
  );
  await expect(page.getByTestId('lane-reference')).toContainText('3 patients');
  const ill = (x: number, y: number, z: number) => (z === EMPTY ? 0 : lesion(x, y, z) ? 160 : tissue(x, y, z, 9));
  await load(page, 'test', [
    { name: 'ill_flair.nii', buffer: scan(ill) },
    { name: 'ill_lesion.nii', buffer: scan((x, y, z) => (z !== EMPTY && lesion(x, y, z) ? 1 : 0), true) },
  ]);
  await expect(page.getByTestId('lane-test')).toContainText('1 patient');
  await page.getByRole('link', { name: /Train/ }).first().click();
  await page.getByLabel('Updates', { exact: true }).fill('20');
  await page.getByRole('button', { name: /^Start/ }).click();
  await expect(page.getByTestId('run-phase')).toContainText(/done|Finished/i, { timeout: 120_000 });
  await page.getByRole('link', { name: /Decide/ }).first().click(); // biome-ignore format: one line
  await expect(page.getByTestId('auroc')).toHaveText(/0\.\d{3}/, { timeout: 120_000 });

  await page.getByRole('button', { name: 'Planes', exact: true }).click();
  await expect(page.getByText('Slices 8.0 mm apart, pixels of 2.5 mm; nothing is interpolated.')).toBeVisible();
  await expect(page.getByText(/1\sslice of 14 was left out/)).toBeVisible();
  for (const [name, letters] of Object.entries({ axial: 'RLAP', coronal: 'RLSI', sagittal: 'APSI' }))
    expect((await plane(page, name).locator('.lr').allTextContents()).join('')).toBe(letters);
  // 160 mm across, 14 slices of 8 mm up.
  expect((await part(page, 'axial', 0, 0)).ratio).toBeCloseTo(1, 2);
  for (const name of ['coronal', 'sagittal']) expect((await part(page, name, 0, 0)).ratio).toBeCloseTo(112 / 160, 2);

  // The lesion's middle, in the coronal plane: 12 of 40 from the patient's left, slice 9 of 14 from the feet.
  await click(page, 'coronal', 1 - 12.5 / 40, 1 - 9.5 / 14);
  await expect(page.getByText('· slice 9', { exact: true })).toBeVisible();
  await expect(plane(page, 'axial').locator('.cap')).toHaveText('Axial · 10 of 14');
  await click(page, 'axial', 1 - 12.5 / 40, 1 - 28.5 / 40);
  const cursor = /^Cursor 4[345], 1[789] · /;
  await expect(page.getByTestId('read-out')).toHaveText(cursor);
  await plane(page, 'sagittal').focus();
  await page.keyboard.press('ArrowDown');
  await expect(page.getByText('· slice 8', { exact: true })).toBeVisible();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown'); // over the empty slice
  await expect(page.getByText(`· slice ${EMPTY - 1}`, { exact: true })).toBeVisible();
  await expect(page.getByTestId('read-out')).toHaveText(cursor);
  await click(page, 'coronal', 0.5, 1 - (EMPTY + 0.5) / 14);
  await expect(page.getByTestId('read-out')).toHaveText('Slice 7 of 14 was left out or not scored: the cursor stays where it was.');
  await expect(page.getByText(`· slice ${EMPTY - 1}`, { exact: true })).toBeVisible();

  // The mask of every plane follows the handle, and the cursor stays.
  const painted = (name: string) =>
    plane(page, name).locator('canvas').nth(1).evaluate((canvas: HTMLCanvasElement) => {
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
      let sum = 0;
      for (let i = 3; i < data.length; i += 4) sum += data[i] > 0 ? 1 : 0;
      return sum;
    }); // biome-ignore format: a chain
  await page.keyboard.press('t'); // the truth is not what is counted
  const handle = page.getByTestId('threshold-handle');
  await handle.focus();
  await page.keyboard.press('End');
  await expect.poll(() => painted('sagittal')).toBeLessThan(200);
  await page.keyboard.press('Home');
  for (const name of ['axial', 'coronal', 'sagittal']) await expect.poll(() => painted(name)).toBeGreaterThan(2000);
  await page.keyboard.press('t');

  const serious = async () =>
    (await new AxeBuilder({ page }).analyze()).violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(await serious()).toEqual([]);
  await page.getByRole('button', { name: 'Switch to the dark theme' }).click();
  expect(await serious()).toEqual([]);
  await page.getByRole('button', { name: '3-D', exact: true }).click();
  await expect(page.locator('[data-testid=volume-3d][data-drawn], [data-testid=no-3d]')).toBeVisible({ timeout: 120_000 });
  expect(await serious()).toEqual([]);
  const solid = page.getByTestId('volume-3d');
  if ((await solid.count()) > 0) {
    const before = await solid.screenshot();
    await solid.focus();
    await page.keyboard.press('ArrowLeft');
    const turned = await solid.screenshot();
    expect(turned.equals(before)).toBe(false);
    await page.keyboard.press('h');
    await expect.poll(async () => (await solid.screenshot()).equals(turned)).toBe(false);
  }
  await page.getByRole('button', { name: 'Slice', exact: true }).click();
  await expect(page.getByTestId('plate')).toBeVisible();
  await page.evaluate(() => {
    const before = HTMLCanvasElement.prototype.getContext as (kind: string) => RenderingContext | null;
    Object.assign(HTMLCanvasElement.prototype, {
      getContext(this: HTMLCanvasElement, kind: string) {
        return kind === 'webgl2' ? null : before.call(this, kind);
      },
    });
  });
  await page.getByRole('button', { name: '3-D', exact: true }).click();
  await expect(page.getByTestId('no-3d')).toContainText('3-D needs WebGL 2');
  expect(wrong).toEqual([]);
});
