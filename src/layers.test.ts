/** The dependency table of the architecture, held: every source file's imports, its length, and where a tensor may be awaited. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/** `folders` and `packages` (exact name, or a prefix that ends in '/'): what a folder's sources may import. `tests`: folders that its tests
 * need besides. `outside`: files outside src. Every test may also import vitest, node: builtins, what its own folder may, and any tfjs package in a folder that has one. */
type Row = { folders: string[]; packages: string[]; tests?: string[]; testPackages?: string[]; outside?: string[] };

const TFJS = '@tensorflow/tfjs';
const BACKENDS = '@tensorflow/tfjs-backend-';

const TABLE: Record<string, Row> = {
  core: { folders: [], packages: [] },
  data: { folders: ['core'], packages: ['nifti-reader-js', 'fast-png', 'dicom-parser', 'fflate', 'geotiff', '@cornerstonejs/'] },
  nn: { folders: ['core'], packages: [TFJS] },
  models: { folders: ['core', 'nn'], packages: [TFJS], tests: ['kernels'] },
  kernels: { folders: [], packages: [TFJS, BACKENDS], tests: ['headless', 'nn'] },
  engine: {
    folders: ['core', 'data', 'kernels', 'models'],
    packages: [TFJS, BACKENDS, '@cornerstonejs/', 'ml-matrix'],
    tests: ['headless'],
    testPackages: ['nifti-reader-js', 'onnxruntime-web'],
  },
  headless: { folders: ['core', 'engine'], packages: ['node:', 'webgpu'], tests: ['data'] },
  bench: {
    folders: ['core', 'models', 'kernels', 'engine', 'headless'],
    packages: [TFJS, 'node:', 'playwright', '@playwright/test', 'vite'],
    outside: ['../e2e/chromium.mjs'],
  },
  store: { folders: ['core'], packages: ['zustand'] },
  ui: { folders: ['core', 'store'], packages: ['react', 'react-dom', 'plotly.js-basic-dist-min', '@niivue/niivue'] },
};

/** Files that lie in src itself. */
const ROOT: Record<string, Row> = {
  'main.tsx': { folders: ['store', 'ui'], packages: ['react', 'react-dom'] },
  'layers.test.ts': { folders: [], packages: [] },
};

/** The one place where the page names the worker island: by address, not by import. */
const STRAIT = { from: 'store/client.ts', to: 'engine/engine.worker.ts' };

const MOST_LINES = 400;

/** Reading a tensor waits for the GPU: only the engine may. */
const READS: [RegExp, string][] = [
  [/\bawait\b/, 'await'],
  [/\.data\(/, '.data('],
  [/\.array\(\)/, '.array()'],
  [/\b(dataSync|arraySync)\(/, 'dataSync('],
];

const isTest = (path: string) => /\.test\.tsx?$/.test(path) || /^test[A-Z]/.test(posix.basename(path));

/** What breaks a rule in one source file (path relative to src, with '/'), each as a sentence. */
function offences(path: string, source: string): string[] {
  const found: string[] = [];
  const lines = source.split('\n').length - (source.endsWith('\n') ? 1 : 0);
  if (lines > MOST_LINES) found.push(`src/${path} has ${lines} lines; ${MOST_LINES} is the most. Split it where it changes its subject.`);
  const folder = path.includes('/') ? path.split('/')[0] : '';
  if (!folder && path.endsWith('.d.ts')) return found;
  const row = folder ? TABLE[folder] : ROOT[path];
  if (!row) return [...found, unknown(folder, path)];
  if (path === 'layers.test.ts') return found; // its made-up offenders, below, are meant to offend
  const code = withoutComments(source);
  for (const wanted of importsOf(code)) found.push(...offence(path, folder, row, wanted));
  for (const [, address] of code.matchAll(/new URL\(\s*['"](\.[^'"]+)['"]/g)) {
    const target = posix.join(posix.dirname(path), address);
    const crosses = /\.[jt]sx?$/.test(target) && target.split('/')[0] !== folder;
    if (crosses && !(path === STRAIT.from && target === STRAIT.to)) {
      found.push(`src/${path} starts src/${target} by address; only src/${STRAIT.from} may do that, with src/${STRAIT.to}.`);
    }
  }
  if ((folder === 'models' || folder === 'nn') && !isTest(path)) {
    for (const [pattern, name] of READS) {
      if (pattern.test(code))
        found.push(`src/${path} uses \`${name}\`: ${folder}/ never reads a tensor. Return the tensor and let engine/ read it.`);
    }
  }
  return found;
}

function unknown(folder: string, path: string): string {
  if (!folder) return `src/${path} lies in src itself, where only ${Object.keys(ROOT).join(' and ')} belong. Move it into a folder.`;
  return `src/${folder}/ has no row in src/layers.test.ts (met at src/${path}). Add one that says what it may import, or move the file.`;
}

function offence(path: string, folder: string, row: Row, wanted: string): string[] {
  if (!wanted.startsWith('.')) {
    const test = isTest(path);
    const usual = test && (wanted === 'vitest' || wanted.startsWith('vitest/') || wanted.startsWith('node:'));
    const tfjs = test && row.packages.includes(TFJS) && wanted.startsWith('@tensorflow/');
    const besides = test && row.testPackages?.includes(wanted);
    if (usual || tfjs || besides || row.packages.some((allowed) => matches(wanted, allowed))) return [];
    const packages = row.packages.length > 0 ? `only ${row.packages.join(', ')}` : 'no package';
    return [`src/${path} imports the package "${wanted}"; ${folder || path} may import ${packages}.`];
  }
  const target = posix.join(posix.dirname(path), wanted.replace(/\?.*$/, ''));
  const [to, part] = target.split('/');
  if (target.startsWith('..')) return row.outside?.includes(target) ? [] : [`src/${path} imports "${wanted}", which lies outside src.`];
  if (!isTest(path) && isTest(target))
    return [`src/${path} imports src/${target}, which is for tests. Move what it needs into a source file.`];
  if (folder === 'models' && to === 'models') {
    const own = path.split('/')[1];
    // `registry` and `parity` list the models; a model's folder sees itself and the files beside the folders.
    const fromModel = path.split('/').length > 2;
    const toModel = target.split('/').length > 2 || (target.split('/').length === 2 && MODEL_FOLDERS.has(part));
    return fromModel && toModel && part !== own
      ? [`src/${path} imports the model "${part}"; a model never imports another. Share it through nn/.`]
      : [];
  }
  if (to === folder || row.folders.includes(to) || (isTest(path) && row.tests?.includes(to))) return [];
  const folders = row.folders.length > 0 ? `only ${row.folders.join(', ')}` : 'no other folder';
  return [`src/${path} imports from ${to}/ ("${wanted}"); ${folder || path} may import ${folders}.`];
}

function matches(wanted: string, allowed: string): boolean {
  if (/[/:-]$/.test(allowed)) return wanted.startsWith(allowed);
  return wanted === allowed || wanted.startsWith(`${allowed}/`);
}

function withoutComments(source: string): string {
  return source.replace(/(^|\s)\/\*[\s\S]*?\*\//g, '$1').replace(/(^|\s)\/\/.*$/gm, '$1');
}

/** Everything after `from`, after a bare `import`, and inside `import( )`; type-only imports count too. */
function importsOf(code: string): string[] {
  const patterns = [
    /^\s*(?:import|export)\b[^'"`;=]*?\bfrom\s*['"]([^'"]+)['"]/gm,
    /^\s*import\s*['"]([^'"]+)['"]/gm,
    /\bimport\(\s*['"]([^'"]+)['"]/g,
  ];
  return patterns.flatMap((pattern) => [...code.matchAll(pattern)].map(([, name]) => name));
}

const SRC = dirname(fileURLToPath(import.meta.url));
const FILES = readdirSync(SRC, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.(ts|tsx|css)$/.test(entry.name))
  .map((entry) =>
    join(entry.parentPath, entry.name)
      .slice(SRC.length + 1)
      .replaceAll('\\', '/'),
  )
  .sort();
const MODEL_FOLDERS = new Set(FILES.filter((path) => /^models\/[^/]+\//.test(path)).map((path) => path.split('/')[1]));

describe('the table', () => {
  it('holds for every source file', () => {
    expect(FILES.length).toBeGreaterThan(100);
    const found = FILES.flatMap((path) => offences(path, readFileSync(join(SRC, path), 'utf8')));
    expect(found, found.join('\n')).toEqual([]);
  });

  it('has no row for a folder that is gone', () => {
    const there = new Set(FILES.map((path) => path.split('/')[0]));
    expect(Object.keys(TABLE).filter((folder) => !there.has(folder))).toEqual([]);
  });
});

describe('the rule itself', () => {
  const one = (path: string, source: string) => offences(path, source);

  it.each([
    ['core/metrics.ts', "import * as tf from '@tensorflow/tfjs';", 'imports the package "@tensorflow/tfjs"; core may import no package'],
    [
      'core/metrics.ts',
      "import { slicesOf } from '../data/slices';",
      'imports from data/ ("../data/slices"); core may import no other folder',
    ],
    ['core/metrics.ts', "import { readFileSync } from 'node:fs';", 'imports the package "node:fs"'],
    ['data/png.ts', "export type { Trainer } from '../models/model';", 'imports from models/'],
    ['nn/adam.ts', "import '@tensorflow/tfjs-backend-webgpu';", 'nn may import only @tensorflow/tfjs'],
    ['models/vae/train.ts', "import type { Code } from '../anogan/network';", 'imports the model "anogan"; a model never imports another'],
    ['models/vae/train.ts', "import { hop } from '../../engine/hop';", 'imports from engine/'],
    ['kernels/install.ts', "import { Random } from '../core/random';", 'kernels may import no other folder'],
    ['engine/run.ts', "import { conv } from '../nn/layers';", 'engine may import only core, data, kernels, models'],
    ['engine/run.ts', "const fs = await import('node:fs');", 'imports the package "node:fs"'],
    ['headless/cli.ts', "import { MODELS } from '../models/registry';", 'headless may import only core, engine'],
    ['store/store.ts', "import { Session } from '../engine/session';", 'store may import only core'],
    ['ui/App.tsx', "import * as tf from '@tensorflow/tfjs';", 'ui may import only react'],
    [
      'ui/App.tsx',
      "const w = new Worker(new URL('../engine/engine.worker.ts', import.meta.url));",
      'starts src/engine/engine.worker.ts by address',
    ],
    ['engine/run.ts', "import {\n  a,\n  b,\n} from '../ui/App';", 'imports from ui/'],
    ['engine/run.ts', "import { niftiFile } from '../data/testFiles';", 'which is for tests'],
    ['engine/run.ts', "import x from '../../e2e/chromium.mjs';", 'lies outside src'],
    ['main.tsx', "import { Session } from './engine/session';", 'imports from engine/'],
    ['plots/line.ts', 'export const x = 1;', 'src/plots/ has no row'],
    ['helpers.ts', 'export const x = 1;', 'lies in src itself'],
    ['core/cut.ts', 'const x = 1;\n'.repeat(401), 'has 401 lines; 400 is the most'],
    ['ui/views.css', '\n'.repeat(401), 'has 401 lines'],
    ['models/vae/train.ts', 'const [v] = await loss;', 'uses `await`: models/ never reads a tensor'],
    ['nn/adam.ts', 'const v = loss.data();', 'uses `.data(`: nn/ never reads a tensor'],
    ['nn/adam.ts', 'const v = loss.dataSync()[0];', 'uses `dataSync(`'],
  ])('refuses it in %s', (path, source, sentence) => {
    const found = one(path, source);
    expect(found.length).toBe(1);
    expect(found[0]).toContain(sentence);
    expect(found[0]).toMatch(/^src\/.*\.$/);
  });

  it.each([
    ['models/registry.ts', "import { vae } from './vae';"],
    [
      'models/vae/train.ts',
      "import type { Sampler } from '../model';\nimport { Adam } from '../../nn/adam';\nimport { elbo } from './losses';",
    ],
    ['models/vae/train.ts', '/** Never await here, and no .data( either. */\n// dataSync( neither\nconst x = 1;'],
    ['models/models.test.ts', "import { it } from 'vitest';\nimport { installKernels } from '../kernels/install';\nawait x.data();"],
    [
      'engine/backend.ts',
      "await import('@tensorflow/tfjs-backend-webgpu');\nimport { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';",
    ],
    ['engine/runner.test.ts', "import { nodePlatform } from '../headless/platform';"],
    ['headless/node.ts', "import { spawn } from 'node:child_process';\nimport { create } from 'webgpu';"],
    ['store/client.ts', "new Worker(new URL('../engine/engine.worker.ts', import.meta.url), { type: 'module' });"],
    ['store/store.ts', "import { useShallow } from 'zustand/react/shallow';"],
    ['ui/Plate.tsx', "import { useState } from 'react';\nimport './views.css';"],
    ['core/cut.ts', 'const x = 1;\n'.repeat(400)],
    ['env.d.ts', ''],
  ])('lets %s be', (path, source) => {
    expect(one(path, source)).toEqual([]);
  });
});
