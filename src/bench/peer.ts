/** PyTorch in a process of its own, where there is a python3 with it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Times } from './steps';

const SCRIPT = fileURLToPath(new URL('./peer.py', import.meta.url));
const PYTHONS = [process.env.PYTHON, 'python3', '/usr/bin/python3'];

export class Peer {
  private constructor(
    private readonly child: ChildProcess,
    private readonly lines: AsyncIterator<string>,
    readonly about: string,
  ) {}

  /** null where no python3 has PyTorch. */
  static async start(threads: number): Promise<Peer | null> {
    const python = PYTHONS.find((path) => path && hasTorch(path));
    if (!python) return null;
    const env = { ...process.env, OMP_NUM_THREADS: String(threads), OPENBLAS_NUM_THREADS: String(threads) };
    const child = spawn(python, [SCRIPT, String(threads)], { stdio: ['pipe', 'pipe', 'inherit'], env });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const { torch, blas } = JSON.parse((await lines.next()).value);
    return new Peer(child, lines, `PyTorch ${torch} (${blas}), ${threads === 1 ? '1 thread' : `${threads} threads`}`);
  }

  async run(name: string, count: number): Promise<Times> {
    this.child.stdin?.write(`${name} ${count}\n`);
    const { value, done } = await this.lines.next();
    if (done) throw new Error('PyTorch ended.');
    return JSON.parse(value);
  }

  end(): void {
    this.child.stdin?.end();
  }
}

function hasTorch(python: string): boolean {
  try {
    execFileSync(python, ['-c', 'import torch'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
