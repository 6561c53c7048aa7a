import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Locator, Page } from '@playwright/test';

const root = process.env.WILDCUT_SHARED ?? join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'shared');

/** Path of a file or folder of the shared test data, or null where this clone has none. */
export function shared(...parts: string[]): string | null {
  const path = join(root, 'data', ...parts);
  return existsSync(path) ? path : null;
}

export const MISSING = 'the shared test images are not here (../shared/data or WILDCUT_SHARED)';

/** Drops files on an element as a person would; `name` is what the page sees. */
export async function drop(page: Page, target: Locator, files: readonly { name: string; path: string }[]): Promise<void> {
  const contents = files.map(({ name, path }) => ({ name, base64: readFileSync(path).toString('base64') }));
  const transfer = await page.evaluateHandle((items) => {
    const data = new DataTransfer();
    for (const { name, base64 } of items) data.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name));
    return data;
  }, contents);
  for (const type of ['dragenter', 'dragover', 'drop']) await target.dispatchEvent(type, { dataTransfer: transfer });
}

export const number = async (locator: Locator): Promise<number> =>
  Number(((await locator.textContent()) ?? '').replace(/[^0-9.−-]/g, '').replace('−', '-'));
