/** What pack.ts takes along: run.sh kernels | steps [--case NAME]… [--rounds N] [--seconds N] [--stock no] | dispatches [--case NAME]… */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { print } from './table';
import { dispatches, kernels, updates } from './webgpu';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    case: { type: 'string', multiple: true, default: [] },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '600' },
    stock: { type: 'string', default: 'yes' },
  },
});
const BENCHES: Record<string, () => Promise<void>> = {
  kernels,
  steps: () => updates(values.case, Number(values.rounds), Number(values.seconds), values.stock === 'yes'),
  dispatches: () => dispatches(values.case),
};
const unknown = positionals.find((name) => !BENCHES[name]);
if (unknown) {
  console.error(`There is no bench "${unknown}"; there are ${Object.keys(BENCHES).join(', ')}.`);
  process.exit(2);
}
print(`${cpus()[0].model}; Node ${process.version}; ${new Date().toISOString().slice(0, 10)}.`);
for (const name of positionals.length > 0 ? positionals : Object.keys(BENCHES)) {
  print();
  await BENCHES[name]();
}
process.exit(0);
