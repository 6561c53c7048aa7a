/** Opens networks that come with the lab: two files of its own origin, beside the page. */
import { keptOf, type Shipped, type ShippedRecord } from '../core/shipped';
import { attach, say } from './runs';
import { isActive } from './state';
import { useLab } from './store';

/** Why it cannot be opened now, as a sentence. */
export function shippedProblem(): string | undefined {
  const { lab } = useLab.getState();
  if (!lab.engine) return 'The engine is starting.';
  if (isActive(lab.run)) return 'A run is under way. Stop it before opening another.';
  if (lab.progress.phantom || lab.progress.load) return 'Images are still on their way.';
  return undefined;
}

/** Loads it with the data that it was trained for, and scores it. */
export async function openShipped(shipped: Shipped): Promise<void> {
  try {
    const record = JSON.parse(new TextDecoder().decode(await bytesOf(shipped, 'run.json'))) as ShippedRecord;
    attach(keptOf(shipped, record, await bytesOf(shipped, record.weights.file)));
  } catch (error) {
    say(`"${shipped.title}" could not be opened: ${error instanceof Error ? error.message : String(error)}`, true);
  }
}

/** @throws Error with what is wrong with the file, as a sentence */
async function bytesOf({ folder }: Shipped, file: string): Promise<Uint8Array> {
  const address = new URL(`checkpoints/${folder}/${file}`, document.baseURI);
  const response = await fetch(address).catch(() => null);
  // A server of single-page applications answers with the page itself where it has no such file.
  const isPage = response?.headers.get('content-type')?.startsWith('text/html');
  if (!response?.ok || isPage)
    throw new Error(
      `the server gave no ${address.pathname}${response && !isPage ? ` (${response.status})` : ''}. Copy public/checkpoints beside the page.`,
    );
  return new Uint8Array(await response.arrayBuffer());
}
