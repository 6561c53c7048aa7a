/** The threshold instrument: what is decided is seen at once, can be undone, is held by the address, and works by keyboard. */
import { readFileSync } from 'node:fs';
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';
import { number } from './shared';

/** Trains a VAE for a few updates on the phantom, as often as asked with the same numbers, and opens Decide. */
async function train(page: Page): Promise<void> {
  const start = page.getByRole('button', { name: /^Start( again)?$/ });
  await expect(start).toHaveAttribute('aria-disabled', 'false', { timeout: 120_000 });
  await page.getByLabel('Updates', { exact: true }).fill('40');
  await start.click();
  await expect(page.getByTestId('run-phase')).toContainText(/finished/i, { timeout: 120_000 });
}

const query = (page: Page) => new URLSearchParams(new URL(page.url()).hash.split('?')[1]);

async function expectAccess(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(serious.map(({ id, nodes }) => `${id} ${nodes.map(({ target }) => target).join(' ')}`)).toEqual([]);
}

test('drags, rules, clean-up, undo, and the address that brings it all back', async ({ page }) => {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  await page.goto('/#/train');
  await train(page);
  await page
    .getByRole('link', { name: /Decide/ })
    .first()
    .click();
  await expect(page.getByTestId('auroc')).toHaveText(/0\.\d{3}/, { timeout: 60_000 });

  const handle = page.getByTestId('threshold-handle');
  const seen = async () => ({
    t: Number(await handle.getAttribute('aria-valuenow')),
    dice: await page.getByTestId('dice-pooled').textContent(),
    area: await number(page.getByTestId('mask-area')),
  });

  await test.step('a rule, then the handle by mouse and by keyboard, which says what it does', async () => {
    await page.getByRole('radio', { name: /Best Dice/ }).click();
    await expect(page.getByRole('radio', { name: /Best Dice/ })).toBeChecked();
    const ruled = await seen();
    const box = (await handle.boundingBox())!;
    await page.mouse.move(box.x + box.width / 2, box.y + 12);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2 - 150, box.y + 12, { steps: 8 });
    const during = await seen();
    expect(during.t).toBeLessThan(ruled.t);
    expect(during.area).toBeGreaterThan(ruled.area);
    expect(during.dice).not.toBe(ruled.dice);
    await page.mouse.up();
    await expect(page.getByRole('radio', { name: /By hand/ })).toBeChecked();
    await page.keyboard.press('Control+z');
    expect(await seen()).toEqual(ruled);
    await page.keyboard.press('Control+y');
    expect(await seen()).toEqual(during);
    await handle.focus();
    await page.keyboard.press('Shift+ArrowRight');
    await expect(handle).toHaveAttribute(
      'aria-valuetext',
      /^[\d.]+ of 255, above \d+\.\d\d.% of healthy pixels, Dice \d\.\d\d, \d+ of 320 slices flagged$/,
    );
    expect((await seen()).t).toBeCloseTo(during.t + 10, 0);
  });

  await test.step('the flag stays in the pane, the oracle’s mark at its value, and a definition shows above everything', async () => {
    await handle.press('End');
    const pane = (await page.locator('.instrument').boundingBox())!;
    const flag = (await handle.locator('span').boundingBox())!;
    expect(flag.x + flag.width).toBeLessThanOrEqual(pane.x + pane.width);
    await page.getByRole('radio', { name: /Best Dice/ }).click();
    const line = (await handle.boundingBox())!;
    const mark = (await page.getByTestId('oracle').locator('path').boundingBox())!;
    expect(mark.x + mark.width / 2).toBeCloseTo(line.x + line.width / 2, 0);
    await page.getByRole('button', { name: 'AUPRO' }).focus();
    await expect(page.getByText('over all slices with a mask')).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(page.getByText('over all slices with a mask')).toBeHidden();
    for (let i = 0; i < 2; i++) await page.getByRole('button', { name: 'Undo' }).click();
  });

  await test.step('clean-up changes masks and numbers, says by how much, and is undone', async () => {
    await page.getByRole('button', { name: 'Undo' }).click();
    const before = await seen();
    const effect = page.getByTestId('clean-effect');
    await page.getByTestId('clean-switch').click();
    await expect(effect).toHaveText(/^(Changes Dice by [+−]\d\.\d\d|Leaves Dice as it is, to two digits) · removed [\d,]+.regions?\.$/);
    await page.getByTestId('clean-minimum').fill('40');
    await page.getByTestId('clean-minimum').press('Enter');
    await expect(effect).toContainText('removed');
    await expect.poll(seen).not.toEqual(before);
    await expect(page.getByTestId('lesions-found')).toHaveText(/^[\d,]+$/);
    const cleaned = await seen();
    expect(cleaned.dice).not.toContain('≈');
    await expect.poll(() => query(page).get('clean')).toBe('open3 close3 min40 fill');
    for (let i = 0; i < 2; i++) await page.getByRole('button', { name: 'Undo' }).click();
    await expect(page.getByTestId('clean-switch')).toHaveAttribute('aria-checked', 'false');
    expect(await seen()).toEqual(before);
    for (let i = 0; i < 2; i++) await page.getByRole('button', { name: 'Redo' }).click();
    await expect.poll(seen).toEqual(cleaned);
  });

  await test.step('rules ask with other numbers, which the address holds and undo takes back', async () => {
    await page.getByTestId('clean-switch').click();
    const levels: number[] = [];
    for (const [rule, setting, asked] of [
      ['healthySigma', 'sigmas', '1.5'],
      ['healthyQuantile', 'pixelRate', '5'],
      ['healthyImages', 'imageRate', '50'],
    ]) {
      await page.locator(`[data-rule=${rule}]`).click();
      const usual = await seen();
      await page.getByTestId(`rule-${setting}`).fill(asked);
      await page.getByTestId(`rule-${setting}`).press('Enter');
      await expect.poll(async () => (await seen()).t).toBeLessThan(usual.t);
      levels.push((await seen()).t);
    }
    await expect.poll(() => query(page).get('rules')).toBe('pixels5 images50 sigmas1.5');
    expect(new Set(levels).size).toBe(3);
    for (let i = 0; i < 7; i++) await page.getByRole('button', { name: 'Undo' }).click();
    await expect(page.getByTestId('clean-switch')).toHaveAttribute('aria-checked', 'true');
  });

  await test.step('every number has its interval, lesions are counted, and the file says the same', async () => {
    const numbers = page.getByRole('region', { name: 'Numbers' });
    await expect(numbers.getByText(/95 % CI \d\.\d\d–\d\.\d\d/)).toHaveCount(8);
    const found = await number(page.getByTestId('lesions-found'));
    const missed = await number(page.getByTestId('lesions-missed'));
    const aupro = await page.getByTestId('aupro').textContent();
    await page.locator('.takeaway summary').click();
    const download = page.waitForEvent('download');
    await page.locator('.takeaway').getByRole('button', { name: /^Metrics/ }).click(); // biome-ignore format: one line
    const { decision } = JSON.parse(readFileSync(await (await download).path(), 'utf8'));
    expect([decision.lesions.found, decision.lesions.missed, decision.aupro.toFixed(3)]).toEqual([found, missed, aupro]);
    const [low, high] = decision.diceCi95.pooled;
    expect(low).toBeLessThanOrEqual(decision.numbers.dice);
    expect(high).toBeGreaterThanOrEqual(decision.numbers.dice);
  });

  await test.step('dark anomalies turn the numbers around', async () => {
    const auroc = await number(page.getByTestId('auroc'));
    await page.getByRole('button', { name: 'Darker' }).click();
    await expect.poll(() => number(page.getByTestId('auroc'))).toBeCloseTo(1 - auroc, 3);
    await expect(handle).toHaveAttribute('aria-valuetext', /below/);
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect(handle).toHaveAttribute('aria-valuetext', /above/);
  });

  await test.step('the table: sorted, filtered, walked by arrows, opened by Enter', async () => {
    const table = page.getByRole('region', { name: 'Slices', exact: true });
    await expect(table.getByRole('columnheader', { name: /Dice/ })).toHaveAttribute('aria-sort', 'ascending');
    await table.getByRole('button', { name: /Area/ }).click();
    await expect(table.getByRole('columnheader', { name: /Area/ })).toHaveAttribute('aria-sort', 'descending');
    await page.getByTestId('outcome').selectOption('missed');
    expect(await number(page.getByTestId('rows-shown'))).not.toBe(320320);
    await table.focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await expect(table.getByRole('row', { selected: true })).toContainText('0.00');
    await page.keyboard.press('Enter');
    await expect(page.getByTestId('plate')).toBeFocused();
  });

  await test.step('the viewer: a cursor that reads, zoom, grey window, a second picture to swipe', async () => {
    const plate = page.getByTestId('plate');
    await plate.hover();
    await expect(page.getByTestId('read-out')).toHaveText(/^Cursor 3\d, 3\d · Rec-grad [\d.e−]+ · above .* healthy pixel/);
    await plate.press('+');
    await expect(plate.locator('canvas').first()).toHaveAttribute('style', /scale\(1\.25\)/);
    await plate.press('Shift+ArrowRight');
    await expect(page.getByTestId('read-out')).toContainText('window −4 to 259 of 255');
    await plate.press('0');
    await page.getByTestId('twin').selectOption('map');
    await page.getByRole('slider', { name: /Place of the swipe/ }).fill('30');
    await expect(plate.locator('.veil')).toHaveAttribute('style', /inset\(0px 0px 0px 30%\)/);
    await page.getByTestId('twin').selectOption('');
    await expect(plate.locator('.veil')).toBeHidden();
  });

  await test.step('accessible in both themes', async () => {
    await expectAccess(page);
    await page.getByRole('button', { name: 'Switch to the dark theme' }).click();
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
    await expectAccess(page);
  });

  await test.step('the address alone brings the decision back after a reload', async () => {
    await page.keyboard.press('h');
    await expect.poll(() => query(page).get('layers')).toBe('mask truth map');
    const kept = await seen();
    const said = query(page);
    await page.reload();
    await page.goto(`/#/train`);
    await page.goto(`/#/decide?${said}`);
    await page.getByRole('link', { name: /Train/ }).first().click();
    await train(page);
    await page
      .getByRole('link', { name: /Decide/ })
      .first()
      .click();
    await expect(page.getByTestId('auroc')).toHaveText(/0\.\d{3}/, { timeout: 60_000 });
    await expect.poll(seen).toEqual(kept);
    await expect.poll(() => query(page).toString()).toBe(said.toString());
  });
  expect(errors).toEqual([]);
});
