/** Besides `webgpu/replay` the only file that touches the internals of tfjs-backend-webgpu: compiles our shaders and records their dispatches among tfjs's own. */

import type { KernelBackend, TensorInfo } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';

/** The type of a storage buffer's elements: 4 channels at once, or one value. */
export type Element = 'f32' | 'vec4f' | 'i32';

/**
 * A compute shader. The body of `main` sees `group` (index of the workgroup), `layer` (its z), `local` (index within it), the storage buffers by
 * name and the uniforms as `u.name`.
 */
export type Shader = {
  reads: Record<string, Element>;
  writes: Record<string, Element>;
  uniforms: Record<string, 'i32' | 'u32' | 'f32'>;
  /** Invocations in a workgroup. */
  workgroup: number;
  /** Declarations outside `main`. */
  globals?: string;
  main: string;
};

/** A family of shaders. Its source sees nothing but the values that, with its name, make the key under which the pipeline is kept. */
export type Template<P> = { name: string; shader: (values: P) => Shader };

export type Dispatch = {
  /** In the order of the shader's buffers. */
  reads: TensorInfo[];
  writes: TensorInfo[];
  uniforms: number[];
  groups: number;
  layers?: number;
  /** Uniforms that differ from step to step are not kept. */
  fleeting?: boolean;
  /** Told the time that the dispatch took on the device, in nanoseconds, when it is known. */
  timed?: (nanoseconds: number) => void;
};

type TensorData = { resource: GPUBuffer | null; dtype: tf.DataType; refCount: number; values?: ArrayLike<number> | null };

/** What we use of WebGPUBackend 4.22.0, public there or not. */
export type Internals = {
  device: GPUDevice;
  tensorMap: { get(dataId: object): TensorData; has(dataId: object): boolean };
  bufferManager: {
    acquireBuffer(size: number, usage: number, mapped?: boolean, reuse?: boolean): GPUBuffer;
    releaseBuffer(buffer: GPUBuffer, reuse?: boolean): void;
  };
  uniformPendingDisposal: GPUBuffer[];
  commandQueueOwnedIds: WeakSet<object>;
  commandEncoder: GPUCommandEncoder | null;
  computePassEncoder: GPUComputePassEncoder | null;
  dispatchCountInPass: number;
  uploadToGPU(dataId: object): void;
  makeTensorInfo(shape: number[], dtype: 'float32'): TensorInfo;
  disposeData(dataId: object): boolean;
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
};

type Compiled = { pipeline: GPUComputePipeline; layout: GPUBindGroupLayout; types: string[] };
type Kept = { pipelines: Map<string, Compiled>; uniforms: Map<string, GPUBuffer> };

/** Part of every key, so that no pipeline of ours is ever taken for one of tfjs's. */
const PREFIX = 'wildcut';
const MOST_GROUPS = 65535;
const kept = new WeakMap<GPUDevice, Kept>();
export const internals = (backend: unknown) => backend as Internals;

/** Told of every buffer of fleeting uniforms that is written, while a step is recorded. */
type Watcher = (buffer: GPUBuffer, values: readonly number[], packed: (values: readonly number[]) => ArrayBuffer) => void;
let watcher: Watcher | null = null;
export function watchFleeting(by: Watcher | null): void {
  watcher = by;
}

/** Submits what was recorded so far, if anything was. */
export function flush(backend: unknown): void {
  const on = internals(backend);
  if (!on.commandEncoder) return;
  on.endComputePassEncoder();
  on.submitQueue();
}

/** A tensor of the backend, float32, its values still undefined. */
export function output(backend: unknown, shape: readonly number[]): TensorInfo {
  return internals(backend).makeTensorInfo([...shape], 'float32');
}

/** Gives a tensor made by `output` back once the dispatches recorded so far are done. */
export function release(backend: unknown, tensor: TensorInfo): void {
  internals(backend).disposeData(tensor.dataId);
}

/**
 * The values of a tensor that its owner is about to replace, in one that may be written: the same buffer where nobody else has a hold on it, so
 * that the old tensor must not be read again, else a copy.
 */
export function taken(backend: unknown, old: TensorInfo): TensorInfo {
  const on = internals(backend);
  const fresh = output(on, old.shape);
  on.uploadToGPU(old.dataId);
  const from = on.tensorMap.get(old.dataId);
  const to = on.tensorMap.get(fresh.dataId);
  if (from.refCount === 1) {
    // A buffer of a new name: what is still being read under the old one stays what it was.
    to.resource = from.resource;
    from.resource = null;
    return fresh;
  }
  on.uploadToGPU(fresh.dataId);
  on.ensureCommandEncoderReady();
  on.endComputePassEncoder();
  on.commandEncoder!.copyBufferToBuffer(from.resource!, 0, to.resource!, 0, 4 * tf.util.sizeFromShape(old.shape));
  for (const { dataId } of [old, fresh]) on.commandQueueOwnedIds.add(dataId);
  return fresh;
}

/** Storage buffers that a shader may have. */
export const mostBuffers = (backend: unknown): number => internals(backend).device.limits.maxStorageBuffersPerShaderStage;

/** The same values under another shape. */
export function reshaped(backend: unknown, tensor: TensorInfo, shape: readonly number[]): TensorInfo {
  (backend as KernelBackend).incRef(tensor.dataId);
  return { dataId: tensor.dataId, shape: [...shape], dtype: tensor.dtype };
}

/** Whether dispatches can be timed. */
export const canTime = (backend: unknown): boolean => internals(backend).device.features.has('timestamp-query');

/** Whether the processor plays the GPU. */
export function isSoftware(backend: unknown): boolean {
  const info = internals(backend).device.adapterInfo as GPUAdapterInfo | undefined; // younger than WebGPU itself
  if (!info) return false;
  return info.isFallbackAdapter || /swiftshader|llvmpipe|lavapipe|software|basic render/i.test(`${info.architecture} ${info.description}`);
}

/** The device that tensors live on: what is found out about one holds for no other. */
export const deviceOf = (backend: unknown): object => internals(backend).device;

/** Casting to float32 is a mere change of name in tfjs: whole numbers and booleans stay in the buffer, one i32 each. */
const toFloat: Template<null> = {
  name: 'toFloat',
  shader: () => ({
    reads: { x: 'i32' },
    writes: { y: 'f32' },
    uniforms: { size: 'u32' },
    workgroup: 64,
    main: 'let i = group * 64u + local; if (i < u.size) { y[i] = f32(x[i]); }',
  }),
};

function converted(on: Internals, x: TensorInfo): TensorInfo {
  const y = output(on, x.shape);
  const size = tf.util.sizeFromShape(x.shape);
  record(on, toFloat, null, { reads: [x], writes: [y], uniforms: [size], groups: Math.ceil(size / 64) });
  return y;
}

/** Records one dispatch. What it reads are floats, whatever lies in the tensors' buffers. */
export function run<P>(backend: unknown, template: Template<P>, values: P, call: Dispatch): void {
  const on = internals(backend);
  const reads = call.reads.map((tensor) => (on.tensorMap.get(tensor.dataId).dtype === 'float32' ? tensor : converted(on, tensor)));
  record(on, template, values, { ...call, reads });
  reads
    .filter((tensor, i) => tensor !== call.reads[i])
    .forEach((tensor) => {
      release(on, tensor);
    });
}

function record<P>(on: Internals, template: Template<P>, values: P, call: Dispatch): void {
  const known = keptOn(on.device);
  const key = `${PREFIX}/${template.name}/${JSON.stringify(values)}`;
  let compiled = known.pipelines.get(key);
  if (!compiled) {
    compiled = compile(on.device, key, template.shader(values));
    known.pipelines.set(key, compiled);
  }
  const tensors = [...call.reads, ...call.writes];
  for (const { dataId } of tensors) {
    on.uploadToGPU(dataId);
    on.commandQueueOwnedIds.add(dataId);
  }
  const buffers = tensors.map(({ dataId }) => on.tensorMap.get(dataId).resource!);
  buffers.push(uniformBuffer(on, known, compiled.types, [...call.uniforms, call.groups], call.fleeting ?? false));
  const bindGroup = on.device.createBindGroup({
    layout: compiled.layout,
    entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
  });
  on.ensureCommandEncoderReady();
  if (call.timed && canTime(on)) {
    timed(on, compiled.pipeline, bindGroup, call);
    return;
  }
  on.computePassEncoder ??= on.commandEncoder!.beginComputePass();
  dispatch(on.computePassEncoder, compiled.pipeline, bindGroup, call);
  on.dispatchCountInPass++;
  if (on.dispatchCountInPass >= tf.env().getNumber('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE')) {
    on.endComputePassEncoder();
    on.submitQueue();
  }
}

function dispatch(pass: GPUComputePassEncoder, pipeline: GPUComputePipeline, bindGroup: GPUBindGroup, { groups, layers = 1 }: Dispatch) {
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, bindGroup);
  pass.dispatchWorkgroups(Math.min(groups, MOST_GROUPS), Math.ceil(groups / MOST_GROUPS), layers);
}

/** In a pass of its own between two timestamps, submitted at once. */
function timed(on: Internals, pipeline: GPUComputePipeline, bindGroup: GPUBindGroup, call: Dispatch): void {
  const querySet = on.device.createQuerySet({ type: 'timestamp', count: 2 });
  const resolved = on.device.createBuffer({ size: 16, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC });
  const read = on.device.createBuffer({ size: 16, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
  on.endComputePassEncoder();
  const encoder = on.commandEncoder!;
  const pass = encoder.beginComputePass({ timestampWrites: { querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 } });
  dispatch(pass, pipeline, bindGroup, call);
  pass.end();
  encoder.resolveQuerySet(querySet, 0, 2, resolved, 0);
  encoder.copyBufferToBuffer(resolved, 0, read, 0, 16);
  on.submitQueue();
  const free = () => {
    querySet.destroy();
    resolved.destroy();
    read.destroy();
  };
  read.mapAsync(GPUMapMode.READ).then(() => {
    const [from, to] = new BigUint64Array(read.getMappedRange());
    call.timed?.(Number(to - from));
    free();
  }, free); // a lost device reports itself
}

function keptOn(device: GPUDevice): Kept {
  let known = kept.get(device);
  if (!known) {
    known = { pipelines: new Map(), uniforms: new Map() };
    kept.set(device, known);
  }
  return known;
}

/** Layouts are explicit: with layout 'auto' a buffer that the shader happens not to read makes the whole dispatch invalid, in silence. */
function compile(device: GPUDevice, label: string, shader: Shader): Compiled {
  const reads = Object.entries(shader.reads);
  const writes = Object.entries(shader.writes);
  const uniforms = Object.entries({ ...shader.uniforms, groups: 'u32' });
  const types: GPUBufferBindingType[] = [
    ...reads.map(() => 'read-only-storage' as const),
    ...writes.map(() => 'storage' as const),
    'uniform',
  ];
  const layout = device.createBindGroupLayout({
    entries: types.map((type, binding) => ({ binding, visibility: GPUShaderStage.COMPUTE, buffer: { type } })),
  });
  const declared = [...reads.map((entry) => [...entry, 'read']), ...writes.map((entry) => [...entry, 'read_write'])];
  const code = `
struct Uniforms { ${uniforms.map(([name, type]) => `${name}: ${type}`).join(', ')} }
${declared.map(([name, type, access], i) => `@group(0) @binding(${i}) var<storage, ${access}> ${name}: array<${type}>;`).join('\n')}
@group(0) @binding(${declared.length}) var<uniform> u: Uniforms;
${shader.globals ?? ''}
@compute @workgroup_size(${shader.workgroup})
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) all: vec3u, @builtin(local_invocation_index) local: u32) {
  let group = id.y * all.x + id.x;
  let layer = id.z;
  if (group >= u.groups) { return; }
${shader.main}
}`;
  const pipeline = device.createComputePipeline({
    label,
    layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
    compute: { module: device.createShaderModule({ label, code }), entryPoint: 'main' },
  });
  return { pipeline, layout, types: uniforms.map(([, type]) => type) };
}

/** Uniforms of shapes are written once and kept; fleeting ones come from tfjs's pool and go back there after the next submit. */
function uniformBuffer(on: Internals, known: Kept, types: string[], values: number[], fleeting: boolean): GPUBuffer {
  const key = `${types.join()}:${values.join()}`;
  const old = fleeting ? undefined : known.uniforms.get(key);
  if (old) return old;
  const packed = (list: readonly number[]) => {
    const bytes = new DataView(new ArrayBuffer(Math.ceil(list.length / 4) * 16));
    list.forEach((value, i) => {
      if (types[i] === 'f32') bytes.setFloat32(4 * i, value, true);
      else bytes.setUint32(4 * i, value, true);
    });
    return bytes.buffer;
  };
  const bytes = packed(values);
  const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST;
  const buffer = fleeting
    ? on.bufferManager.acquireBuffer(bytes.byteLength, usage)
    : on.device.createBuffer({ size: bytes.byteLength, usage });
  on.device.queue.writeBuffer(buffer, 0, bytes);
  if (fleeting) {
    on.uniformPendingDisposal.push(buffer);
    watcher?.(buffer, values, packed);
  } else known.uniforms.set(key, buffer);
  return buffer;
}
