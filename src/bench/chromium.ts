/** The benches in Chromium: a development server on loopback, a blank page that is cross-origin isolated, and the worker in it. */
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright';
import { createServer, type ViteDevServer } from 'vite';
import { CHROMIUM_FLAGS, findChromium } from '../../e2e/chromium.mjs';
import type { Lab } from './local';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HEADERS = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

type Window = { call(method: string, args: unknown[]): Promise<unknown> };

export class ChromiumLab {
  private constructor(
    private readonly server: ViteDevServer,
    private readonly browser: Browser,
    private readonly page: Page,
  ) {}

  /** @param profile a folder for what the browser keeps; without one it keeps everything in memory */
  static async start(profile?: string): Promise<ChromiumLab> {
    const server = await createServer({
      root: ROOT,
      logLevel: 'error',
      // Found before the page asks: what is found later reloads it.
      optimizeDeps: { entries: ['src/bench/bench.worker.ts'] },
      server: { host: '127.0.0.1', port: 0, headers: HEADERS },
      plugins: [
        {
          name: 'blank page',
          configureServer: ({ middlewares }) => {
            middlewares.use('/blank', (_, response) => {
              for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
              response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>Bench</title><input type="file" multiple>');
            });
          },
        },
      ],
    });
    await server.listen();
    const options = { executablePath: findChromium() ?? undefined, args: CHROMIUM_FLAGS };
    const context = profile
      ? await chromium.launchPersistentContext(profile, options)
      : await (await chromium.launch(options)).newContext();
    const page = await context.newPage();
    await page.goto(`${server.resolvedUrls?.local[0]}blank`);
    await page.evaluate(() => {
      const worker = new Worker('/src/bench/bench.worker.ts', { type: 'module' });
      const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
      worker.onmessage = ({ data: { id, value, error } }) => {
        const call = waiting.get(id);
        waiting.delete(id);
        if (error === undefined) call?.resolve(value);
        else call?.reject(new Error(error));
      };
      let next = 0;
      (window as unknown as Window).call = (method, args) =>
        new Promise((resolve, reject) => {
          worker.onerror = (event) => reject(new Error(event.message));
          waiting.set(next, { resolve, reject });
          worker.postMessage({ id: next++, method, args });
        });
    });
    return new ChromiumLab(server, context.browser() as Browser, page);
  }

  /** The worker's benches under the names of `Lab`. */
  get lab(): Lab {
    const call =
      (method: string) =>
      (...args: unknown[]) =>
        this.page.evaluate(([name, list]) => (window as unknown as Window).call(name as string, list as unknown[]), [method, args]);
    return new Proxy({} as Lab, { get: (_, method) => (typeof method === 'string' && method !== 'then' ? call(method) : undefined) });
  }

  /** Hands files of the disk to the worker, as a visitor's choice does. */
  async read(paths: readonly string[]): ReturnType<Lab['read']> {
    await this.page.setInputFiles('input', [...paths]);
    return this.page.evaluate(() => {
      const chosen = [...(document.querySelector('input')?.files ?? [])];
      return (window as unknown as Window).call('read', [chosen.map((file) => ({ path: file.name, file }))]);
    }) as ReturnType<Lab['read']>;
  }

  /** Id of the process that the page and its worker are in, once they have worked more than the browser's other pages. */
  async busiestRenderer(): Promise<number> {
    const session = await this.browser.newBrowserCDPSession();
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    const renderers = processInfo.filter(({ type }) => type === 'renderer');
    return renderers.reduce((most, one) => (one.cpuTime > most.cpuTime ? one : most)).id;
  }

  async end(): Promise<void> {
    await this.browser.close();
    await this.server.close();
  }
}
