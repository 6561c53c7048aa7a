/** A2B-GAN on simulated anomalies: squares painted on the page, a short training, and an answer about images with and without one. That the
 * map lights the square is shown with the networks that come with the lab: a training of a minute does not get there. */
import { readFileSync } from 'node:fs';
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';
import { decode } from 'fast-png';
import { unzipSync } from 'fflate';
import { phantomSlices, setsOf } from '../src/data/phantom';
import { simulateRoles } from '../src/data/simulate';

async function expectAccess(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(serious.map(({ id, nodes }) => `${id} ${nodes.map(({ target }) => target).join(' ')}`)).toEqual([]);
}

test('squares are painted, taken out by Undo, painted again, learnt from and scored', async ({ page }) => {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto('/#/data');
  const tool = page.getByTestId('simulate');
  const state = page.getByTestId('simulate-state');
  const paint = tool.getByRole('button', { name: /^Paint/ });
  await expect(paint).toHaveAttribute('aria-disabled', 'false', { timeout: 120_000 });

  await tool.getByLabel('Share of Mixed, %').fill('130');
  await expect(paint).toHaveAttribute('aria-disabled', 'true');
  await expect(state).toContainText('is 130 %; it lies between 0 and 100 %');
  await tool.getByLabel('Share of Mixed, %').fill('50');
  await paint.click();
  await expect(state).toContainText('Squares in 500 of 1,000 mixed and 160 of 320 test slices.', { timeout: 60_000 });
  await expect(page.getByTestId('lane-test')).toContainText('160 of 320 masks not empty');
  await expectAccess(page);

  await page.getByTestId('last-move').getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByTestId('lane-test')).toContainText('220 of 320 masks not empty', { timeout: 60_000 });
  await expect(tool).toContainText('none');
  await paint.click();
  await expect(state).toContainText('Squares in 500 of 1,000 mixed and 160 of 320 test slices.', { timeout: 60_000 });

  await page.getByRole('link', { name: /Train/ }).first().click();
  await page.getByRole('radio', { name: 'A2B-GAN' }).click();
  const numbers = {
    'Size, pixels': '32',
    Width: '4',
    'Residual blocks': '1',
    Batch: '4',
    'Warm-up updates of G': '2',
    'Updates, D and G': '24',
    'Checkpoint every, updates': '10',
  };
  for (const [label, value] of Object.entries(numbers)) await page.getByLabel(label, { exact: true }).fill(value);
  await page.getByRole('button', { name: /^Start( again)?$/ }).click();
  await expect(page.getByTestId('run-phase')).toContainText(/finished/i, { timeout: 120_000 });
  await expect(page.getByTestId('loss-chart-penalty')).toHaveAttribute('aria-label', /now [−\d.e]+ at update 2\d,/);

  // Chosen by distance: the last checkpoint that was the best so far.
  const best = page.getByTestId('snapshot').filter({ hasText: 'the lowest so far' }).last();
  await expect(best).toContainText(/Update \d+.*Fréchet distance [\d.e−+]+, the lowest so far; image AUC [01]\.\d{2}, by labels/s);
  await expect(page.getByTestId('selection')).toHaveText(
    /^Selected by distance: update \d+ \(AUC [01]\.\d{2}\); best AUC [01]\.\d{2} at update \d+, by labels\.$/,
  );
  await best.click();
  await expect(best).toHaveAttribute('aria-checked', 'true', { timeout: 30_000 });
  await expect(page.getByTestId('loss-chart-distance')).toHaveAttribute('aria-label', /now [\d.e−]+ at update/);
  await expect(page.getByTestId('loss-chart-auc')).toHaveAttribute('aria-label', /now [\d.e−]+ at update/);

  await page.getByRole('button', { name: 'Decide' }).click();
  await expect(page.getByTestId('image-auc')).toHaveText(/[01]\.\d{2}/, { timeout: 60_000 });
  await expect(page.getByTestId('auroc')).toHaveText(/[01]\.\d{3}/);
  await expect(page.getByTestId('baselines')).toContainText(/local/i);
  expect(errors).toEqual([]);
});

test('the difference map lights the squares, with the trained networks that come with the lab', async ({ page }) => {
  await page.goto('/#/train');
  await page.getByRole('radio', { name: 'A2B-GAN' }).click();
  const shipped = page.getByTestId('shipped');
  const open = shipped.getByRole('button', { name: 'Open it' });
  await expect(open).toHaveAttribute('aria-disabled', 'false', { timeout: 120_000 });
  await open.click();
  await expect(page.getByTestId('image-auc')).toHaveText('0.76', { timeout: 120_000 });
  await page.locator('.takeaway summary').click();
  const download = page.waitForEvent('download');
  await page
    .locator('.takeaway')
    .getByRole('button', { name: /^Score maps/ })
    .click();
  const files = Object.entries(unzipSync(readFileSync(await (await download).path())));

  // Where the squares lie is drawn again here.
  const size = 32;
  const healthy = [...phantomSlices(setsOf('standard', true)[2], 0, size)];
  const { test: painted } = simulateRoles({ reference: [], mixed: [], validation: [], test: healthy }, { share: 1, seed: 1 });
  const sums = { inside: 0, outside: 0 };
  const counts = { inside: 0, outside: 0 };
  for (const { name, pixels, truth } of painted) {
    const file = files.find(([path]) => path.endsWith(`${name}_score.png`));
    if (!file) throw new Error(`no map of ${name} among ${files.length} files`);
    for (const [i, value] of decode(file[1]).data.entries()) {
      if (pixels[i] === 0) continue;
      const where = truth?.[i] ? 'inside' : 'outside';
      sums[where] += value;
      counts[where]++;
    }
  }
  expect(sums.inside / counts.inside).toBeGreaterThan((2 * sums.outside) / counts.outside);
});
