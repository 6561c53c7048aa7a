const COLORS = ['--s1', '--s2', '--s3', '--s4', '--s5', '--s6'];
const DASHES = ['solid', '7px,3px', '2px,3px', '8px,3px,2px,3px', '2px,2px,6px,2px', '12px,4px'];

/** A chosen run's line, by its place among the chosen: runs of one method must not look alike. Colour and dash both differ, and no pair of them comes
 * twice before the 37th. */
export const lineAt = (place: number) => ({
  color: COLORS[place % COLORS.length],
  dash: DASHES[(place + Math.floor(place / COLORS.length)) % DASHES.length],
});
