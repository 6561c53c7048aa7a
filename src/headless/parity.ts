/** npm run parity -- FIXTURE.json [--backend cpu|wasm|webgpu] [--kernels own|stock] */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { BackendName } from '../core/protocol';
import { openBackend } from '../engine/backend';
import { compareWithFixture } from '../engine/parity';
import { provideWebGpu } from './node';
import { nodePlatform } from './platform';

const BACKENDS: BackendName[] = ['cpu', 'wasm', 'webgpu'];

function usage(sentence: string): never {
  console.error(`${sentence}\nUse: npm run parity -- FIXTURE.json [--backend cpu|wasm|webgpu] [--kernels own|stock]`);
  process.exit(2);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { backend: { type: 'string' }, kernels: { type: 'string', default: 'own' } },
  });
  if (positionals.length !== 1) usage('Name one fixture.');
  if (values.backend && !BACKENDS.includes(values.backend as BackendName)) usage(`"${values.backend}" is not a backend.`);
  const { kernels } = values;
  if (kernels !== 'own' && kernels !== 'stock') usage(`--kernels is own or stock, not "${kernels}".`);
  const fixture = JSON.parse(readFileSync(positionals[0], 'utf8'));
  let passed = 0;
  let failed = 0;
  const backends = values.backend ? [values.backend as BackendName] : BACKENDS.filter((name) => kernels === 'own' || name !== 'wasm'); // no stock kernels train there
  // First of all, since it may start the command again in another process.
  if (backends.includes('webgpu')) await provideWebGpu();
  for (const backend of backends) {
    const fail = (sentence: string) => {
      console.error(sentence);
      process.exit(1);
    };
    const opened = await openBackend(backend, nodePlatform, fail, null, kernels);
    console.log(`${fixture.model} on ${backend}${opened.adapter ? ` (${opened.adapter})` : ''}, ${kernels} kernels`);
    for (const row of await compareWithFixture(fixture)) {
      passed += row.compared - row.failed;
      failed += row.failed;
      const verdict = row.failed ? `FAILED ${row.failed} of ${row.compared}` : `ok ${row.compared}`;
      console.log(
        `  ${row.section.padEnd(36)} worst ${row.worst.toExponential(1)}  tolerance ${row.tolerance.toExponential(0)}  ${verdict}${row.failed ? ` at ${row.at}` : ''}`,
      );
    }
  }
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed ? 1 : 0);
}

await main();
