/** Finds a Chromium for the tests, or installs one: CHROMIUM_PATH, the system's, Playwright's, Debian's. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/** Software WebGPU in a headless Chromium without a GPU, and no traffic of the browser's own. */
export const CHROMIUM_FLAGS = [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-gpu-watchdog',
];

const SYSTEM = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
];

/** Path of a browser that is there now, or null where Playwright's own is to be used or none exists. */
export function findChromium() {
  const named = process.env.CHROMIUM_PATH;
  if (named) {
    if (!existsSync(named)) throw new Error(`CHROMIUM_PATH names ${named}, which does not exist. Correct it or unset it.`);
    return named;
  }
  return SYSTEM.find((path) => existsSync(path)) ?? null;
}

async function playwrightHasOne() {
  const { chromium } = await import('playwright');
  return existsSync(chromium.executablePath());
}

function attempt(command, args) {
  try {
    execFileSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' });
    return true;
  } catch {
    return false; // the next way is tried; the last one ends in a sentence
  }
}

async function ensureChromium() {
  if (findChromium() || (await playwrightHasOne())) return;
  console.log('No Chromium found: installing one for the tests.');
  if (attempt('npx', ['playwright', 'install', 'chromium-headless-shell', 'chromium']) && (await playwrightHasOne())) return;
  if (
    process.platform === 'linux' &&
    process.getuid?.() === 0 &&
    attempt('apt-get', ['update']) &&
    attempt('apt-get', ['install', '-y', 'chromium'])
  ) {
    if (findChromium()) return;
  }
  console.error('The tests need a Chromium. Install one (Debian: apt-get install chromium) or set CHROMIUM_PATH to its program file.');
  process.exit(1);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await ensureChromium();
