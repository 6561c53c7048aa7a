import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from 'react';
import type { Evaluation } from '../../core/protocol';
import { type Box, voxelsOf } from '../../core/reformat';
import { type State, useLab } from '../../store/store';
import { CODE_SHIFT } from '../paint';
import { usePaint } from './frame';
import type { Look } from './look';
import { Scale } from './ReadOut';
import { maskIn, seenFrom } from './volume';
import { hasWebGl2, openScene, type Scene } from './volumeScene';

/** Degrees, as NiiVue counts them: from behind over the patient's left, and up. */
const FIRST = { azimuth: 120, elevation: 15 };
const TURN_STEP = 15;
/** Degrees a pixel of the pointer. */
const TURN_DRAG = 0.5;
const ZOOM_STEP = 1.15;
/** Milliseconds between two changes of what is drawn. */
const REDRAW_EVERY = 100;

type Props = { evaluation: Evaluation; box: Box; words: string; look: Look };

/** The volume in 3-D, turned by the pointer or by keys. It follows the cut when the handle is let go. A volume of another shape needs another key:
 * what is drawn into is made once. */
export function VolumeRender({ evaluation, box, words, look: { window: grey } }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const [shape] = useState(box);
  const [scene, setScene] = useState<Scene | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [facing, setFacing] = useState(FIRST);
  const { pixelArea, edges } = evaluation.slices.find((_, i) => box.slices.includes(i))!;
  const side = pixelArea === null ? null : Math.sqrt(pixelArea);
  const known = edges !== null;

  useEffect(() => {
    if (!hasWebGl2())
      return setProblem('3-D needs WebGL 2, which this browser or its graphics device does not give. The planes show the same volume.');
    let opened: Scene | null = null;
    let gone = false;
    openScene(canvas.current!, shape, side).then(
      (one) => {
        if (gone) return one.close();
        opened = one;
        setScene(one);
      },
      (error: unknown) => setProblem(`3-D did not start: ${error instanceof Error ? error.message : String(error)}`),
    );
    return () => {
      gone = true;
      opened?.close();
    };
  }, [shape, side]);

  const due = useRef(0);
  useEffect(() => () => window.clearTimeout(due.current), []);
  const draw = ({ layers, cut }: State) => {
    const size = box.size ** 2;
    const { slices, truths, maps, images, mapless } = evaluation;
    const map = layers.map && !mapless;
    const flagged = layers.mask ? maskIn(evaluation, cut) : null;
    scene?.draw({
      base: voxelsOf(box, map ? (slice, i) => maps[slice * size + i] >> CODE_SHIFT : (slice, i) => images[slice * size + i]),
      map,
      window: grey,
      mask: flagged && voxelsOf(box, flagged),
      truth: layers.truth ? voxelsOf(box, (slice, i) => (slices[slice].masked ? truths[slice * size + i] : 0)) : null,
    });
    frame.current?.setAttribute('data-drawn', String(cut.cut?.level ?? ''));
  };
  const latest = useRef(draw);
  latest.current = draw;
  usePaint(
    ({ cut }) => {
      if (!scene || cut.before || due.current) return;
      due.current = window.setTimeout(() => {
        due.current = 0;
        latest.current(useLab.getState());
      }, REDRAW_EVERY);
    },
    [scene, evaluation, box, grey],
  );

  useEffect(() => scene?.turn(facing.azimuth, facing.elevation), [scene, facing]);
  const turn = (azimuth: number, elevation: number) =>
    setFacing((old) => ({
      azimuth: (old.azimuth + azimuth + 360) % 360,
      elevation: Math.min(90, Math.max(-90, old.elevation + elevation)),
    }));
  const from = useRef<{ x: number; y: number } | null>(null);
  const move = (event: PointerEvent) => {
    if (!from.current) return;
    turn(TURN_DRAG * (event.clientX - from.current.x), TURN_DRAG * (event.clientY - from.current.y));
    from.current = { x: event.clientX, y: event.clientY };
  };
  const keys = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const turns: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    if (turns[event.key]) turn(TURN_STEP * turns[event.key][0], TURN_STEP * turns[event.key][1]);
    else if (event.key === '+' || event.key === '=') scene?.zoom(ZOOM_STEP);
    else if (event.key === '-') scene?.zoom(1 / ZOOM_STEP);
    else return;
    event.preventDefault();
  };
  const from3D = known ? seenFrom(facing) : 'orientation unknown';
  if (problem)
    return (
      <p className="line" data-testid="no-3d">
        {problem}
      </p>
    );
  return (
    <>
      <div
        ref={frame}
        className="plate solid"
        data-testid="volume-3d"
        role="img"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it takes focus, so that keys turn it
        tabIndex={0}
        aria-label={`3-D view of ${words}, ${from3D}`}
        aria-description="Arrows turn it; plus and minus change its size."
        onKeyDown={keys}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          from.current = { x: event.clientX, y: event.clientY };
        }}
        onPointerMove={move}
        onPointerUp={() => {
          from.current = null;
        }}
      >
        <canvas ref={canvas} />
        <span className="cap" role={scene ? undefined : 'status'}>
          {scene ? from3D : 'Loading 3-D'}
        </span>
      </div>
      <div className="row between small viewfoot">
        <span>Drag or arrow keys: turn. Plus and minus: size. The mask follows when the handle is let go.</span>
        {!evaluation.mapless && <Scale evaluation={evaluation} />}
      </div>
    </>
  );
}
