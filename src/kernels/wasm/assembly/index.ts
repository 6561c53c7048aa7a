export { close, run, runAlone, work } from './jobs';
