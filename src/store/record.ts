/** How a run was made, from what the page knows when it ends. */
import type { RunState } from '../core/protocol';
import type { RunRecord } from '../core/runs';
import { useLab } from './store';

export function recordOf(state: RunState, training: string): RunRecord {
  const { run, model, preset, params, seed, set: dataSet, backend, phase, update, updates, seconds } = state;
  const { engine, data } = useLab.getState().lab;
  const roles = data?.roles;
  const count = (role: keyof RunRecord['slices']) => roles?.[role].slices ?? 0;
  return {
    ...{ run, model, preset, params, seed, set: dataSet, backend, phase, update, updates, seconds, training },
    name: engine?.models.find(({ id }) => id === model)?.title ?? model,
    ended: new Date().toISOString(),
    adapter: engine?.adapter ?? '',
    threads: engine?.threads ?? 1,
    kernels: engine?.kernels ?? [],
    replay: engine?.replay ?? false,
    slices: { reference: count('reference'), mixed: count('mixed'), validation: count('validation'), test: count('test') },
    recipe: dataSet === 'mine' ? (data?.recipe ?? null) : null,
    phantom: dataSet === 'phantom' && data ? { variant: data.variant, seed: data.seed } : null,
    simulation: data?.simulation ?? null,
  };
}
