import type { ScorerSpec } from './types';

/** Why a score has no ONNX graph, and what to save in its place; null where it has one. @param all scorers of its model */
export function whyNoGraph({ id, combines, movesImage }: ScorerSpec, all: readonly ScorerSpec[]): string | null {
  if (combines) return `${id} is fitted on labels after its parts are scored. Save one of its parts as ONNX: ${combines.join(', ')}.`;
  if (!movesImage) return null;
  const onePass = all.filter((one) => !one.iterative && !one.combines).map((one) => one.id);
  return `${id} is a search, and an ONNX file holds a single pass. Choose ${onePass.join(', ')} to save one.`;
}
