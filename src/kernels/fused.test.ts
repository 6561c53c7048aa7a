/** Fused operations on our WebAssembly kernels, on one thread and on several, against the same functions of nn/ composed on the CPU backend. */
import { holdToCpu } from './testCalls';
import { FUSED } from './testFused';

holdToCpu(FUSED, 1e-4, 0.01);
