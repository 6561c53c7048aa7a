const TRIED = 'wildcut.isolate';

/**
 * Asks for a cross-origin isolated page, which several threads of WASM need. Where the server does not send the two headers for it,
 * public/sw.js adds them to what is loaded from now on, so the page loads itself again when that worker has taken control: once, and not
 * when somebody already uses it. Where the browser forbids any of this, the page stays as it is and trains on one thread.
 */
export async function isolate(page: Window = window): Promise<void> {
  try {
    if (page.crossOriginIsolated) return page.sessionStorage.removeItem(TRIED);
    const workers: ServiceWorkerContainer | undefined = page.navigator.serviceWorker; // absent in some private windows
    const { href } = page.location; // the lab will write its state there
    if (!page.isSecureContext || !workers || page.sessionStorage.getItem(TRIED)) return;
    let isUsed = false;
    const use = () => {
      isUsed = true;
    };
    for (const touch of ['pointerdown', 'keydown', 'drop']) page.addEventListener(touch, use, { capture: true });
    const loadAgain = () => {
      if (page.sessionStorage.getItem(TRIED) || isUsed) return;
      page.sessionStorage.setItem(TRIED, 'yes');
      page.history.replaceState(null, '', href);
      page.location.reload();
    };
    workers.addEventListener('controllerchange', loadAgain);
    const registration: ServiceWorkerRegistration | undefined = await workers.register('./sw.js');
    if (registration?.active && !workers.controller) loadAgain(); // a forced reload passed the worker by
  } catch (error) {
    console.info('This page stays without shared memory: its service worker could not start.', error);
  }
}
