/** How the benches print: tables in Markdown on stdout, with bars and whether they hold. */
export const print = (line = '') => console.log(line);
export const row = (...cells: (string | number)[]) => print(`| ${cells.join(' | ')} |`);
export const head = (...cells: string[]) => {
  row(...cells);
  row(...cells.map(() => '---'));
};
export const ms = (value: number) => (value < 10 ? value.toFixed(2) : value.toFixed(1));
export const times = (value: number) => `${value.toFixed(2)}×`;
/** Whether what should be large is; '' without a bar. */
export const held = (value: number, bar: number | undefined) =>
  bar === undefined ? '' : value >= bar ? `holds (≥ ${bar}×)` : `MISSED (≥ ${bar}×)`;
/** Whether what should be small is. */
export const below = (value: number, bar: number) => (value <= bar ? `holds (≤ ${bar})` : `MISSED (≤ ${bar})`);

/** Those of the names; all where none is given. */
export const chosen = <T extends { name: string }>(cases: readonly T[], names: readonly string[]) =>
  cases.filter(({ name }) => names.length === 0 || names.includes(name));
