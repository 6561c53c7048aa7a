/** npm run bench -- kernels|steps [--backend wasm|webgpu] [--in node|chromium] [--threads N] [--case NAME]: tables in Markdown on stdout. */
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import type { BackendName } from '../core/protocol';
import { provideWebGpu } from '../headless/node';
import { nodePlatform } from '../headless/platform';
import { CASES, GPU_CASES, LARGE } from './cases';
import { ChromiumLab } from './chromium';
import { COUNTED } from './dispatches';
import { drag } from './drag';
import { ratios } from './kernels';
import { load } from './load';
import { type Lab, LocalLab } from './local';
import { Peer } from './peer';
import { SEARCH } from './search';
import { median, type Times, whole } from './steps';
import { chosen, held, ms, print, row, times } from './table';
import { threshold } from './threshold';
import * as webgpu from './webgpu';

const USAGE = `npm run bench -- kernels [--backend wasm|webgpu] [--in node|chromium] [--threads N]
npm run bench -- steps [--in node|chromium] [--threads N] [--case NAME]… [--rounds N]
npm run bench -- steps --backend webgpu [--in node|chromium] [--case NAME]… [--rounds N] [--seconds N] [--stock no]
npm run bench -- memory [--in node|chromium]
npm run bench -- held [--case NAME]…
npm run bench -- dispatches [--case NAME]…
npm run bench -- search [--backend wasm|webgpu] [--in node|chromium] [--threads N]
npm run bench -- threshold [--in chromium|node]
npm run bench -- load [--volumes N] [--in node|chromium]`;

/** Bars of the tables, by case: updates of PyTorch's time over ours, and of one thread's over several. */
const AGAINST_TORCH: Record<string, number> = { vae: 0.4, 'ascnet/4': 0.4, ascnet: 0.5, anogan: 0.8 };
const AGAINST_ONE: Record<string, number> = { ascnet: 1.7, anogan: 1.7 };

async function kernels(lab: Lab, backend: BackendName, threads: number | null): Promise<void> {
  print(`Convolutions on ${await lab.open(backend, threads)}; medians, ours and stock by turns.`);
  print();
  row('net', 'kernel', 'shape', 'ours, ms', 'GFLOP/s', 'stock, ms', 'ratio');
  row('---', '---', '---', '---', '---', '---', '---');
  const rows = await lab.kernels(backend === 'wasm' ? 0.4 : 2);
  for (const { net, kernel, shape, ours, stock, gflops } of rows)
    row(net, kernel, shape, ms(ours), gflops.toFixed(1), stock === null ? 'none' : ms(stock), stock === null ? '' : times(stock / ours));
  print();
  for (const [kernel, ratio] of Object.entries(ratios(rows)))
    print(
      `${kernel}: ${times(ratio)} stock (geometric mean)${backend === 'webgpu' ? `, ${held(ratio, webgpu.KERNEL_BARS[kernel])}` : ''}.`,
    );
}

/** One contender of a round. */
type Contender = { label: string; run(name: string, count: number): Promise<Times> };

async function steps(lab: Lab, most: number, names: readonly string[], rounds: number): Promise<void> {
  const counts = most > 1 ? [1, most] : [most];
  const peers = await Promise.all(counts.map((threads) => Peer.start(threads)));
  if (peers.includes(null)) print('No python3 with PyTorch is on this machine: nothing to compare with.');
  const contenders: Contender[] = [];
  for (const threads of counts) {
    const label = await lab.open('wasm', threads);
    const run = async (name: string, count: number) => {
      await lab.open('wasm', threads);
      await lab.prepare(name);
      return lab.run(count);
    };
    contenders.push({ label, run });
  }
  for (const peer of peers) if (peer) contenders.push({ label: peer.about, run: (name, count) => peer.run(name, count) });
  print(`One update of each network, ms: sums of medians over ${rounds} rounds, the contenders by turns.`);
  print();
  row('case', ...contenders.map(({ label }) => label), `${counts.at(-1)} over 1`, 'bar', 'over PyTorch', 'bar');
  row(...Array.from({ length: contenders.length + 5 }, () => '---'));
  for (const { name, about } of chosen(CASES, names)) {
    const all: Times[] = contenders.map(() => ({}));
    for (let round = 0; round < rounds; round++)
      for (const [i, { run }] of contenders.entries())
        for (const [network, list] of Object.entries(await run(name, 3))) all[i][network] = [...(all[i][network] ?? []), ...list];
    const sums = all.map(whole);
    const ours = sums[counts.length - 1];
    const speedup = counts.length > 1 ? sums[0] / ours : null;
    const torch = contenders.length > counts.length ? sums[sums.length - 1] / ours : null;
    const cells = [speedup === null ? '' : times(speedup), speedup === null ? '' : held(speedup, AGAINST_ONE[name])];
    row(about, ...sums.map(ms), ...cells, torch === null ? '' : times(torch), torch === null ? '' : held(torch, AGAINST_TORCH[name]));
  }
  for (const peer of peers) peer?.end();
}

async function memory(lab: Lab): Promise<void> {
  const label = await lab.open('wasm', null);
  await lab.prepare(LARGE.name);
  const spent = await lab.run(1);
  const heap = await lab.heap();
  print(
    `${LARGE.about}, ${label}: ${(heap / 2 ** 20).toFixed(0)} MB of WebAssembly memory; one update of each network ${ms(whole(spent))} ms.`,
  );
  print(`Under 2 GB: ${heap < 2 ** 31 ? 'holds' : 'MISSED'}.`);
}

/** Queries searched together may cost this share of as many single searches at most. */
const TOGETHER = 1 / 8;

async function search(lab: Lab, backend: BackendName, threads: number): Promise<void> {
  print(
    `${SEARCH.about}, ${await lab.open(backend, threads)}: medians of ${SEARCH.rounds} rounds by turns, each the median of ${SEARCH.each} searches.`,
  );
  print();
  row('queries in one search', 'a search, ms', 'a query, ms', 'share of a single search');
  row('---', '---', '---', '---');
  const counts = [1, 4, 16, SEARCH.together];
  const times: number[][] = counts.map(() => []);
  for (let round = 0; round < SEARCH.rounds; round++)
    for (const [i, queries] of counts.entries()) times[i].push(await lab.search(queries, SEARCH.each));
  const spent = times.map(median);
  const shares = spent.map((all, i) => all / counts[i] / spent[0]);
  for (const [i, queries] of counts.entries()) row(queries, ms(spent[i]), ms(spent[i] / queries), shares[i].toFixed(3));
  const share = shares[shares.length - 1];
  print();
  print(`${SEARCH.together} together below ${TOGETHER} of ${SEARCH.together} single searches: ${share < TOGETHER ? 'holds' : 'MISSED'}.`);
}

async function main(): Promise<void> {
  const { values, positionals, tokens } = parseArgs({
    allowPositionals: true,
    tokens: true,
    options: {
      backend: { type: 'string', default: 'wasm' },
      in: { type: 'string', default: 'node' },
      threads: { type: 'string' },
      case: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '600' },
      stock: { type: 'string', default: 'yes' },
      volumes: { type: 'string', default: '200' },
    },
  });
  const [what] = positionals;
  const backend = values.backend as BackendName;
  if (
    !['kernels', 'steps', 'memory', 'search', 'dispatches', 'held', 'load', 'threshold'].includes(what) ||
    !['wasm', 'webgpu'].includes(backend) ||
    !['node', 'chromium'].includes(values.in)
  )
    throw new Error(USAGE);
  const cases = what === 'dispatches' || what === 'held' ? COUNTED : what === 'steps' && backend === 'webgpu' ? GPU_CASES : CASES;
  const unknown = values.case.find((name) => !cases.some((one) => one.name === name));
  if (unknown) throw new Error(`There is no case "${unknown}"; there are ${cases.map((one) => one.name).join(', ')}.`);
  if (what === 'threshold')
    return tokens.some((token) => token.kind === 'option' && token.name === 'in') && values.in === 'node' ? threshold() : drag();
  if (what === 'dispatches') return webgpu.dispatches(values.case);
  if (what === 'held') return webgpu.deviceMemory(values.case);
  if (what === 'load') return load(Number(values.volumes), values.in as 'node' | 'chromium');
  if (backend === 'webgpu' && values.in === 'node') {
    if (what === 'kernels') return webgpu.kernels();
    if (what === 'steps') return webgpu.updates(values.case, Number(values.rounds), Number(values.seconds), values.stock === 'yes');
    await provideWebGpu();
  }
  const remote = values.in === 'chromium' ? await ChromiumLab.start() : null;
  const lab = remote?.lab ?? new LocalLab(nodePlatform);
  const threads = values.threads ? Number(values.threads) : Math.min(availableParallelism(), 8);
  print(
    `${cpus()[0].model}, ${availableParallelism()} cores; ${remote ? 'Chromium' : `Node ${process.version}`}; ${new Date().toISOString().slice(0, 10)}.`,
  );
  print();
  if (what === 'kernels') await kernels(lab, backend, threads);
  else if (what === 'steps' && backend === 'webgpu')
    await webgpu.updatesBy(
      lab.turn,
      await lab.open(backend, null),
      values.case,
      Number(values.rounds),
      Number(values.seconds),
      values.stock === 'yes',
    );
  else if (what === 'steps') await steps(lab, threads, values.case, Number(values.rounds));
  else if (what === 'search') await search(lab, backend, threads);
  else await memory(lab);
  await remote?.end();
}

try {
  await main();
  process.exit(0);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
