/** The page asks for isolation once and bears a refusal; the service worker adds two headers to its own origin's files and does nothing else. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { isolate } from './isolate';

type Registration = { active: object | null };

/** One load of the page after another in one tab: the session's storage stays. */
function tab() {
  const kept = new Map<string, string>();
  const sessionStorage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
  return (changes: { crossOriginIsolated?: boolean; isSecureContext?: boolean; active?: boolean } = {}) => {
    const serviceWorker = Object.assign(new EventTarget(), {
      controller: null,
      register: vi.fn(async (_: string): Promise<Registration | undefined> => ({ active: changes.active ? {} : null })),
    });
    const page = Object.assign(new EventTarget(), {
      crossOriginIsolated: false,
      isSecureContext: true,
      ...changes,
      sessionStorage,
      navigator: {
        serviceWorker: serviceWorker as typeof serviceWorker | undefined,
      },
      location: { href: 'https://lab.example/sub/', reload: vi.fn() },
      history: { replaceState: vi.fn() },
    });
    return {
      page,
      serviceWorker,
      reload: page.location.reload,
      takeControl: () => serviceWorker.dispatchEvent(new Event('controllerchange')),
      isolate: () => isolate(page as unknown as Window),
    };
  };
}

describe('the page', () => {
  beforeEach(() => void vi.spyOn(console, 'info').mockImplementation(() => {}));

  it('loads itself again when the worker takes control, and never a second time', async () => {
    const load = tab();
    const first = load();
    await first.isolate();
    expect(first.serviceWorker.register.mock.calls).toEqual([['./sw.js']]);
    expect(first.reload).not.toHaveBeenCalled();
    first.page.location.href = 'https://lab.example/sub/#/train';
    first.takeControl();
    first.takeControl();
    expect(first.page.history.replaceState.mock.calls).toEqual([[null, '', 'https://lab.example/sub/']]); // a first visit stays one
    expect(first.reload).toHaveBeenCalledTimes(1);
    const second = load(); // the headers did not help
    await second.isolate();
    second.takeControl();
    expect(second.serviceWorker.register).not.toHaveBeenCalled();
    expect(second.reload).not.toHaveBeenCalled();
  });

  it('needs no worker where it is isolated, and may ask again where it later is not', async () => {
    const load = tab();
    const first = load();
    await first.isolate();
    first.takeControl();
    const second = load({ crossOriginIsolated: true });
    await second.isolate();
    expect(second.serviceWorker.register).not.toHaveBeenCalled();
    const forced = load({ active: true }); // a forced reload passes the active worker by, which then claims nobody
    await forced.isolate();
    expect(forced.reload).toHaveBeenCalledTimes(1);
  });

  it.each(['pointerdown', 'keydown', 'drop'])('is left alone once somebody uses it: %s', async (touch) => {
    const { page, isolate, takeControl, reload } = tab()();
    await isolate();
    page.dispatchEvent(new Event(touch));
    takeControl();
    expect(reload).not.toHaveBeenCalled();
  });

  it.each<[string, (load: ReturnType<ReturnType<typeof tab>>) => void]>([
    ['the context is not secure', ({ page }) => Object.assign(page, { isSecureContext: false })],
    ['there are no service workers', ({ page }) => Object.assign(page.navigator, { serviceWorker: undefined })],
    ['a service worker is refused', ({ serviceWorker }) => void serviceWorker.register.mockRejectedValue(new Error('forbidden'))],
    ['a service worker is refused in silence', ({ serviceWorker }) => void serviceWorker.register.mockResolvedValue(undefined)],
    ['storage is forbidden', ({ page }) => Object.defineProperty(page, 'sessionStorage', { get: () => { throw new Error('forbidden'); } })], // biome-ignore format: one line
  ])('stays as it is where %s', async (_, forbid) => {
    const load = tab()();
    forbid(load);
    await load.isolate();
    expect(load.reload).not.toHaveBeenCalled();
  });
});

describe('the service worker', () => {
  const code = readFileSync(join(dirname(fileURLToPath(import.meta.url)), '../../public/sw.js'), 'utf8');

  function start(response: unknown) {
    const listeners: Record<string, (event: unknown) => void> = {};
    const self = {
      location: new URL('https://lab.example/sub/sw.js'),
      addEventListener: (type: string, listener: (event: unknown) => void) => {
        listeners[type] = listener;
      },
      skipWaiting: vi.fn(),
      clients: { claim: vi.fn(async () => 'claimed') },
    };
    const fetch = vi.fn(async (_: unknown) => response);
    new Function('self', 'fetch', code)(self, fetch);
    const answer = (url: string) => {
      const request = { url };
      const respondWith = vi.fn();
      listeners.fetch({ request, respondWith });
      return { request, answer: respondWith.mock.calls[0]?.[0] as Promise<Response> | undefined };
    };
    return { self, fetch, listeners, answer };
  }

  it('passes what its own origin sends on, with the two headers', async () => {
    const sent = new Response('bytes', { status: 206, statusText: 'Partial Content', headers: { 'Content-Type': 'application/wasm' } });
    const { fetch, answer } = start(sent);
    const asked = answer('https://lab.example/sub/kernels.wasm');
    const response = (await asked.answer) as Response;
    expect(fetch.mock.calls).toEqual([[asked.request]]);
    expect([response.status, response.statusText, await response.text()]).toEqual([206, 'Partial Content', 'bytes']);
    expect(Object.fromEntries(response.headers)).toEqual({
      'content-security-policy': expect.stringContaining("connect-src 'self'"),
      'content-type': 'application/wasm',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
    });
  });

  it.each(['https://elsewhere.example/x.js', 'http://lab.example/x.js', 'https://lab.example:8443/x.js'])(
    'leaves %s to the browser',
    (url) => {
      const { fetch, answer } = start(null);
      expect(answer(url).answer).toBeUndefined();
      expect(fetch).not.toHaveBeenCalled();
    },
  );

  it('hands on a redirect that only the browser may follow', async () => {
    const redirect = { status: 0, type: 'opaqueredirect' };
    expect(await start(redirect).answer('https://lab.example/sub').answer).toBe(redirect);
  });

  it('takes control of the page that registered it', async () => {
    const { self, listeners } = start(null);
    listeners.install({});
    expect(self.skipWaiting).toHaveBeenCalledTimes(1);
    const waitUntil = vi.fn();
    listeners.activate({ waitUntil });
    expect(await waitUntil.mock.calls[0][0]).toBe('claimed');
  });
});
