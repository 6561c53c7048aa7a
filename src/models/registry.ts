/** Every method the lab can train, by id. */
import { completed } from '../core/params';
import type { ModelSpec, Params, ScorerSpec } from '../core/types';
import { anogan } from './anogan';
import { acae } from './anogan/acae';
import { ascnet } from './ascnet';
import { fanogan } from './fanogan';
import { a2bgan, healthygan } from './healthygan';
import type { AnomalyModel } from './model';
import { vae } from './vae';

export const MODELS: Record<string, AnomalyModel> = { vae, ascnet, anogan, acae, fanogan, healthygan, a2bgan };

/** By the name that commands take. */
export const MODEL_IDS: readonly string[] = Object.keys(MODELS);

/** @throws Error naming the models there are */
export function modelOf(id: string): AnomalyModel {
  const model = MODELS[id];
  if (!model) throw new Error(`The lab has no model "${id}"; it has ${Object.keys(MODELS).join(', ')}.`);
  return model;
}

/** @throws Error naming the predictors there are */
export function scorerOf({ title, scorers }: ModelSpec, id: string): ScorerSpec {
  const scorer = scorers.find((one) => one.id === id);
  if (!scorer) throw new Error(`${title} has no predictor "${id}"; it has ${scorers.map((one) => one.id).join(', ')}.`);
  return scorer;
}

/** The same of a run that an earlier lab made, with the parameters that its model has had since. */
export const wholeOf = <T extends { model: string; params: Params }>(made: T): T => ({
  ...made,
  params: completed(modelOf(made.model).spec.params, made.params),
});
