/** The benches of our WebGPU kernels against stock ones, in this process: they are taken along to machines with a graphics card (pack.ts). */
import { loadavg } from 'node:os';
import type { KernelChoice } from '../core/protocol';
import { openBackend } from '../engine/backend';
import { provideWebGpu } from '../headless/node';
import { nodePlatform } from '../headless/platform';
import { GPU_CASES } from './cases';
import { COUNTED, type Dispatches, dispatchesOf, heldBy } from './dispatches';
import { kernelRows, ratios } from './kernels';
import { type Times, whole } from './steps';
import { below, chosen, head, held, ms, print, row, times } from './table';
import { stop, type Turn, turnsOn } from './turns';

/** Times of stock over ours, by model. */
const AGAINST_STOCK: Record<string, number> = { ascnet: 12, vae: 8, anogan: 6, healthygan: 6 };
/** And of single calls, by kernel. */
export const KERNEL_BARS: Record<string, number> = { Conv2D: 5, Conv2DBackpropInput: 5, Conv2DBackpropFilter: 20 };
/** Dispatches of ours, of stock's. */
const SHARE = 0.25;
/** JavaScript of a replayed update, of the same one taken as usual. */
const SCRIPT_SHARE = 0.1;

const open = (kernels: KernelChoice = 'own') => openBackend('webgpu', nodePlatform, stop, null, kernels);
const load = () => `load average ${loadavg()[0].toFixed(1)}`;

/** Every convolution of the table, ours and stock by turns. */
export async function kernels(): Promise<void> {
  await provideWebGpu();
  print(`Convolutions on ${(await open()).adapter}; medians, ours and stock by turns; ${load()}.`);
  print();
  head('net', 'kernel', 'shape', 'ours, ms', 'GFLOP/s', 'stock, ms', 'ratio');
  const rows = [];
  for await (const one of kernelRows(2)) {
    const { net, kernel, shape, ours, stock, gflops } = one;
    row(net, kernel, shape, ms(ours), gflops.toFixed(1), stock === null ? 'none' : ms(stock), stock === null ? '' : times(stock / ours));
    rows.push(one);
  }
  print();
  for (const [kernel, ratio] of Object.entries(ratios(rows)))
    print(`${kernel}: ${times(ratio)} stock (geometric mean of ${rows.length / 3} shapes), ${held(ratio, KERNEL_BARS[kernel])}.`);
  print(`At the end ${load()}.`);
}

/** How updates can be taken here. */
const WAYS = [
  { label: 'ours', kernels: 'own', replay: false, warm: 2, count: 5 },
  // The first updates are recorded, up to eight in vain.
  { label: 'ours, replayed', kernels: 'own', replay: true, warm: 6, count: 5 },
  { label: 'stock', kernels: 'stock', replay: false, warm: 1, count: 1 },
] as const;

/**
 * Whole updates of each network: the ways to take them by turns.
 * @param seconds a case begins no further way or round after so many
 * @param stock whether stock kernels take part, which take many times longer
 */
export async function updates(names: readonly string[], rounds: number, seconds: number, stock: boolean): Promise<void> {
  await provideWebGpu();
  await updatesBy(turnsOn(nodePlatform), (await open()).adapter, names, rounds, seconds, stock);
}

/** The same, the updates taken wherever `turn` takes them. */
export async function updatesBy(
  turn: Turn,
  adapter: string,
  names: readonly string[],
  rounds: number,
  seconds: number,
  stock: boolean,
): Promise<void> {
  const ways = WAYS.filter(({ label }) => stock || label !== 'stock');
  print(`Updates on ${adapter}, ms: medians summed over the networks, up to ${rounds} rounds by turns; ${load()}.`);
  print();
  const script = ['JavaScript, ours', 'replayed', 'share', 'bar'];
  head('case', ...ways.map(({ label }) => label), 'stock over ours', 'stock over replayed', 'bar', ...script);
  for (const one of chosen(GPU_CASES, names)) {
    const all: Times[] = ways.map(() => ({}));
    const scripts: Times[] = ways.map(() => ({}));
    const until = performance.now() + 1000 * seconds;
    for (let round = 0; round < rounds && (round === 0 || performance.now() < until); round++)
      for (const [i, way] of ways.entries()) {
        if (performance.now() > until) {
          print(`<!-- ${one.about}: ${way.label} left out in round ${round + 1}, since ${seconds} s were over. -->`);
          continue;
        }
        const taken = await turn(one.name, way);
        merge(all[i], taken.times);
        merge(scripts[i], taken.script);
      }
    const sums = all.map((list) => (Object.keys(list).length > 0 ? whole(list) : null));
    const [ours, replayed] = scripts.map((list) => (Object.keys(list).length > 0 ? whole(list) : null));
    const over = (mine: number | null) => (stock && sums[2] && mine ? sums[2] / mine : null);
    const best = over(sums[0]);
    const share = ours && replayed ? replayed / ours : null;
    const ratio = (value: number | null) => (value === null ? '' : times(value));
    row(
      one.about,
      ...sums.map((sum) => (sum === null ? 'left out' : ms(sum))),
      ...[ratio(best), ratio(over(sums[1])), best === null ? '' : held(best, AGAINST_STOCK[one.model])],
      ...[ours ? ms(ours) : '', replayed ? ms(replayed) : '', share?.toFixed(2) ?? '', share === null ? '' : below(share, SCRIPT_SHARE)],
    );
  }
  print();
  print(`At the end ${load()}.`);
}

function merge(all: Times, more: Times): void {
  for (const [network, list] of Object.entries(more)) all[network] = [...(all[network] ?? []), ...list];
}

/** Stock and ours after each other. */
export async function dispatches(names: readonly string[]): Promise<void> {
  await provideWebGpu();
  print('Dispatches of one update, by network.');
  print();
  head('model', 'network', 'ours', 'stock', 'share', 'bar');
  for (const one of chosen(COUNTED, names)) {
    const counted: Dispatches[] = [];
    for (const choice of ['own', 'stock'] as const) {
      await open(choice);
      counted.push(await dispatchesOf(one));
    }
    const [ours, stock] = counted;
    for (const [network, count] of Object.entries(ours))
      row(one.about, network, count, stock[network], (count / stock[network]).toFixed(2), '');
    const [mine, theirs] = counted.map((counts) => Object.values(counts).reduce((a, b) => a + b));
    row(one.about, '**each once**', mine, theirs, (mine / theirs).toFixed(2), below(mine / theirs, SHARE));
  }
}

/** Updates of each network, and those before what is held has settled. */
const UPDATES = 500;
const WARM = 20;

/** What stays on the device from update to update with our kernels. */
export async function deviceMemory(names: readonly string[]): Promise<void> {
  await provideWebGpu();
  await open();
  print(`Held after ${WARM} and after ${UPDATES} updates of each network: tensors, bytes in use and allocated on the device.`);
  print();
  head('model', 'updates', 'tensors', 'in use', 'allocated', 'constant');
  for (const one of chosen(COUNTED, names)) {
    const [warm, end] = await heldBy(one, WARM, UPDATES);
    const constant = (['tensors', 'used', 'allocated'] as const).every((key) => warm[key] === end[key]);
    const both = (key: keyof typeof warm) => (warm[key] === end[key] ? warm[key] : `${warm[key]} → ${end[key]}`);
    row(one.about, end.updates, both('tensors'), both('used'), both('allocated'), constant ? 'holds' : 'MISSED');
  }
}
