import type { Command, Report } from '../core/protocol';

/** Where on the page a command's failure is shown. */
export const place = (command: Command): Extract<Report, { kind: 'failure' }>['where'] => {
  switch (command.kind) {
    case 'open':
      return 'engine';
    case 'phantom':
      return 'phantom';
    case 'probe':
      return 'probe';
    case 'score':
    case 'cancelScore':
      return 'score';
    case 'train':
    case 'pause':
    case 'resume':
    case 'step':
    case 'stop':
    case 'restore':
      return 'train';
    case 'export':
    case 'exportWeights':
    case 'pack':
    case 'unpack':
    case 'pictures':
      return 'export';
    case 'keep':
    case 'attach':
    case 'clean':
    case 'assess':
      return command.kind;
    default:
      return 'load';
  }
};
