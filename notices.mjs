/** Puts the licences of everything that the built lab carries beside it, and stops a build that carries a package without one. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const OWN = 'THIRD-PARTY.md';

/** The innermost package folder of a module, as `…/node_modules/name`; null for our own.
 * @param {string} id */
const packageOf = (id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? null;

/** `inWorkers` goes into Vite's worker plugins: each worker is a bundle of its own, finished before the page's.
 * @returns {{ inPage: import('vite').Plugin, inWorkers: () => import('vite').Plugin }}
 * @throws Error at the end of a build, naming packages without a licence file that THIRD-PARTY.md does not name either */
export function notices() {
  /** @type {Set<string>} */
  const carried = new Set();
  /** @param {unknown} _ @param {import('vite').Rolldown.OutputBundle} bundle */
  const collect = (_, bundle) => {
    for (const file of Object.values(bundle))
      for (const id of file.type === 'chunk' ? file.moduleIds : file.originalFileNames) {
        const folder = packageOf(id);
        if (folder) carried.add(folder);
      }
  };
  return {
    inWorkers: () => ({ name: 'packages-in-workers', apply: 'build', generateBundle: collect }),
    inPage: {
      name: 'notices',
      apply: 'build',
      generateBundle(options, bundle) {
        collect(options, bundle);
        const own = readFileSync(OWN, 'utf8');
        const texts = [];
        const missing = [];
        for (const folder of [...carried].sort()) {
          const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
          const file = existsSync(folder) && readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
          if (file) texts.push(`${name} ${version}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`);
          else if (!own.includes(`\`${name}\``)) missing.push(name);
        }
        if (missing.length > 0) this.error(`${OWN} names no licence of ${missing.join(', ')}, which the build carries. Add it there.`);
        const rule = `\n${'-'.repeat(80)}\n\n`;
        this.emitFile({ type: 'asset', fileName: 'THIRD-PARTY.txt', source: [own, ...texts].join(rule) });
      },
    },
  };
}
