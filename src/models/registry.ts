/** Every method the lab can train, by id. */
import type { AnomalyModel } from './model';
import { vae } from './vae';

export const MODELS: Record<string, AnomalyModel> = { vae };
