/** npm run bench:pack [-- DIR]: the benches of the WebGPU kernels in a folder that runs on a Linux x64 machine with a driver and no network. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { vulkanLoader } from '../headless/node';

const MOST_BYTES = 60 * 2 ** 20;
const DAWN = 'node_modules/webgpu/dist/linux-x64/dawn.node';

/** Node and Dawn lie packed: they are unpacked beside themselves at the first run. */
const RUN = `#!/bin/sh
# The benches of Wildcut's WebGPU kernels: ./run.sh [kernels] [steps] [dispatches] [--case NAME]… [--rounds N] [--seconds N] [--stock no]
# Needs a driver for Vulkan, no network. PyTorch's times for the same updates, where there is a python3 with it:
#   echo "vae 20" | python3 peer.py 1
set -e
here=$(cd "$(dirname "$0")" && pwd)
for file in node ${DAWN}; do
  [ -e "$here/$file" ] && continue
  gzip -dc "$here/$file.gz" > "$here/$file.part"
  chmod +x "$here/$file.part"
  mv "$here/$file.part" "$here/$file"
done
LD_LIBRARY_PATH="$here/lib\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export LD_LIBRARY_PATH
exec "$here/node" "$here/bench.mjs" "$@"
`;

const root = fileURLToPath(new URL('../..', import.meta.url));
const out = resolve(process.argv[2] ?? 'dist/bench');

/** Bytes of all files in a folder. */
const bytesIn = (folder: string): number =>
  readdirSync(folder, { withFileTypes: true }).reduce(
    (sum, entry) => sum + (entry.isDirectory() ? bytesIn(join(folder, entry.name)) : statSync(join(folder, entry.name)).size),
    0,
  );

async function pack(): Promise<void> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error('The pack holds this Node, so it is made on the kind of machine that it runs on: Linux x64.');
  if (existsSync(out) && readdirSync(out).length > 0) throw new Error(`${out} is not empty. Name an empty folder, or one to be made.`);
  const loader = vulkanLoader();
  if (!loader) throw new Error('There is no Vulkan loader (libvulkan.so.1) here to take along. Install libvulkan1, or Chromium.');
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    build: {
      ssr: join(root, 'src/bench/packed.ts'),
      outDir: out,
      emptyOutDir: false,
      copyPublicDir: false,
      minify: true,
      rollupOptions: { output: { entryFileNames: 'bench.mjs' } },
    },
    ssr: { noExternal: true, external: ['webgpu'] },
  });
  const webgpu = dirname(createRequire(import.meta.url).resolve('webgpu'));
  mkdirSync(join(out, dirname(DAWN)), { recursive: true });
  mkdirSync(join(out, 'lib'));
  for (const name of ['package.json', 'index.js', 'LICENSE.md']) copyFileSync(join(webgpu, name), join(out, 'node_modules/webgpu', name));
  writeFileSync(join(out, `${DAWN}.gz`), gzipSync(readFileSync(join(webgpu, 'dist/linux-x64/dawn.node')), { level: 9 }));
  writeFileSync(join(out, 'node.gz'), gzipSync(readFileSync(process.execPath), { level: 9 }));
  copyFileSync(loader, join(out, 'lib/libvulkan.so.1'));
  copyFileSync(join(root, 'src/bench/peer.py'), join(out, 'peer.py'));
  for (const name of ['LICENSE', 'THIRD-PARTY.md']) copyFileSync(join(root, name), join(out, name));
  writeFileSync(join(out, 'run.sh'), RUN, { mode: 0o755 });
  const bytes = bytesIn(out);
  const size = `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  if (bytes >= MOST_BYTES) throw new Error(`${out} holds ${size}, more than ${MOST_BYTES / 2 ** 20} MiB.`);
  console.log(`${out} holds ${size}. Copy it, and start run.sh there.`);
}

try {
  await pack();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
