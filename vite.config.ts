import react from '@vitejs/plugin-react';
import { playwright } from '@vitest/browser-playwright';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { CHROMIUM_FLAGS, findChromium } from './e2e/chromium.mjs';
import { notices } from './notices.mjs';

/** Shared memory, and so threads of WASM, need a cross-origin isolated page; public/sw.js adds the same where a server does not. */
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** Nothing is sent anywhere but to the lab's own origin, by the page or by its workers: a worker has the policy that its own file comes with.
 * Where a server sends no headers, public/sw.js adds the same to every file, and the page itself carries it. Charts need inline styles. */
const policy = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** Only in the built page: hot reload runs an inline script. */
const policyInPage: Plugin = {
  name: 'policy-in-page',
  apply: 'build',
  transformIndexHtml: () => [
    { tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: policy }, injectTo: 'head-prepend' },
  ],
};

/** NiiVue reads Zarr, which the lab never gives it: the decoders of that, 1.4 MB, stay out. */
const withoutZarr: Plugin = {
  name: 'without-zarr',
  apply: 'build',
  enforce: 'pre',
  resolveId: (id) => (id.startsWith('numcodecs/') ? '\0numcodecs' : null),
  load: (id) => (id === '\0numcodecs' ? 'export default null;' : null),
};

const { inPage, inWorkers } = notices();

export default defineConfig({
  base: './',
  plugins: [react(), withoutZarr, policyInPage, inPage],
  worker: { format: 'es', plugins: () => [inWorkers()] },
  build: { target: 'es2022', assetsInlineLimit: 0, chunkSizeWarningLimit: 3000 },
  server: { port: 5173, headers },
  preview: { port: 4173, headers: { ...headers, 'Content-Security-Policy': policy } },
  test: {
    projects: [
      {
        test: {
          name: 'node',
          environment: 'node',
          include: ['src/**/*.test.{ts,tsx}'],
          exclude: ['src/**/*.chromium.test.ts'],
          testTimeout: 120_000,
        },
      },
      {
        optimizeDeps: {
          include: [
            '@tensorflow/tfjs',
            '@tensorflow/tfjs-backend-webgpu',
            '@tensorflow/tfjs-backend-wasm',
            'dicom-parser',
            'geotiff',
            'fflate',
            'fast-png',
            'nifti-reader-js',
          ],
        },
        // Tests read the shared test data, which lies beside the project.
        server: { headers, fs: { allow: ['.', process.env.WILDCUT_SHARED ?? '../shared'] } },
        test: {
          name: 'chromium',
          include: ['src/**/*.chromium.test.ts'],
          testTimeout: 180_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            instances: [{ browser: 'chromium' }],
            provider: playwright({ launchOptions: { executablePath: findChromium() ?? undefined, args: CHROMIUM_FLAGS } }),
          },
        },
      },
    ],
  },
});
