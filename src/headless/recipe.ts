/** `--recipe key=value`: what is done to every volume, on the command line. */
import { type Intensity, PAPER_RECIPE, type Preparation, recipeProblems } from '../core/recipe';
import { RECIPE_HELP, UsageError } from './usage';

/** Values are checked by `recipeProblems`; these only turn words into them. */
const KEYS: Record<string, (value: string) => Partial<Record<keyof Preparation, unknown>>> = {
  plane: (plane) => ({ plane }),
  intensity: (value) => ({ intensity: intensityOf(value) }),
  range: (value) => ({ range: named(value, ['from', 'to'] as const) }),
  nonEmpty: (value) => ({ nonEmpty: value === 'off' ? null : named(value, ['level', 'share'] as const) }),
  resampling: (resampling) => ({ resampling }),
  organ: (value) => ({ organ: oneOf(value, { on: true, off: false }) }),
  topCrop: (value) => ({ topCrop: numberOf(value) }),
  square: (square) => ({ square }),
  patches: (value) => ({ patches: value === 'off' ? null : { field: numberOf(value) } }),
};

/** @throws UsageError naming the key or value and what is allowed */
export function recipeOf(pairs: readonly string[]): Preparation {
  const given = pairs.map((pair) => {
    const [key, value] = [pair.split('=')[0], pair.slice(pair.indexOf('=') + 1)];
    if (!Object.hasOwn(KEYS, key) || !pair.includes('=')) throw new UsageError(`--recipe "${pair}" is none of:\n${RECIPE_HELP}`);
    return KEYS[key](value);
  });
  const recipe = Object.assign({}, PAPER_RECIPE, ...given) as Preparation;
  const [problem] = recipeProblems({ ...recipe, size: 8 }); // the size is a parameter of the model, checked there
  if (problem) throw new UsageError(`--recipe: ${problem}`);
  return recipe;
}

function intensityOf(value: string): Intensity {
  const [kind, ...numbers] = value.split(':');
  const wanted = { unit: 0, zscore: 1, percentile: 2, window: 2 }[kind];
  if (wanted !== numbers.length)
    throw new UsageError(
      `--recipe intensity=${value}: it is unit, zscore:CLIP, percentile:LOW:HIGH or window:LOW:HIGH, as in percentile:1:99.`,
    );
  const [first, second] = numbers.map(numberOf);
  if (kind === 'zscore') return { kind, clip: first };
  return kind === 'percentile' || kind === 'window' ? { kind, low: first, high: second } : { kind: 'unit' };
}

function named<K extends string>(value: string, [first, second]: readonly [K, K]): Record<K, number> {
  const parts = value.split(':');
  if (parts.length !== 2) throw new UsageError(`--recipe: "${value}" is not two numbers with a colon between them (${first}:${second}).`);
  return { [first]: numberOf(parts[0]), [second]: numberOf(parts[1]) } as Record<K, number>;
}

function oneOf<T>(value: string, values: Record<string, T>): T {
  if (!Object.hasOwn(values, value)) throw new UsageError(`--recipe: "${value}" is not one of ${Object.keys(values).join(', ')}.`);
  return values[value];
}

function numberOf(text: string): number {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(number)) throw new UsageError(`--recipe: "${text}" is not a number.`);
  return number;
}
