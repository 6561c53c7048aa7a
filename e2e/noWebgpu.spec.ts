/** A browser without WebGPU: the lab says so and trains on the processor. */
import { expect, test } from '@playwright/test';
import { findChromium } from './chromium.mjs';

test.use({
  launchOptions: {
    executablePath: findChromium() ?? undefined,
    args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update'],
  },
});

test('without WebGPU the lab says so', async ({ page }) => {
  await page.goto('/#/data');
  const adapter = await page.evaluate(async () => (await navigator.gpu?.requestAdapter()) ?? null);
  test.skip(adapter !== null, 'this machine has WebGPU without being asked');
  await expect(page.getByTestId('engine-chip')).toContainText('WASM');
  await expect(page.getByTestId('engine-line')).toContainText(/no WebGPU|no graphics adapter/);
});
