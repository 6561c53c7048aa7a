import type { ModelSpec, Params } from './types';

/** The first parameter that is missing, unknown, out of range or not whole where its step is, as a sentence; null when all are good. */
export function paramProblem({ title, params: specs }: Pick<ModelSpec, 'title' | 'params'>, params: Params): string | null {
  for (const key of Object.keys(params))
    if (!specs[key]) return `${title} has no parameter "${key}"; it has ${Object.keys(specs).join(', ')}.`;
  for (const [key, { label, min, max, step }] of Object.entries(specs)) {
    const value = params[key];
    const whole = Number.isInteger(step) && Number.isInteger(min);
    if (!(value >= min && value <= max)) return `${label} (${key}) takes a number from ${min} to ${max}, not ${value}.`;
    if (whole && !Number.isInteger(value)) return `${label} (${key}) takes a whole number, not ${value}.`;
  }
  return null;
}

/** Parameters of a run that an earlier lab made: what was no parameter then is at its default, which is what the lab did. */
export const completed = (specs: ModelSpec['params'], params: Params): Params => ({
  ...Object.fromEntries(Object.entries(specs).map(([key, spec]) => [key, spec.default])),
  ...params,
});

/** Names of the parameters that are not as the preset has them; null where that cannot be told: an unknown preset, or one measured on a machine. */
export function changedFrom(
  { params: specs, presets }: Pick<ModelSpec, 'params' | 'presets'>,
  { preset, params }: { preset: string; params: Params },
): string[] | null {
  const usual = presets[preset]?.params;
  if (!usual || preset === 'machine') return null;
  return Object.keys(specs).filter((key) => params[key] !== undefined && params[key] !== (usual[key] ?? specs[key].default));
}
