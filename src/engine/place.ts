import type { Command, Task } from '../core/protocol';

/** Where on the page a command's failure is shown. */
export const place = (command: Command): Task | 'train' | 'engine' => {
  switch (command.kind) {
    case 'open':
      return 'engine';
    case 'phantom':
      return 'phantom';
    case 'probe':
      return 'probe';
    case 'score':
    case 'cancelScore':
    case 'clean':
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
    case 'keep':
    case 'pack':
    case 'unpack':
    case 'attach':
    case 'pictures':
      return 'export';
    default:
      return 'load';
  }
};
