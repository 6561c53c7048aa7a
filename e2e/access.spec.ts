/** No serious or critical accessibility finding in any view, light or dark, and no sideways scrolling on a narrow page. */
import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';

for (const theme of ['light', 'dark'] as const) {
  test(`axe finds nothing serious, ${theme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: theme });
    await page.goto('/');
    await expect(page.getByTestId('run-phase')).toContainText(/training/i, { timeout: 120_000 });
    await expect(page.getByTestId('loss-chart-total')).toBeVisible();
    await page.getByRole('button', { name: /^Stop/ }).click();
    await expect(page.getByTestId('run-phase')).toContainText(/stopped/i, { timeout: 60_000 });
    await expect(page.getByRole('button', { name: /^Stop/ })).toHaveAttribute('aria-disabled', 'true');
    const other = theme === 'light' ? 'dark' : 'light';
    await page.emulateMedia({ colorScheme: other });
    await expect(page.locator('html')).toHaveAttribute('data-theme', other);
    expect(await page.evaluate(() => localStorage.getItem('wildcut.theme'))).toBeNull();
    await page.emulateMedia({ colorScheme: theme });
    await expect(page.locator('html')).toHaveAttribute('data-theme', theme);
    for (const view of ['train', 'data', 'decide']) {
      await page.goto(`/#/${view}`);
      if (view === 'decide') await expect(page.getByTestId('auroc')).toHaveText(/0\.\d{3}/, { timeout: 120_000 });
      const { violations } = await new AxeBuilder({ page }).analyze();
      const serious = violations.filter((v) => v.impact === 'serious' || v.impact === 'critical');
      expect(serious.map((v) => `${view}: ${v.id} ${v.nodes.map((n) => n.target).join(' ')}`)).toEqual([]);
    }
    await page.setViewportSize({ width: 720, height: 900 });
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(overflow).toBeLessThanOrEqual(0);
  });
}
