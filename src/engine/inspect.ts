/** What the command line needs of the data folder, which it sees only through the engine. */
export { type Inspected, inspectFiles } from '../data/inspect';
export { isMaskPath } from '../data/pair';
export { isSideFile } from '../data/paths';
