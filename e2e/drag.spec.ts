/** A drag over 2,000 slices of 128² keeps the page's thread free: no task over 50 ms, without clean-up and with it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { decideOnBigSet, dragHandle, writeBigSet } from './bigSet';
import { watchTasks } from './shared';

const folder = mkdtempSync(join(tmpdir(), 'wildcut-drag-'));
test.afterAll(() => rmSync(folder, { recursive: true }));

/** The page's bar, ms. */
const LONGEST = 50;

test('no task over 50 ms while the handle is dragged over 2,000 slices', async ({ page }) => {
  writeBigSet(folder);
  await decideOnBigSet(page, folder);
  await page.getByRole('radio', { name: /Best Dice/ }).click();
  // Compiled code is not what the bar is about.
  await dragHandle(page, 20);

  for (const clean of [false, true]) {
    if (clean) {
      await page.getByTestId('clean-switch').click();
      await expect(page.getByTestId('clean-effect')).toContainText('removed', { timeout: 60_000 });
    }
    const done = await watchTasks(page);
    await dragHandle(page, 60);
    const { longest, moves } = await done();
    expect(moves.length).toBeGreaterThan(40);
    expect(longest).toBeLessThan(LONGEST);
  }
});
