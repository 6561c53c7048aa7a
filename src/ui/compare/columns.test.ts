import { expect, it } from 'vitest';
import { buildTables } from '../../core/cut';
import { NO_CLEAN_UP } from '../../core/morphology';
import type { Scores } from '../../core/runs';
import type { Row } from '../../store/runs';
import { columnsOf, diceWords } from './columns';

it('a run at its own cut has the Dice of its mask, and says where its masks are of nothing or of everything', () => {
  const maps = Uint16Array.of(0, 100, 200, 300);
  const truths = Uint8Array.of(0, 0, 1, 1);
  const tables = buildTables(maps, truths, [true], 4);
  const scores = { maps, truths, tables, height: 2, width: 2, body: 0.75, slices: [{ hash: 'h', masked: true }], mapless: false } as unknown as Scores; // biome-ignore format: one line
  const at = (level: number) => {
    const row = { id: 'a', record: { name: 'A' }, cut: { by: 'hand', side: 'bright', level, cleanUp: NO_CLEAN_UP } } as unknown as Row;
    const [{ mask, problem }] = columnsOf([row], [row], { a: scores }, 0);
    return [diceWords(mask, truths), problem?.slice(0, 17) ?? null];
  };
  expect(at(200)).toEqual(['Dice 1.00', null]);
  expect(at(50)).toEqual(['Dice 0.80', 'The mask holds 75']);
  expect(at(301)).toEqual(['Dice 0.00', 'The mask is empty']);
});
