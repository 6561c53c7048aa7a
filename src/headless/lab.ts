/** npm run lab -- inspect|train|score: the page's engine without a page. Results to stdout as one JSON object, progress to stderr. */
import { inspect } from './inspect';
import { provideCodecs } from './node';
import { score } from './score';
import { train } from './train';
import { USAGE, UsageError } from './usage';

const COMMANDS: Record<string, (args: string[]) => Promise<void>> = { inspect, train, score };

async function main([name, ...args]: string[]): Promise<void> {
  if ([name, ...args].some((arg) => arg === '--help' || arg === '-h')) return console.log(USAGE);
  const command = COMMANDS[name ?? ''];
  if (!command) throw new UsageError(name ? `"${name}" is not a command of the lab.` : 'Name a command.');
  provideCodecs();
  await command(args);
}

/** Node's three sentences about an option without its value, as one. */
const plain = (message: string) =>
  message.replace(/^Option '(--\w+).*argument (is ambiguous|missing).*/s, '$1 is given without its value.');

// Who reads has seen enough, as `head` does after its lines.
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => process.exit(code === 'EPIPE' ? (process.exitCode ?? 0) : 1));

try {
  await main(process.argv.slice(2));
  process.exit(process.exitCode ?? 0);
} catch (error) {
  const wrongUse = error instanceof UsageError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
  console.error(plain(error instanceof Error ? error.message : String(error)));
  if (wrongUse) console.error(`\n${USAGE}`);
  process.exit(wrongUse ? 2 : 1);
}
