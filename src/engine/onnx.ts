/** A score as an ONNX graph, written down while the lab's own networks compute it once (trace.ts): images in, maps and numbers out. */
import * as tf from '@tensorflow/tfjs';
import { whyNoGraph } from '../core/graphless';
import type { ModelSpec, ScorerSpec } from '../core/types';
import type { Trainer } from '../models/model';
import type { Exported } from './export';
import { type Graph, writeOnnx } from './onnxFile';
import { Builder, type Constant } from './onnxNodes';
import { type Ref, type Trace, traced } from './trace';

export type Scoring = { spec: ModelSpec; trainer: Trainer; height: number; width: number; scorer: ScorerSpec; smooth: boolean };

/** What a network expects of an image. */
const RANGES: Record<ModelSpec['input'], string> = {
  unit: 'intensities in [0, 1] after the recipe',
  signed: 'intensities in [-1, 1]: 2 v - 1 of those in [0, 1] after the recipe',
  zscore:
    'z-scores: (v - mean) / sd of the pixels above 0 of the whole volume (population sd), clipped to [-1.5, 1.5], 0 where the pixel is 0',
};

/**
 * The graph of a score. Inputs: `image` [n, 1, height, width] in the model's input range, and where a search finds the score `z` [n, latent].
 * Outputs: `score_map` [n, 1, height, width] (where the scorer has a map), `score` [n] and the model's views; at a code, those of `Trainer.atCode`.
 * @throws Error with the sentence to show, for a score that is more than one pass
 */
export async function graphOf(scoring: Scoring): Promise<Graph> {
  const { spec, scorer, trainer } = scoring;
  const { inputs, trace } = traceOf(scoring);
  try {
    const about = `${spec.title}, ${spec.paper.title} (${spec.paper.year}). ${aboutOf(scoring)} Not a medical device.`;
    return { name: `${spec.id} ${scorer.id}`, about, ...built(inputs, trace, await valuesOf(trace, trainer)) };
  } finally {
    for (const tensor of trace.constants.values()) tensor.dispose();
  }
}

/** A file of it, with `metadata` beside what the lab knows of the score. */
export async function onnxOf(scoring: Scoring, metadata: Readonly<Record<string, string>>): Promise<Uint8Array<ArrayBuffer>> {
  const { spec, scorer, smooth, height, width } = scoring;
  return writeOnnx(await graphOf(scoring), {
    model: spec.id,
    scorer: scorer.id,
    smoothed: String(smooth),
    image: `${height} x ${width} pixels, ${RANGES[spec.input]}`,
    score: aboutOf(scoring),
    ...metadata,
    notice: 'Not a medical device.',
  });
}

/** The file by its name, and what to say with it. */
export async function exportOnnx(scoring: Scoring, metadata: Readonly<Record<string, string>>, stem: string): Promise<Exported> {
  const file = await onnxOf(scoring, metadata);
  return { name: `${stem}.onnx`, file: new Blob([file]), note: `${aboutOf(scoring)} Its metadata say what the image must look like.` };
}

/** What the score of a graph is. */
const aboutOf = ({ scorer }: Scoring): string =>
  scorer.iterative
    ? `The networks that the search for ${scorer.id} asks at a code z; the search itself, which moves z down the gradient of the loss, is not in this file.`
    : `${scorer.id}: ${scorer.about}`;

type Input = { name: string; tensor: tf.Tensor };

function traceOf({ spec, trainer, height, width, scorer, smooth }: Scoring): { inputs: { name: string; ref: Ref }[]; trace: Trace } {
  const reason = whyNoGraph(scorer, spec.scorers);
  if (reason) throw new Error(reason);
  const { atCode } = trainer;
  const given: Input[] = [{ name: 'image', tensor: tf.zeros([1, height, width, 1]) }];
  if (scorer.iterative && atCode) given.push({ name: 'z', tensor: tf.zeros([1, atCode.latent]) });
  const tensors = given.map(({ tensor }) => tensor);
  try {
    const trace = traced(tensors, () => {
      const [image, z] = tensors as [tf.Tensor4D, tf.Tensor2D];
      return scorer.iterative && atCode ? atCode.run(image, z) : onePassOf(trainer, image, scorer.id, smooth);
    });
    return { inputs: given.map(({ name, tensor: { id, shape } }) => ({ name, ref: { id, shape } })), trace };
  } finally {
    tf.dispose(tensors);
  }
}

function onePassOf(trainer: Trainer, image: tf.Tensor4D, scorer: string, smooth: boolean): Record<string, tf.Tensor> {
  const { value, done } = trainer.score(image, scorer, smooth).next();
  if (!done) throw new Error(`${scorer} takes more than one pass.`);
  const { map, scores, views } = value;
  return { ...(map && { score_map: map }), score: scores, ...views };
}

/** Values of all constants, under the name of the variable that they are, else a number. */
async function valuesOf({ constants }: Trace, { variables }: Trainer): Promise<Map<number, Constant>> {
  const names = new Map(Object.entries(variables).map(([name, { id }]) => [id, name]));
  const found = new Map<number, Constant>();
  for (const [id, tensor] of constants)
    found.set(id, { name: names.get(id) ?? `constant_${found.size}`, shape: tensor.shape, values: Float32Array.from(await tensor.data()) });
  return found;
}

/** Sizes from the tensors of one image, whose number is free. */
function built(inputs: { name: string; ref: Ref }[], { steps, outputs }: Trace, constants: Map<number, Constant>) {
  const builder = new Builder(constants);
  for (const { name, ref } of inputs) builder.name(ref, name);
  for (const step of steps) builder.add(step);
  const port = (name: string, { shape }: Ref) => ({
    name,
    shape: shape.length === 4 ? ['n', shape[3], shape[1], shape[2]] : ['n', ...shape.slice(1)],
  });
  for (const [name, ref] of Object.entries(outputs))
    builder.nodes.push({ op: 'Identity', inputs: [builder.operand(ref)], outputs: [name] });
  return {
    inputs: inputs.map(({ name, ref }) => port(name, ref)),
    outputs: Object.entries(outputs).map(([name, ref]) => port(name, ref)),
    nodes: builder.nodes,
    initializers: builder.initializers,
  } satisfies Omit<Graph, 'name' | 'about'>;
}
