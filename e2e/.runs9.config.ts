import { defineConfig } from '@playwright/test';
import { CHROMIUM_FLAGS, findChromium } from '/work/main/e2e/chromium.mjs';
export default defineConfig({
  testDir: '/work/main/e2e', outputDir: '/tmp/s3/runs9/results', workers: 1, timeout: 120_000, expect: { timeout: 30_000 }, reporter: [['line']],
  use: { actionTimeout: 15_000, baseURL: 'http://127.0.0.1:4209', viewport: { width: 1440, height: 900 }, launchOptions: { executablePath: findChromium() ?? undefined, args: CHROMIUM_FLAGS } },
  webServer: { command: 'npx vite preview --outDir /tmp/s3/dist-runs9 --host 127.0.0.1 --port 4209 --strictPort', url: 'http://127.0.0.1:4209', cwd: '/work/main', reuseExistingServer: true },
});
