/** Models of two networks, and a score without a map: trained for a few updates each, nothing on the page is untrue or undefined. */
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';

/** Everything that can be read on the page, by eye or by ear. */
const words = (page: Page): Promise<string> =>
  page.evaluate(() =>
    [document.body.textContent, ...[...document.querySelectorAll('*')].flatMap((e) => [e.ariaLabel, e.getAttribute('title')])].join('\n'),
  );

async function expectSense(page: Page): Promise<void> {
  const text = await words(page);
  for (const nonsense of [/\bNaN\b/, /\bundefined\b/, /\bInfinity\b/, /\[object/]) expect(text).not.toMatch(nonsense);
}

async function expectAccess(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(serious.map(({ id, nodes }) => `${id} ${nodes.map(({ target }) => target).join(' ')}`)).toEqual([]);
}

/** Chooses a method, sets numbers by the names on the page, and trains to the end. */
async function train(page: Page, method: string, numbers: Record<string, string>): Promise<void> {
  await page.getByRole('radio', { name: new RegExp(`^${method}`) }).click();
  for (const [label, value] of Object.entries(numbers)) await page.getByLabel(label, { exact: true }).fill(value);
  await page.getByRole('button', { name: /^Start( again)?$/ }).click();
  await expect(page.getByTestId('run-phase')).toContainText(/finished/i, { timeout: 60_000 });
}

/** What a chart says it shows last. */
const loss = (page: Page, term: string) => page.getByTestId(`loss-chart-${term}`);

test('trains models of two networks, and scores with and without a map', async ({ page }) => {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  await page.goto('/#/train');
  await expect(page.getByRole('button', { name: /^Start( again)?$/ })).toHaveAttribute('aria-disabled', 'false', { timeout: 60_000 });

  await train(page, 'ASC-Net', { 'Size, pixels': '32', 'Batch of M': '2', 'Batch of D': '4', 'Updates (0: count epochs)': '8' });
  for (const term of ['total', 'fenceCut', 'discriminator', 'gauge'])
    await expect(loss(page, term)).toHaveAttribute('aria-label', /now [−\d.e]+ at update \d,/);
  const networks = page.getByTestId('networks');
  await expect(networks.locator('[data-network=mainModule]')).toContainText('Main module M');
  await expect(networks.locator('[data-network=discriminator]')).toContainText('Discriminator D');
  await expect(page.getByRole('img', { name: /^I_wc, wild cut, / })).toHaveCount(6);
  await expectSense(page);
  await page.getByRole('button', { name: 'Decide' }).click();
  await expect(page.getByTestId('auroc')).toHaveText(/[01]\.\d{3}/);
  await page.getByRole('button', { name: 'I_wc, wild cut' }).click();
  await expect(page.getByRole('img', { name: /^I_wc, wild cut of / })).toBeVisible();
  await expectSense(page);

  await page.getByRole('link', { name: /Train/ }).first().click();
  await train(page, 'AnoGAN', { 'Size, pixels': '32', Width: '4', Batch: '4', 'Updates, D and G': '6', 'Search steps Γ': '1' });
  await expect(loss(page, 'real')).toHaveAttribute('aria-label', /now [−\d.e]+ at update 4,/);
  await expect(loss(page, 'generator')).toHaveAttribute('aria-label', /now [−\d.e]+ at update 6,/);
  await expect(networks.locator('[data-network=generator]')).toContainText('learnt last');
  await expect(networks.locator('[data-network=discriminator]')).toContainText('frozen');
  await expect(page.getByTestId('slice-score')).toHaveCount(6);
  await expect(page.getByTestId('slice-strip')).toBeVisible();
  await expect(page.getByRole('img', { name: /^G\(z\), at random, / })).toHaveCount(6);
  await expectSense(page);
  await expectAccess(page);

  await page.getByRole('button', { name: 'Decide' }).click();
  await expect(page.getByTestId('image-auc')).toHaveText(/[01]\.\d{2}/);
  await expect(page.getByTestId('no-cut')).toContainText('no map');
  await expect(page.getByTestId('slice-score')).toHaveText(/^[\d.e−]+$/);
  await expect(page.getByTestId('threshold-handle')).toHaveCount(0);
  await expectSense(page);
  await expectAccess(page);
  for (const key of ['m', 'h', '[', 'ArrowRight']) await page.keyboard.press(key);
  await expectSense(page);

  await page.getByRole('radio', { name: /^A\(x\)/ }).click();
  await page.locator('.status').getByRole('button', { name: 'Start' }).click();
  await expect(page.getByTestId('threshold-handle')).toBeVisible();
  await expect(page.getByTestId('auroc')).toHaveText(/[01]\.\d{3}/);
  await page.getByRole('radio', { name: /^P_D/ }).click();
  await expect(page.getByTestId('no-cut')).toBeVisible();
  await expectSense(page);
  expect(errors).toEqual([]);
});
