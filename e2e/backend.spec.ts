/** A software WebGPU adapter is no graphics card: the lab says so, and the visitor may still choose it. */
import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';

test('says that WebGPU is a software adapter, and switches on request', async ({ page }) => {
  await page.goto('/#/data');
  const adapter = await page.evaluate(async () => {
    const found = await navigator.gpu?.requestAdapter();
    return found ? `${found.info.vendor} ${found.info.architecture} ${found.info.description}` : null;
  });
  test.skip(adapter === null, 'this browser offers no WebGPU adapter at all');
  await expect(page.getByTestId('engine-line')).toContainText('software adapter');
  await expect(page.getByTestId('engine-chip')).toContainText('WASM');
  await page.getByRole('button', { name: 'Use WebGPU' }).click();
  await expect(page.getByTestId('engine-chip')).toContainText('WebGPU');

  await page.getByTestId('engine-chip').click();
  const sheet = page.getByRole('dialog', { name: 'Device and privacy' });
  const kernels = sheet.getByRole('group', { name: 'Kernels' });
  await expect(sheet).toContainText('our own: Conv2D');
  await kernels.getByRole('button', { name: 'Stock' }).click();
  await expect(sheet).toContainText('stock TensorFlow.js');
  await expect(kernels.getByRole('button', { name: 'Stock' })).toHaveAttribute('aria-pressed', 'true');
  const replay = sheet.getByRole('group', { name: 'Record and replay updates' });
  await expect(replay.getByRole('button', { name: 'On' })).toHaveAttribute('aria-disabled', 'true');
  await kernels.getByRole('button', { name: 'Our own' }).click();
  await expect(sheet).toContainText('our own: Conv2D');

  await expect(replay.getByRole('button', { name: 'Off' })).toHaveAttribute('aria-pressed', 'true');
  await replay.getByRole('button', { name: 'On' }).click();
  await expect(replay.getByRole('button', { name: 'On' })).toHaveAttribute('aria-pressed', 'true');
  const { violations } = await new AxeBuilder({ page }).include('[role=dialog], dialog').analyze();
  expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
});
