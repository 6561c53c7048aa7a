/** What a step asks of the device, written down while it does so: dispatches and copies in order, on buffers that stay the recording's own. */
import type { Internals } from '../../program';

export type Command =
  | { pipeline: GPUComputePipeline; group: GPUBindGroup; sizes: readonly [number, number, number] }
  | { from: GPUBuffer; to: GPUBuffer; size: number };

/** Values that went to the device from the host: a tensor's, or uniforms. */
export type Upload = { dataId: object; buffer: GPUBuffer; values: ArrayLike<number> };

/** Puts methods of its own over those of objects, and the old ones back. */
export class Patches {
  private readonly undo: (() => void)[] = [];

  /** `make` is given the method that was there, to be called with the object as `this`. */
  over<T extends object, K extends keyof T>(target: T, name: K, make: (old: T[K]) => T[K]): void {
    const own = Object.getOwnPropertyDescriptor(target, name);
    Object.defineProperty(target, name, { value: make(target[name]), configurable: true, writable: true });
    this.undo.push(() => {
      if (own) Object.defineProperty(target, name, own);
      else delete target[name];
    });
  }

  restore(): void {
    for (const undo of this.undo.splice(0).reverse()) undo();
  }
}

/** Buffers of recordings, by the manager that must never take them for its own. */
const kept = new WeakMap<object, WeakSet<GPUBuffer>>();

/** The manager's set; from the first call on, it leaves them alone. */
function keptFrom(manager: Internals['bufferManager']): WeakSet<GPUBuffer> {
  const known = kept.get(manager);
  if (known) return known;
  const buffers = new WeakSet<GPUBuffer>();
  kept.set(manager, buffers);
  const { releaseBuffer } = manager;
  manager.releaseBuffer = (buffer, reuse) => {
    if (!buffers.has(buffer)) releaseBuffer.call(manager, buffer, reuse);
  };
  return buffers;
}

/** Buffers that the recordings of a run share, since no two of them run at once. */
export class Arena {
  private readonly free = new Map<number, GPUBuffer[]>();
  private total = 0;

  constructor(private readonly on: Internals) {}

  take(size: number, usage: number): GPUBuffer {
    const again = this.free.get(size)?.pop();
    if (again) return again;
    const buffer = this.on.device.createBuffer({ size, usage });
    keptFrom(this.on.bufferManager).add(buffer);
    this.total += size;
    return buffer;
  }

  give(buffer: GPUBuffer): void {
    const list = this.free.get(buffer.size) ?? [];
    list.push(buffer);
    this.free.set(buffer.size, list);
  }

  /** Leaves a buffer that was taken to whoever holds it. */
  part({ size }: GPUBuffer): void {
    this.total -= size;
  }

  /** Bytes on the device that it holds. */
  get bytes(): number {
    return this.total;
  }

  /** Frees what was given back. */
  dispose(): void {
    for (const list of this.free.values()) for (const buffer of list) buffer.destroy();
    this.free.clear();
    this.total = 0;
  }
}

/** Between `start` and `stop`, which lie in one task, everything that the backend records is also kept here. */
export class Capture {
  readonly commands: Command[] = [];
  readonly uploads: Upload[] = [];
  /** Uniforms that were written, by buffer. */
  readonly written = new Map<GPUBuffer, Uint8Array>();
  /** Buffers that a command reads or writes though they were there before. */
  readonly outside = new Set<GPUBuffer>();
  /** Its own alone: what is written from outside the queue's order (uploads, uniforms) is never taken for anything else. */
  private readonly lasting = new Set<GPUBuffer>();
  /** From the arena, and not given back by the step. */
  private readonly taken = new Set<GPUBuffer>();
  private readonly patches = new Patches();
  private readonly bound = new WeakMap<GPUBindGroup, GPUBuffer[]>();

  /** @param pinned buffers that stay with their variables, whatever the step does */
  constructor(
    private readonly on: Internals,
    private readonly pinned: ReadonlySet<GPUBuffer>,
    private readonly arena: Arena,
  ) {}

  start(): void {
    const { on, patches, bound } = this;
    const never = keptFrom(on.bufferManager);
    // A buffer that the step gives back may serve it again, as in the step itself, but nobody else.
    patches.over(on.bufferManager, 'acquireBuffer', (old) => (size, usage, mapped, reuse) => {
      if (usage & (GPUBufferUsage.MAP_READ | GPUBufferUsage.MAP_WRITE)) return old.call(on.bufferManager, size, usage, mapped, reuse);
      if (!mapped && (usage & GPUBufferUsage.UNIFORM) === 0) {
        const buffer = this.arena.take(size, usage);
        this.taken.add(buffer);
        return buffer;
      }
      const buffer = on.device.createBuffer({ size, usage, mappedAtCreation: mapped ?? false });
      this.lasting.add(buffer);
      never.add(buffer);
      return buffer;
    });
    patches.over(on.bufferManager, 'releaseBuffer', (old) => (buffer, reuse) => {
      if (this.pinned.has(buffer) || this.lasting.has(buffer)) return;
      if (this.taken.delete(buffer)) this.arena.give(buffer);
      else old.call(on.bufferManager, buffer, reuse);
    });
    patches.over(on, 'uploadToGPU', (old) => (dataId) => {
      const data = on.tensorMap.get(dataId);
      const values = data.resource ? null : data.values;
      old.call(on, dataId);
      if (!values) return;
      this.uploads.push({ dataId, buffer: data.resource!, values: Array.from(values) });
    });
    patches.over(GPUQueue.prototype, 'writeBuffer', (old) => {
      const { written, lasting } = this;
      return function (this: GPUQueue, ...call: Parameters<GPUQueue['writeBuffer']>) {
        const [buffer, , source] = call;
        if (lasting.has(buffer)) {
          written.set(buffer, new Uint8Array(ArrayBuffer.isView(source) ? source.buffer : (source as ArrayBuffer)).slice());
        }
        return old.apply(this, call);
      };
    });
    patches.over(GPUDevice.prototype, 'createBindGroup', (old) => {
      return function (this: GPUDevice, descriptor: GPUBindGroupDescriptor) {
        const group = old.call(this, descriptor);
        bound.set(
          group,
          [...descriptor.entries].map(({ resource }) => (resource as GPUBufferBinding).buffer),
        );
        return group;
      };
    });
    this.watchPasses();
  }

  private watchPasses(): void {
    const { patches, commands } = this;
    const bind = (group: GPUBindGroup) => {
      for (const buffer of this.bound.get(group) ?? []) this.use(buffer);
    };
    let pipeline: GPUComputePipeline;
    let group: GPUBindGroup;
    const pass = GPUComputePassEncoder.prototype;
    patches.over(pass, 'setPipeline', (old) => {
      return function (this: GPUComputePassEncoder, given: GPUComputePipeline) {
        pipeline = given;
        return old.call(this, given);
      };
    });
    patches.over(pass, 'setBindGroup', (old) => {
      return function (this: GPUComputePassEncoder, ...call: unknown[]) {
        group = call[1] as GPUBindGroup;
        return (old as (...list: unknown[]) => undefined).apply(this, call);
      } as typeof old;
    });
    patches.over(pass, 'dispatchWorkgroups', (old) => {
      return function (this: GPUComputePassEncoder, x: number, y = 1, z = 1) {
        bind(group);
        commands.push({ pipeline, group, sizes: [x, y, z] });
        return old.call(this, x, y, z);
      };
    });
    const use = (buffer: GPUBuffer) => this.use(buffer);
    patches.over(GPUCommandEncoder.prototype, 'copyBufferToBuffer', (old) => {
      return function (this: GPUCommandEncoder, ...call: unknown[]) {
        const [from, fromAt, to, toAt, size] = call as [GPUBuffer, number, GPUBuffer, number, number];
        if (fromAt !== 0 || toAt !== 0) throw new Error('Only copies of whole buffers are recorded.');
        use(from);
        use(to);
        commands.push({ from, to, size });
        return (old as (...list: unknown[]) => undefined).apply(this, call);
      } as typeof old;
    });
  }

  private use(buffer: GPUBuffer): void {
    if (!this.lasting.has(buffer) && !this.taken.has(buffer) && (buffer.usage & GPUBufferUsage.UNIFORM) === 0) this.outside.add(buffer);
  }

  stop(): void {
    this.patches.restore();
  }

  /** Gives what the step still holds back to the arena, or leaves it to the tensors that hold it. */
  settle(kept: boolean): void {
    for (const buffer of this.taken) {
      if (kept) this.arena.give(buffer);
      else this.arena.part(buffer);
    }
    this.taken.clear();
  }

  /** Bytes on the device that are its own alone. */
  get bytes(): number {
    return [...this.lasting].reduce((sum, { size }) => sum + size, 0);
  }

  dispose(): void {
    for (const buffer of this.lasting) buffer.destroy();
    this.lasting.clear();
  }
}

/** Encodes commands `from` … `to`. */
export function encode(encoder: GPUCommandEncoder, commands: readonly Command[], from: number, to: number): void {
  let pass: GPUComputePassEncoder | null = null;
  let last: GPUComputePipeline | null = null;
  for (let i = from; i < to; i++) {
    const command = commands[i];
    if ('size' in command) {
      pass?.end();
      pass = null;
      encoder.copyBufferToBuffer(command.from, 0, command.to, 0, command.size);
      continue;
    }
    if (!pass) {
      pass = encoder.beginComputePass();
      last = null;
    }
    if (command.pipeline !== last) pass.setPipeline(command.pipeline);
    last = command.pipeline;
    pass.setBindGroup(0, command.group);
    const [x, y, z] = command.sizes;
    pass.dispatchWorkgroups(x, y, z);
  }
  pass?.end();
}

/** Whether the two ask the device for the same work, on buffers that correspond. */
export function sameCommands(a: readonly Command[], b: readonly Command[]): boolean {
  return (
    a.length === b.length &&
    a.every((command, i) => {
      const other = b[i];
      if ('size' in command) return 'size' in other && command.size === other.size;
      return !('size' in other) && command.pipeline === other.pipeline && command.sizes.every((size, k) => size === other.sizes[k]);
    })
  );
}
