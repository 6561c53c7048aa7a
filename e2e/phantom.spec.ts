/** The bare first visit: nothing is asked, something moves, and it ends in a mask. */
import { expect, test } from '@playwright/test';
import { number } from './shared';

test('a first visit draws the phantom, trains by itself and can be stopped, scored and cut', async ({ page }) => {
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));

  await page.goto('/');
  await expect(page.getByTestId('run-phase')).toContainText(/training/i, { timeout: 120_000 });
  await expect.poll(() => number(page.getByTestId('update-count')), { timeout: 90_000 }).toBeGreaterThan(20);
  await expect(page.getByText('Not a medical device.').first()).toBeVisible();

  await page.getByRole('button', { name: /^Pause/ }).click();
  await expect(page.getByTestId('run-phase')).toContainText(/paused/i);
  const paused = await number(page.getByTestId('update-count'));
  await page.getByRole('button', { name: /^Step/ }).click();
  await expect.poll(() => number(page.getByTestId('update-count'))).toBe(paused + 1);
  await page.waitForTimeout(1000);
  expect(await number(page.getByTestId('update-count'))).toBe(paused + 1);
  await page.getByRole('button', { name: /^Stop/ }).click();
  await expect(page.getByTestId('run-phase')).toContainText(/stopped/i);

  await page
    .getByRole('link', { name: /Decide/ })
    .first()
    .click();
  await expect(page.getByTestId('auroc-brain')).toHaveText(/0\.\d{3}/, { timeout: 120_000 });
  await expect(page.getByTestId('baselines')).toContainText(/mean/);
  const handle = page.getByTestId('threshold-handle');
  const dice = (await page.getByTestId('dice-mean').textContent()) ?? '';
  await handle.focus();
  await page.keyboard.press('Home');
  await expect(page.getByTestId('dice-mean')).not.toHaveText(dice);
  await page.keyboard.press('Control+z');
  await expect(page.getByTestId('dice-mean')).toHaveText(dice);

  expect(errors).toEqual([]);
  const hosts = new Set(requests.filter((url) => url.startsWith('http')).map((url) => new URL(url).hostname));
  expect([...hosts]).toEqual(['127.0.0.1']);
});
