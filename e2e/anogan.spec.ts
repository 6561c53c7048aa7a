/** AnoGAN from a short training to a search: G(z) changes while it is watched, a search that is stopped keeps what it has, and ROC curves appear. */
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';

async function expectAccess(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(serious.map(({ id, nodes }) => `${id} ${nodes.map(({ target }) => target).join(' ')}`)).toEqual([]);
}

/** The search's step and its first image, as they are on the page at one moment. */
const iterate = (page: Page) =>
  page.evaluate(() => {
    const view = document.querySelector('[data-testid=iterate]');
    const image = view?.querySelector<HTMLCanvasElement>('[aria-label^="After step"] canvas');
    const step = Number(view?.textContent?.match(/after step (\d+)/)?.[1] ?? 0);
    return { step, image: image ? image.toDataURL() : '' };
  });

const startSearch = (page: Page) => page.locator('.status').getByRole('button', { name: 'Start' }).click();

test('trains, searches, stops in mid-search, and compares the scores of its searches', async ({ page }) => {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto('/#/train');
  await expect(page.getByRole('button', { name: /^Start( again)?$/ })).toHaveAttribute('aria-disabled', 'false', { timeout: 120_000 });
  await page.getByRole('radio', { name: /^AnoGAN/ }).click();
  const numbers = {
    'Size, pixels': '32',
    Width: '4',
    Batch: '8',
    'Updates, D and G': '90',
    'Search steps Γ': '60',
    'Search rate': '0.1',
  };
  for (const [label, value] of Object.entries(numbers)) await page.getByLabel(label, { exact: true }).fill(value);
  await page.getByRole('button', { name: /^Start( again)?$/ }).click();
  await expect(page.getByTestId('run-phase')).toContainText(/finished/i, { timeout: 120_000 });
  await expect(page.getByRole('img', { name: /^G\(z\), from one z to another, / })).toHaveCount(6);
  // So early all of G's images are alike, which the page says.
  await expect(page.getByTestId('watch')).toContainText('nearly all alike');
  await expectAccess(page);

  await page.getByRole('button', { name: 'Decide' }).click();
  const table = page.getByTestId('scorer-table');
  await expect(table.locator('[data-row]')).toHaveCount(1);
  await expect(table.locator('[data-row=P_D]')).toContainText(/[01]\.\d{2} \([01]\.\d{2}–[01]\.\d{2}\)/);
  await expect(page.getByTestId('embedding')).toContainText('Normal, 100');

  await page.getByRole('radio', { name: /^A\(x\)/ }).click();
  await startSearch(page);
  await expect(page.getByTestId('trace-residual')).toHaveAttribute('aria-label', /at step \d+ of 60: \d/, { timeout: 60_000 });
  await expect(page.getByTestId('trace-discrimination')).toBeVisible();
  await expect(page.getByTestId('iterate').getByRole('img', { name: /^Residual, / })).toHaveCount(4);
  const before = await iterate(page);
  expect(before.image.length).toBeGreaterThan(100);
  await expect.poll(async () => Math.abs((await iterate(page)).step - before.step), { timeout: 60_000 }).toBeGreaterThan(5);
  expect((await iterate(page)).image).not.toBe(before.image);

  // Slices with a lesion come after the first hundred: a stop after them leaves scores of both classes.
  const done = async () => Number((await page.getByRole('progressbar', { name: /^Scoring with/ }).getAttribute('aria-valuenow')) ?? 0);
  // Looked at often: a fast machine is through the rest within a second.
  await expect.poll(done, { timeout: 120_000, intervals: [50] }).toBeGreaterThan(45);
  await page.locator('.status').getByRole('button', { name: 'Cancel' }).click();
  await expect(table.locator('[data-row="A(x)"]')).toContainText('stopped early', { timeout: 60_000 });
  await expect(page.getByText(/^Stopped early: \d+ of 320 test slices are scored\./)).toBeVisible();
  const roc = page.getByTestId('chart-slice-roc');
  await expect(roc).toHaveAttribute('aria-label', /A\(x\): AUC [01]\.\d{2}/);

  await expect(page.locator('.status')).toContainText('Stopped early: start it again');
  await startSearch(page);
  await expect(table.locator('[data-row="A(x)"]')).not.toContainText('stopped early', { timeout: 120_000 });
  // One search serves three scores.
  for (const scorer of ['A(x)', 'R(x)', 'D(x)', 'P_D']) await expect(table.locator(`[data-row="${scorer}"]`)).toBeVisible();
  await expect(roc).toHaveAttribute('aria-label', /R\(x\): AUC/);
  await expect(page.getByTestId('score-groups')).toContainText('Healthy reference, learnt from: 32');
  await expectAccess(page);
  expect(errors).toEqual([]);
});

test('opens the networks that come with the lab, with the heads they were made for, and searches with them', async ({ page }) => {
  await page.goto('/#/train');
  await page.getByRole('radio', { name: /^AnoGAN/ }).click();
  const shipped = page.getByTestId('shipped');
  await expect(shipped).toContainText('AnoGAN on smooth heads');
  const open = shipped.getByRole('button', { name: 'Open it' });
  await expect(open).toHaveAttribute('aria-disabled', 'false', { timeout: 120_000 });
  await open.click();
  const table = page.getByTestId('scorer-table');
  await expect(table.locator('[data-row=P_D]')).toBeVisible({ timeout: 120_000 });
  await page.getByRole('radio', { name: /^A\(x\)/ }).click();
  await startSearch(page);
  await expect.poll(async () => (await iterate(page)).step, { timeout: 60_000 }).toBeGreaterThan(1);
  await page.locator('.status').getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByText(/^The search was stopped: the last 32 slices have the score of its step \d+ of 100\./)).toBeVisible();
  // The first 32 test slices are all healthy.
  await expect(table).not.toContainText('A(x)');
});
