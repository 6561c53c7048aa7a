import { useEffect, useMemo, useRef } from 'react';
import type { PreviewRow } from '../../core/protocol';
import type { ModelSpec } from '../../core/types';
import { runOf, specOf } from '../../store/actions';
import { isReopened } from '../../store/state';
import { useLab } from '../../store/store';
import { count } from '../format';
import { GREY, paintBytes } from '../paint';
import { PICTURE, type Placed, place, route, WIDTH } from './diagram';
import { learners, useSampled } from './learning';

/** What one update does, with the first fixed slice going through it: who learns, and who is frozen. */
export function StepDiagram() {
  const spec = useLab(specOf);
  const phase = useLab((s) => runOf(s)?.phase);
  const reopened = useLab((s) => (isReopened(s.lab) ? runOf(s)?.update : undefined));
  const points = useSampled(0);
  if (!spec) return null;
  const recent = learners(phase === 'running' ? points : points.slice(-1));
  const known = recent.length > 0 ? recent : Object.keys(spec.networks);
  const learns = known.length > 1 ? 'learns in turn' : recent.length === 0 ? 'learns' : phase === 'running' ? 'learns now' : 'learnt last';
  const last = points.at(-1)?.update ?? reopened;
  const state = (network: string): string => (known.includes(network) ? learns : 'frozen');
  return (
    <section className="sec">
      <div className="h">
        <h2>What one update of {spec.title} does</h2>
        <small>{phase === 'running' ? 'training' : last === undefined ? 'before the first update' : `update ${count(last)}`}</small>
      </div>
      <Drawing spec={spec} known={known} state={state} />
      <ul className="nets" data-testid="networks">
        {Object.entries(spec.networks).map(([id, { label, about }]) => (
          <li key={id} data-network={id}>
            <span className={known.includes(id) ? 'tag a' : 'tag'}>{state(id)}</span>
            <span>
              <b>{label}.</b> {about}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

type DrawingProps = { spec: ModelSpec; known: readonly string[]; state: (network: string) => string };

function Drawing({ spec, known, state }: DrawingProps) {
  const { nodes, height } = useMemo(() => place(spec.diagram), [spec]);
  const arrows = spec.diagram.arrows.map(([from, to, during]) => ({ from, to, on: during === undefined || known.includes(during) }));
  const used = (id: string) => arrows.some(({ from, to, on }) => on && (from === id || to === id));
  const entries = Object.entries(nodes);
  return (
    <div className="diagram">
      <svg
        className="ch"
        viewBox={`0 0 ${WIDTH} ${height}`}
        role="img"
        aria-label={`${Object.entries(spec.networks)
          .map(([id, { label, about }]) => `${label} ${state(id)}: ${about}`)
          .join(' ')}`}
      >
        <defs>
          <marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
            <path d="M0 .8 7 4 0 7.2z" fill="var(--accent)" />
          </marker>
        </defs>
        {arrows.map(({ from, to, on }) => {
          const dashed = nodes[to].loss;
          return (
            <path
              key={`${from} ${to}`}
              d={route(nodes[from], nodes[to])}
              fill="none"
              stroke={dashed ? 'var(--line2)' : 'var(--accent)'}
              strokeWidth="1.5"
              strokeDasharray={dashed ? '4 3' : undefined}
              markerEnd={dashed ? undefined : 'url(#tip)'}
              opacity={on ? 1 : 0.2}
            />
          );
        })}
        {entries.map(([id, node]) => (
          <g key={id} textAnchor="middle" opacity={used(id) ? 1 : 0.35}>
            <Node
              node={node}
              learns={node.network !== undefined && known.includes(node.network)}
              state={node.network && state(node.network)}
            />
          </g>
        ))}
      </svg>
      <div aria-hidden="true">
        {entries.map(([id, node]) => node.view && <Picture key={id} node={node} view={node.view} height={height} dim={!used(id)} />)}
      </div>
    </div>
  );
}

function Node({ node, learns, state }: { node: Placed; learns: boolean; state: string | undefined }) {
  const { x, y, kind, halfWidth, halfHeight, label, about } = node;
  if (kind === 'loss')
    return (
      <text className="m" x={x} y={y + 4}>
        {label}
      </text>
    );
  if (kind === 'picture')
    return (
      <text x={x} y={y + halfHeight + 13}>
        <tspan className="b">{label}</tspan> {about}
      </text>
    );
  return (
    <>
      <rect
        x={x - halfWidth}
        y={y - halfHeight}
        width={2 * halfWidth}
        height={2 * halfHeight}
        rx="6"
        fill={learns ? 'var(--accent-soft)' : 'var(--surface)'}
        stroke={learns ? 'var(--accent)' : 'var(--line2)'}
        strokeWidth={learns ? 1.5 : 1}
        strokeDasharray={kind === 'network' && !learns ? '3 3' : undefined}
      />
      <text className="b" x={x} y={about ? y - 1 : y + 4}>
        {label}
      </text>
      {about && (
        <text x={x} y={y + 13}>
          {about}
        </text>
      )}
      {state && (
        <text x={x} y={y + halfHeight + 13}>
          {state}
        </text>
      )}
    </>
  );
}

type PictureProps = { node: Placed; view: string; height: number; dim: boolean };

function Picture({ node, view, height, dim }: PictureProps) {
  const ref = useRef<HTMLCanvasElement>(null);
  const preview = useLab((s) => (runOf(s) ? s.lab.preview : null));
  const row: PreviewRow | undefined = preview?.rows.find(({ id }) => id === view);
  useEffect(() => {
    if (row && preview && ref.current)
      paintBytes(ref.current, row.pixels.subarray(0, preview.height * preview.width), preview.height, preview.width, GREY);
  }, [row, preview]);
  return (
    <canvas
      ref={ref}
      className="inslice"
      style={{
        left: `${(100 * (node.x - PICTURE)) / WIDTH}%`,
        top: `${(100 * (node.y - PICTURE)) / height}%`,
        width: `${(200 * PICTURE) / WIDTH}%`,
        opacity: dim ? 0.35 : 1,
      }}
    />
  );
}
