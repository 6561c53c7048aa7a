/** Every method the lab can train, by id. */
import { anogan } from './anogan';
import { acae } from './anogan/acae';
import { ascnet } from './ascnet';
import { fanogan } from './fanogan';
import { a2bgan, healthygan } from './healthygan';
import type { AnomalyModel } from './model';
import { vae } from './vae';

export const MODELS: Record<string, AnomalyModel> = { vae, ascnet, anogan, acae, fanogan, healthygan, a2bgan };
