/** Real FLAIR: older adults as the healthy reference, MS with masks as the test set, on the fallback backend. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { drop, MISSING, number, shared } from './shared';

const older = shared('ms-flair', 'flair-older-adults');
const volumes = shared('ms-flair', 'volumes', 'MSLesSeg_P39');
const slices = shared('ms-flair', 'slices2d');

test('drops real volumes, trains, and cuts by keyboard and by mouse', async ({ page }) => {
  test.skip(!older || !volumes || !slices, MISSING);
  if (!older || !volumes || !slices) return;
  await page.goto('/#/data');
  await expect(page.getByTestId('lane-reference')).toContainText('2,000 slices', { timeout: 120_000 });

  const reference = readdirSync(older)
    .slice(0, 6)
    .flatMap((subject) => [
      { name: `${subject}_flair.nii.gz`, path: join(older, subject, 'flair.nii.gz') },
      { name: `${subject}_wmh.nii.gz`, path: join(older, subject, 'wmh_AUTO.nii.gz') },
    ]);
  await drop(page, page.getByTestId('lane-reference'), reference);
  await expect(page.getByTestId('file-report')).toContainText('NC_Subj01_flair.nii.gz');
  await expect(page.getByTestId('lane-reference')).toContainText('6 patients');
  await expect(page.getByTestId('lane-test')).toContainText('Empty');

  const images = readdirSync(join(slices, 'images')).slice(0, 8);
  await drop(page, page.getByTestId('lane-test'), [
    { name: 'MSLesSeg_P39_flair.nii.gz', path: join(volumes, 'flair.nii.gz') },
    { name: 'MSLesSeg_P39_lesion.nii.gz', path: join(volumes, 'lesion.nii.gz') },
    ...images.flatMap((name) => [
      { name, path: join(slices, 'images', name) },
      { name: name.replace('.png', '_mask.png'), path: join(slices, 'masks', name) },
    ]),
  ]);
  await expect(page.getByTestId('lane-test')).toContainText('9 patients');
  await expect(page.getByText('with an anomaly are left out of the reference').first()).toBeVisible();

  await page.getByRole('link', { name: /Train/ }).first().click();
  await expect(page.getByTestId('engine-chip')).toContainText('WASM');
  // Long enough that a fast machine is still at it when the chart is looked at twice.
  await page.getByLabel('Updates', { exact: true }).fill('200');
  await page.getByRole('button', { name: /^Start/ }).click();
  await expect(page.getByTestId('loss-chart-total')).toBeVisible();
  await expect.poll(() => number(page.getByTestId('update-count')), { timeout: 60_000, intervals: [50] }).toBeGreaterThan(5);
  const early = await page.getByTestId('loss-chart-total').locator('path.js-line').first().getAttribute('d');
  await expect.poll(() => number(page.getByTestId('update-count')), { timeout: 60_000 }).toBeGreaterThan(60);
  expect(await page.getByTestId('loss-chart-total').locator('path.js-line').first().getAttribute('d')).not.toBe(early);
  await expect(page.getByTestId('run-phase')).toContainText(/done|Finished/i, { timeout: 120_000 });

  await page
    .getByRole('link', { name: /Decide/ })
    .first()
    .click();
  await expect(page.getByTestId('auroc')).toHaveText(/0\.\d{3}/, { timeout: 120_000 });
  await expect(page.getByTestId('dice-pooled')).toHaveText(/0\.\d{2}/);
  await expect(page.getByTestId('baselines')).toContainText('Raw intensity');

  const handle = page.getByTestId('threshold-handle');
  const seen = async () => ({
    value: Number(await handle.getAttribute('aria-valuenow')),
    area: await number(page.getByTestId('mask-area')),
    dice: await page.getByTestId('dice-pooled').textContent(),
  });
  await page.getByRole('radio', { name: /Best Dice/ }).click();
  const before = await seen();
  await handle.focus();
  for (let i = 0; i < 4; i++) await page.keyboard.press('Shift+ArrowLeft');
  const keyed = await seen();
  expect(keyed.value).toBeLessThan(before.value);
  expect(keyed.area).toBeGreaterThanOrEqual(before.area);
  expect(keyed.dice).not.toBe(before.dice);

  const box = await handle.boundingBox();
  if (!box) throw new Error('The handle has no place on the page.');
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2 + 120, box.y + box.height / 2, { steps: 6 });
  const during = await seen();
  await page.mouse.up();
  expect(during.value).toBeGreaterThan(keyed.value);
  expect(during.area).toBeLessThanOrEqual(keyed.area);
  expect(during.dice).not.toBe(keyed.dice);
});
