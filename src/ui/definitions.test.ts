/** A number without its meaning is a guess: every definition is shown somewhere. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { DEFINITIONS } from '../core/definitions';

it('shows every definition', () => {
  const views = readdirSync(new URL('.', import.meta.url), { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.tsx'));
  const texts = views.map((path) => readFileSync(new URL(path, import.meta.url), 'utf8')).filter((text) => text.includes('DEFINITIONS'));
  const shown = (key: string) => texts.some((text) => text.includes(`DEFINITIONS.${key}`) || text.includes(`'${key}'`));
  // Operating points of whole slices are looked up by the name of their rule.
  const byRule = ['youden', 'balanced'];
  expect(Object.keys(DEFINITIONS).filter((key) => !shown(key) && !byRule.includes(key))).toEqual([]);
});
