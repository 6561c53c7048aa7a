/** What `lab inspect` prints: the command line sees the data folder only through the engine. */
export { type Inspected, inspectFiles } from '../data/inspect';
