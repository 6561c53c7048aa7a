/** ASC-Net on the built page: both stages, peaks, snapshots to go back to, and a mask; a stop in the middle of a phase leaves what can be used. */
import { expect, type Page, test } from '@playwright/test';
import { number } from './shared';

async function begin(page: Page, numbers: Record<string, string>): Promise<void> {
  await page.getByRole('radio', { name: 'ASC-Net' }).click();
  for (const [label, value] of Object.entries(numbers)) await page.getByLabel(label, { exact: true }).fill(value);
  await page.getByRole('button', { name: /^Start( again)?$/ }).click();
}

const TINY = { 'Size, pixels': '32', 'Batch of M': '2', 'Batch of D': '4', 'Cycles, stage 1': '2', 'Cycles, stage 2': '1' };

test('trains through both stages, counts peaks, goes back to a snapshot and cuts', async ({ page }) => {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto('/#/train');
  await expect(page.getByRole('button', { name: /^Start( again)?$/ })).toHaveAttribute('aria-disabled', 'false', { timeout: 60_000 });
  await begin(page, { ...TINY, 'Updates (0: count epochs)': '24' });
  await expect(page.getByTestId('run-phase')).toContainText(/finished/i, { timeout: 120_000 });
  const last = await number(page.getByTestId('update-count'));

  // Three cycles, the last of them stage 2; splits of the histogram may add places of their own.
  const ends = page.getByTestId('snapshot').filter({ hasText: 'End of cycle' });
  await expect(ends).toHaveCount(3);
  await expect(ends.last()).toContainText(`Update ${last}`);
  await expect(page.getByTestId('peaks')).toHaveText(/^\d+\sseparated peaks? inside the body/);
  await expect(page.getByTestId('doctor')).toContainText(/mean 1 − D² [\d.e−]+/);
  await expect(page.getByTestId('cut-overlap')).toContainText(/[01]\.?\d*$/);

  const reconstruction = page.getByTestId('loss-chart-reconstruction');
  const now = async () => Number(/at update (\d+)/.exec((await reconstruction.getAttribute('aria-label')) ?? '')?.[1]);
  await expect.poll(now).toBe(last);
  await ends.last().focus();
  await page.keyboard.press('ArrowUp');
  await expect(ends.nth(1)).toHaveAttribute('aria-checked', 'true');
  const back = await number(page.getByTestId('update-count'));
  expect(back).toBeLessThan(last);
  await expect(page.getByText(`update ${back} · one window for all`)).toBeVisible();
  await expect.poll(now).toBeLessThanOrEqual(back);

  await page.getByRole('button', { name: 'Decide' }).click();
  await expect(page.getByTestId('auroc')).toHaveText(/[01]\.\d{3}/);
  const dice = (await page.getByTestId('dice-mean').textContent()) ?? '';
  expect(dice).toMatch(/\d/);
  await page.getByTestId('threshold-handle').focus();
  await page.keyboard.press('Home');
  await expect(page.getByTestId('dice-mean')).not.toHaveText(dice);
  expect(errors).toEqual([]);
});

test('a stop in the middle of a phase leaves weights that score', async ({ page }) => {
  await page.goto('/#/train');
  await expect(page.getByRole('button', { name: /^Start( again)?$/ })).toHaveAttribute('aria-disabled', 'false', { timeout: 60_000 });
  await begin(page, { ...TINY, 'Updates (0: count epochs)': '3000' });
  // The first D phase alone takes hundreds of updates.
  await expect.poll(() => number(page.getByTestId('update-count')), { timeout: 60_000 }).toBeGreaterThan(4);
  await page.getByRole('button', { name: /^Stop/ }).click();
  await expect(page.getByTestId('run-phase')).toContainText(/stopped/i);
  expect(await number(page.getByTestId('update-count'))).toBeLessThan(400);
  await page.getByRole('button', { name: 'Decide' }).click();
  await expect(page.getByTestId('auroc')).toHaveText(/[01]\.\d{3}/);
  await expect(page.getByTestId('threshold-handle')).toBeVisible();
});
