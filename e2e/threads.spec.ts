/** WASM on several threads: where the server isolates the page, where the lab's own service worker must, and where neither may. */
import { expect, type Locator, type Page, test } from '@playwright/test';
import { servePlainly } from './plainServer';
import { number } from './shared';

async function trains(page: Page): Promise<void> {
  await expect(page.getByTestId('run-phase')).toContainText(/training/i, { timeout: 120_000 });
  const seen = await number(page.getByTestId('update-count'));
  await expect.poll(() => number(page.getByTestId('update-count')), { timeout: 90_000 }).toBeGreaterThan(seen + 3);
}

async function openDevice(page: Page): Promise<{ sheet: Locator; threads: Locator }> {
  await page.getByTestId('engine-chip').click();
  const sheet = page.getByRole('dialog', { name: 'Device and privacy' });
  return { sheet, threads: sheet.locator('dt', { hasText: 'Threads' }).locator('+ dd') };
}

const words = (threads: number) => `${threads} ${threads === 1 ? 'thread' : 'threads'}`;
/** One a core, at most 8. */
const mostThreads = (page: Page) => page.evaluate(() => Math.min(navigator.hardwareConcurrency, 8));
const isIsolated = (page: Page) => page.evaluate(() => crossOriginIsolated);

let errors: string[];
let loads: number;
test.beforeEach(({ page }) => {
  errors = [];
  loads = 0;
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('request', (request) => {
    if (request.isNavigationRequest()) loads++;
  });
});
test.afterEach(() => expect(errors).toEqual([]));

test('the lab that we serve trains on as many threads as there are, or as are chosen', async ({ page }) => {
  await page.goto('/');
  expect(await isIsolated(page)).toBe(true);
  await trains(page);
  const most = await mostThreads(page);
  const { sheet, threads } = await openDevice(page);
  await expect(threads).toHaveText(String(most));
  await expect(sheet).toContainText(`WASM, ${words(most)})`);
  expect(await page.evaluate(() => navigator.serviceWorker.getRegistration())).toBeUndefined();
  expect(loads).toBe(1);
  test.skip(most === 1, 'this machine has one core: nothing to choose');

  await sheet.getByLabel('Threads').selectOption('1');
  await expect(threads).toHaveText('1');
  await expect(sheet).toContainText('(WASM, 1 thread), as chosen.');
  await sheet.getByRole('button', { name: 'Close' }).click();
  await expect(page.getByTestId('engine-chip')).toContainText('WASM · 1 thread');
  await page.getByRole('button', { name: /^Start/ }).click();
  await trains(page);
});

test.describe('from a static host that sends no headers', () => {
  let host: Awaited<ReturnType<typeof servePlainly>>;
  test.beforeAll(async () => {
    host = await servePlainly();
  });
  test.afterAll(() => host.close());

  test('the page isolates itself, loading once more, and trains on several threads', async ({ page, context }) => {
    const hosts = new Set<string>();
    context.on('request', (request) => hosts.add(new URL(request.url()).host));
    await page.goto(host.url);
    await expect.poll(() => loads).toBe(2);
    await page.waitForFunction(() => crossOriginIsolated);
    await trains(page);
    const most = await mostThreads(page);
    const { threads } = await openDevice(page);
    await expect(threads).toHaveText(String(most));
    expect(loads).toBe(2);
    await page.goto(`${host.url}?again`);
    expect(await isIsolated(page)).toBe(true);
    await trains(page);
    expect(loads).toBe(3);
    expect([...hosts]).toEqual([new URL(host.url).host]);
  });

  test.describe('and in a browser that forbids service workers', () => {
    test.use({ serviceWorkers: 'block' });

    test('the page trains on one thread and says why, and what would help', async ({ page }) => {
      await page.goto(host.url);
      await trains(page);
      expect(await isIsolated(page)).toBe(false);
      await expect(page.getByTestId('engine-line')).toContainText('WASM, 1 thread: this page may not share memory between threads');
      const { sheet, threads } = await openDevice(page);
      await expect(threads).toHaveText('1');
      await expect(sheet.getByLabel('Threads')).toHaveCount(0);
      await expect(sheet).toContainText('Cross-Origin-Opener-Policy: same-origin');
      await expect(sheet).toContainText('Cross-Origin-Embedder-Policy: require-corp');
      expect(loads).toBe(1);
    });
  });
});
