import type { Command, Report } from '../core/protocol';

/** Where on the page a command's failure is shown. */
const place = (command: Command): Extract<Report, { kind: 'failure' }>['where'] => {
  switch (command.kind) {
    case 'open':
    case 'limit':
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
    case 'exportOnnx':
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

/** What is reported of a command that failed. */
export const failureOf = (command: Command, error: unknown): Report => ({
  kind: 'failure',
  where: place(command),
  sentence: sentenceOf(error),
});

function sentenceOf(error: unknown): string {
  if (error instanceof RangeError && /allocation|array length/i.test(error.message))
    return 'There is not enough memory for that. Choose a smaller size or batch, or fewer files.';
  return error instanceof Error ? error.message : String(error);
}
