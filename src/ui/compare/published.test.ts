import { expect, it } from 'vitest';
import { PUBLISHED } from './published';

it('holds numbers as printed, one for each column, and no table twice', () => {
  const tables = PUBLISHED.flatMap(({ title, tables }) => tables.map((table) => ({ title, ...table })));
  for (const { title, data, columns, rows } of tables)
    for (const [method, ...numbers] of rows) {
      expect(numbers.length, `${title}, ${data}, ${method}`).toBe(columns.length);
      for (const number of numbers) expect(number, `${title}, ${data}, ${method}`).toMatch(/^(\d+\.\d+\*?|–)$/);
    }
  expect(new Set(tables.map(({ title, data }) => `${title} ${data}`)).size).toBe(tables.length);
});

it('averages of A2B-GAN are those of its two medical sets', () => {
  const { rows } = PUBLISHED.find(({ title }) => title === 'A2B-GAN')!.tables[0];
  for (const [method, first, second, average] of rows)
    if (average !== '–') expect((Number.parseFloat(first) + Number.parseFloat(second)) / 2, method).toBeCloseTo(Number(average), 3);
});
