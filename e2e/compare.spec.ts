/** Two models on the same slices: kept, compared, taken away, and opened again with the same numbers. */
import { readFileSync } from 'node:fs';
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';
import * as ort from 'onnxruntime-web';

/** Trains to the end of a few updates and waits for the scores. */
async function train(page: Page, method: string, numbers: Record<string, string>): Promise<void> {
  await page.goto('/#/train');
  await page.getByRole('radio', { name: method }).first().click();
  for (const [label, value] of Object.entries(numbers)) await page.getByLabel(label, { exact: true }).fill(value);
  await expect(page.getByRole('button', { name: /^Start( again)?$/ })).toHaveAttribute('aria-disabled', 'false', { timeout: 120_000 });
  await page.getByRole('button', { name: /^Start( again)?$/ }).click();
  await expect(page.getByTestId('run-phase')).toContainText(/finished/i, { timeout: 120_000 });
  await page.goto('/#/decide');
  await expect(page.getByTestId('auroc')).toHaveText(/[01]\.\d{3}/, { timeout: 120_000 });
}

async function expectAccess(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(serious.map(({ id, nodes }) => `${id} ${nodes.map(({ target }) => target).join(' ')}`)).toEqual([]);
}

const rows = (page: Page) => page.getByTestId('runs').locator('tbody tr');
/** Preset and device, data, image AUC, Dice and time of a row: all but its name. */
const numbersOf = async (page: Page, run: string): Promise<string[]> =>
  (await rows(page).filter({ hasText: run }).locator('td').allTextContents()).slice(2);

/** Saves by the menu of Decide. */
async function taken(page: Page, item: RegExp): Promise<{ name: string; path: string }> {
  await page.locator('.takeaway summary').click();
  const download = page.waitForEvent('download');
  await page.locator('.takeaway').getByRole('button', { name: item }).click();
  const file = await download;
  return { name: file.suggestedFilename(), path: await file.path() };
}

test('keeps two runs, compares them on the same slice, and opens a capsule with the same numbers', async ({ page }) => {
  test.setTimeout(600_000); // two trainings and four times the phantom, on whatever else runs
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto('/#/train');
  await train(page, 'VAE', { 'Size, pixels': '32', Updates: '30' });
  const auroc = (await page.getByTestId('auroc').textContent()) ?? '';
  await train(page, 'ASC-Net', { 'Size, pixels': '32', 'Batch of M': '2', 'Batch of D': '4', 'Updates (0: count epochs)': '8' });

  await page.keyboard.press('4');
  await expect(page).toHaveURL(/#\/compare\?runs=/);
  await expect(rows(page)).toHaveCount(2);
  const [vae, asc] = [await numbersOf(page, 'VAE'), await numbersOf(page, 'ASC-Net')];
  expect(vae[1]).toBe(asc[1]);
  expect(vae[1]).toMatch(/^Standard heads320\sslices/);
  expect(vae[2]).toMatch(/0\.\d{3} 0\.\d{2}–/);
  await expect(page.getByTestId('compare-curves')).toHaveAttribute('aria-label', /VAE · .* ASC-Net · /);
  await page.getByRole('button', { name: 'Dice, pooled' }).click();
  await expect(page.getByTestId('compare-curves')).toHaveAttribute(
    'aria-label',
    /^Pooled Dice against the threshold, .*VAE · .* 0\.\d{3}, ASC-Net · .* 0\.\d{3}/,
  );
  await expect(
    page
      .getByTestId('compare-curves')
      .locator('text')
      .filter({ hasText: /^[AB]$/ }),
  ).toHaveCount(2);
  for (const model of ['VAE', 'ASC-Net'])
    await expect(page.getByTestId('slice-rates').locator(`[data-row^="${model}"] td`)).toHaveText([
      /^[01]\.\d\d$/,
      /^[01]\.\d\d$/,
      /^[01]\.\d\d$/,
      /^[01]\.\d\d \([01]\.\d\d–[01]\.\d\d\)$/,
    ]);
  await expect(page.getByTestId('delong')).toContainText(/two-sided p (< )?0\.\d{3}; 320\sslices/);
  await expect(page.getByRole('img', { name: /: mask, / })).toHaveCount(2);
  await expect(page.getByRole('img', { name: /: score map, / })).toHaveCount(2);
  await expect(page.getByText('is not loaded at')).toHaveCount(0);
  const plate = page.getByRole('img', { name: /^Input, / });
  await plate.focus();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByTestId('cursor-place')).toContainText('x 17, y 16');
  const slice = await page.getByTestId('compare-slice').textContent();
  await page.getByRole('button', { name: 'Next slice' }).click();
  await expect(page.getByTestId('compare-slice')).not.toHaveText(slice ?? '');

  // Each run has a cut of its own, on its own side, cleaned or not.
  const handle = page.getByRole('slider', { name: /^Cut of A, VAE/ });
  const before = Number(await handle.inputValue());
  await handle.focus();
  await page.keyboard.press('ArrowRight');
  expect(Number(await handle.inputValue())).toBeGreaterThan(before);
  await expect(page.getByRole('button', { name: 'best Dice', exact: true })).toHaveAttribute('aria-pressed', 'false');
  await page.getByRole('button', { name: /^Low scores of A, VAE/ }).click();
  await expect(handle).toHaveAttribute('aria-valuetext', /low scores flagged/);
  await page.getByRole('button', { name: /^Clean-up of A, VAE/ }).click();
  await page.getByRole('button', { name: 'as decided' }).click();
  await expect(page.getByRole('slider', { name: /^Cut of B, ASC-Net/ })).toHaveAttribute('aria-valuetext', /of 255, high scores flagged/);
  await expect(handle).toHaveAttribute('aria-valuetext', /of 255, high scores flagged/);
  await page.getByRole('button', { name: 'best Dice', exact: true }).click();

  // Two runs on one plate, and cursors apart.
  await page.keyboard.press('b');
  await expect(page.getByTestId('pair-words')).toHaveText('A and B by turns');
  await page.getByTestId('pair').getByRole('button', { name: 'swipe' }).click();
  await page.getByLabel('Place of the swipe, per cent from the left').fill('30');
  await expect(page.getByTestId('pair-words')).toHaveText('A left of the seam, B right of it');
  await page.getByTestId('compare-slice').click();
  await page.keyboard.press('l');
  await expect(page.getByTestId('cursor-place')).toHaveText('Each run at its own cursor');
  await page.keyboard.press('l');
  await expectAccess(page);
  await page.getByRole('button', { name: 'Switch to the dark theme' }).click();
  await expectAccess(page);

  await rows(page).filter({ hasText: 'VAE' }).locator('td').nth(1).click();
  const saving = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save capsule' }).click();
  const capsule = await (await saving).path();
  expect((await page.getByTestId('said').textContent()) ?? '').toContain('no images, maps or masks');

  // A reload loses nothing that was kept.
  await page.reload();
  await expect(rows(page)).toHaveCount(2);
  await expect.poll(() => numbersOf(page, 'VAE')).toEqual(vae);
  await expect(page.getByRole('img', { name: /: mask, / })).toHaveCount(2);

  // Only deletion asks.
  await rows(page).filter({ hasText: 'VAE' }).locator('td').nth(1).click();
  await page.getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByRole('alertdialog')).toContainText(/Delete A VAE .* \(seed 0 · 30\supdates · .*\) from this browser\?/);
  await page.getByRole('button', { name: 'Keep it' }).click();
  await expect(rows(page)).toHaveCount(2);
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
  await expect(rows(page)).toHaveCount(1);

  await page.getByTestId('pick-capsule').setInputFiles({ name: 'run.zip', mimeType: 'application/zip', buffer: readFileSync(capsule) });
  await expect(rows(page)).toHaveCount(2);
  await expect.poll(() => numbersOf(page, 'VAE')).toEqual(vae);
  await expect(page.getByTestId('said')).toContainText(': run B on Compare');
  const opened = rows(page).filter({ hasText: 'VAE' });
  await expect(opened).toHaveAttribute('aria-selected', 'true');
  await expect(opened.getByRole('checkbox')).toBeChecked();
  await expect(opened).toBeInViewport({ ratio: 1 });
  await page.getByTestId('pick-capsule').setInputFiles({ name: 'no.zip', mimeType: 'application/zip', buffer: Buffer.from('nothing') });
  await expect(page.getByTestId('said')).toContainText('no directory at its end');

  // Its networks, loaded again, say what they said.
  await rows(page).filter({ hasText: 'VAE' }).locator('td').nth(1).click();
  await expect(page.getByRole('button', { name: 'Show in Decide' })).toHaveAttribute('aria-disabled', 'false', { timeout: 60_000 });
  await page.getByRole('button', { name: 'Show in Decide' }).click();
  await expect(page.getByTestId('auroc')).toHaveText(auroc, { timeout: 120_000 });

  expect((await taken(page, /^Masks/)).name).toMatch(/^wildcut-vae-.*-masks\.zip$/);
  await expect(page.getByTestId('said')).toContainText('no geometry');

  // What else goes: a graph that another program runs, numbers with their decision, words with citations, one plot.
  const onnx = await taken(page, /^ONNX/);
  expect(onnx.name).toMatch(/^wildcut-vae-.*-rec-grad\.onnx$/);
  const session = await ort.InferenceSession.create(new Uint8Array(readFileSync(onnx.path)));
  const image = new ort.Tensor(
    'float32',
    Float32Array.from({ length: 2 * 32 * 32 }, (_, i) => Math.sin(i)),
    [2, 1, 32, 32],
  );
  const { score, score_map } = await session.run({ image });
  expect([score.dims, score_map.dims]).toEqual([[2], [2, 1, 32, 32]]);
  expect((score_map.data as Float32Array).every(Number.isFinite)).toBe(true);
  const metrics = JSON.parse(readFileSync((await taken(page, /^Metrics/)).path, 'utf8'));
  expect(metrics.decision.flagged).toBe(`score >= ${metrics.decision.threshold}`);
  expect(readFileSync((await taken(page, /^Methods/)).path, 'utf8')).toMatch(
    /for 30 updates.*A pixel was flagged where.*arXiv:2005.10686/s,
  );
  expect((await taken(page, /^ROC of pixels/)).name).toMatch(/-roc-pixels\.svg$/);

  // The address opens the kept run again; one that is not kept here is named.
  await expect(page).toHaveURL(/#\/decide\/vae-[^?]+\?.*rule=/);
  const address = page.url();
  await page.goto('about:blank');
  await page.goto(address);
  await expect(page.getByTestId('auroc')).toHaveText(auroc, { timeout: 120_000 });
  await page.goto('about:blank');
  await page.goto('/#/decide/vae-gone');
  await expect(page.getByTestId('said')).toContainText('vae-gone is not kept in this browser', { timeout: 60_000 });
  await page.goto('about:blank');
  await page.goto('/#/compare?runs=gone,vae-gone');
  await expect(page.getByTestId('said')).toContainText('2 of 2 are not kept in this browser');
  expect(errors).toEqual([]);
});
