import { memo, type PointerEvent, useEffect, useMemo, useRef } from 'react';
import { LEVELS } from '../../core/cut';
import type { Evaluation } from '../../core/protocol';
import { moveCut, nudgeCut, releaseCut, resetToRule } from '../../store/actions';
import { derive, levelOf, numbersAt, shownOf, TOP } from '../../store/derived';
import { useLab } from '../../store/store';
import { useWidth } from '../Chart';
import { fixed } from '../format';
import { type Box, decadeLabel, linePath, stepPath } from '../histogramPath';
import { useLevel } from './CutPanel';
import { healthyWords } from './words';

const LEFT = 44;
const RIGHT = 12;
const FLAG = 28;
const HISTOGRAM = 104;
const STRIP_TOP = FLAG + HISTOGRAM + 40;
const STRIP = 56;
/** A wheel has no release: the turn is over once it has been still this long. */
const WHEEL_REST_MS = 400;
const TICKS = [0, 50, 100, 150, 200, 255];

export function Instrument({ evaluation }: { evaluation: Evaluation }) {
  const ref = useRef<HTMLDivElement>(null);
  const width = useWidth(ref);
  const { curves } = derive(evaluation);
  const height = curves ? STRIP_TOP + STRIP + 6 : FLAG + HISTOGRAM + 24;
  const plot = Math.max(0, width - LEFT - RIGHT);
  const drag = useRef<{ from: number; level: number } | null>(null);
  // The capture sends a double click here, so what was pressed has to be kept.
  const pressedHandle = useRef(false);

  useEffect(() => {
    const element = ref.current!;
    let rest = 0;
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      const way = event.deltaY + event.deltaX > 0 ? -1 : 1;
      nudgeCut(way * (event.altKey ? 0.1 : event.shiftKey ? 10 : 1));
      window.clearTimeout(rest);
      rest = window.setTimeout(releaseCut, WHEEL_REST_MS);
    };
    // React's own wheel listeners are passive and could not keep the page from scrolling.
    element.addEventListener('wheel', wheel, { passive: false });
    return () => element.removeEventListener('wheel', wheel);
  }, []);

  const down = (event: PointerEvent<HTMLDivElement>) => {
    if (event.button !== 0 || plot === 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const onHandle = (event.target as HTMLElement).closest('[role=slider]') as HTMLElement | null;
    onHandle?.focus({ preventScroll: true });
    pressedHandle.current = onHandle !== null;
    if (!onHandle) moveCut(((event.clientX - event.currentTarget.getBoundingClientRect().left - LEFT) / plot) * (LEVELS - 1));
    drag.current = { from: event.clientX, level: useLab.getState().cut.cut?.level ?? 0 };
  };
  const move = (event: PointerEvent) => {
    if (drag.current) moveCut(drag.current.level + ((event.clientX - drag.current.from) / plot) * (LEVELS - 1));
  };
  const up = () => {
    if (!drag.current) return;
    drag.current = null;
    releaseCut();
  };
  return (
    <section className="sec" style={{ paddingBottom: 12 }}>
      <div className="h">
        <h2 className="ell">Where to cut: {evaluation.scorer}, test slices</h2>
        <span className="keys">
          <span className="k" style={{ '--c': 'var(--fill)' } as React.CSSProperties}>
            <i className="sq" />
            Kept as normal
          </span>
          <span className="k" style={{ '--c': 'var(--cut)' } as React.CSSProperties}>
            <i className="sq" style={{ opacity: 0.5 }} />
            Called anomalous
          </span>
          <span
            className="k"
            style={{ '--c': 'var(--s1)' } as React.CSSProperties}
            title="Healthy reference, scaled to the same number of pixels"
          >
            <i />
            Healthy
          </span>
        </span>
      </div>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the handle inside is the slider; this only catches the pointer for it */}
      <div
        ref={ref}
        className="instrument"
        style={{ height }}
        onPointerDown={down}
        onPointerMove={move}
        onPointerUp={up}
        onPointerCancel={up}
        onDoubleClick={() => pressedHandle.current && resetToRule()}
      >
        {plot > 0 && (
          <>
            <svg
              className="ch"
              width={width}
              height={height}
              role="img"
              aria-label={`Histogram of the scores of ${evaluation.slices.length} test slices, log counts, 0 to ${TOP}`}
            >
              <Still evaluation={evaluation} width={plot} />
              <Moving evaluation={evaluation} width={plot} height={height} />
            </svg>
            <Handle evaluation={evaluation} width={plot} height={height} />
          </>
        )}
      </div>
    </section>
  );
}

/** What a drag does not change. */
const Still = memo(function Still({ evaluation, width }: { evaluation: Evaluation; width: number }) {
  const { histogram, healthy, curves, rules } = derive(evaluation);
  const decades = Math.max(2, Math.ceil(Math.log10(Math.max(...histogram, ...healthy))));
  const box: Box = { left: LEFT, top: FLAG, width, height: HISTOGRAM, decades };
  const step = decades > 4 ? 2 : 1;
  const oracle = rules.find((r) => r.rule === 'bestDice');
  const oracleX = oracle?.level == null ? 0 : LEFT + (oracle.level / (LEVELS - 1)) * width;
  return (
    <>
      {Array.from({ length: decades + 1 }, (_, d) => {
        const y = FLAG + HISTOGRAM * (1 - d / decades);
        return (
          <g key={d}>
            <path className="gr" d={`M${LEFT} ${y}H${LEFT + width}`} />
            {d % step === 0 && (
              <text x={LEFT - 6} y={y + 4} textAnchor="end">
                {decadeLabel(d)}
              </text>
            )}
          </g>
        );
      })}
      <defs>
        <path id="bins" d={stepPath(histogram, box)} />
      </defs>
      <use href="#bins" fill="var(--fill)" />
      <use href="#bins" fill="var(--cut)" fillOpacity="0.5" clipPath="url(#above)" />
      <path className="ln" stroke="var(--s1)" d={linePath(healthy, box)} />
      <path className="ax" d={`M${LEFT} ${FLAG + HISTOGRAM}H${LEFT + width}`} />
      {TICKS.map((t) => (
        <text key={t} x={LEFT + (t / TOP) * width} y={FLAG + HISTOGRAM + 16} textAnchor={t === TOP ? 'end' : 'middle'}>
          {t}
        </text>
      ))}
      {curves && (
        <>
          <Strip evaluation={evaluation} width={width} />
          {oracle?.level != null && (
            <text
              x={Math.max(oracleX, LEFT + 260)}
              y={STRIP_TOP - 6}
              textAnchor={oracleX > LEFT + width - 60 ? 'end' : oracleX < LEFT + 260 ? 'start' : 'middle'}
            >
              {oracleX < LEFT + 260 ? `oracle ${shownOf(oracle.level).toFixed(1)}` : `oracle ${shownOf(oracle.level).toFixed(1)} ▾`}
            </text>
          )}
        </>
      )}
    </>
  );
});

const stripY = (dice: number): number => STRIP_TOP + STRIP * (1 - dice);

/** Dice over the same x: pooled as a line, the slices' own as a band of one standard deviation about their mean. */
function Strip({ evaluation, width }: { evaluation: Evaluation; width: number }) {
  const { line, mean, band } = useMemo(() => {
    const curves = derive(evaluation).curves!;
    const x = (level: number) => (LEFT + (level / (LEVELS - 1)) * width).toFixed(1);
    const levels = [...curves.sampledLevels];
    const edge = (sign: number) =>
      levels.map(
        (level, i) => `${x(level)} ${stripY(Math.min(1, Math.max(0, curves.meanDice[i] + sign * (curves.sdDice[i] || 0)))).toFixed(1)}`,
      );
    return {
      line: `M${levels.map((level) => `${x(level)} ${stripY(curves.dice[level]).toFixed(1)}`).join('L')}`,
      mean: `M${levels.map((level, i) => `${x(level)} ${stripY(curves.meanDice[i]).toFixed(1)}`).join('L')}`,
      band: `M${[...edge(1), ...edge(-1).reverse()].join('L')}Z`,
    };
  }, [evaluation, width]);
  return (
    <>
      {[0, 0.5, 1].map((d) => (
        <g key={d}>
          <path className={d === 0 ? 'ax' : 'gr'} d={`M${LEFT} ${stripY(d)}H${LEFT + width}`} />
          <text x={LEFT - 6} y={stripY(d) + 4} textAnchor="end">
            {d}
          </text>
        </g>
      ))}
      <path d={band} fill="var(--fill)" opacity="0.6" />
      <path className="ln" d={mean} stroke="var(--ink3)" strokeDasharray="4 3" style={{ strokeWidth: 1 }} />
      <path className="ln" d={line} stroke="var(--ink2)" />
      <text className="m" x={LEFT} y={STRIP_TOP - 6}>
        Dice: pooled line, slices’ mean ± sd band
      </text>
    </>
  );
}

/** The line, the dot on the Dice strip and what is called anomalous: all that a drag moves. */
function Moving({ evaluation, width, height }: { evaluation: Evaluation; width: number; height: number }) {
  const level = useLevel();
  const x = LEFT + (level / (LEVELS - 1)) * width;
  const dice = numbersAt(evaluation, level).dice;
  return (
    <>
      <clipPath id="above">
        <rect x={x} y={0} width={Math.max(0, LEFT + width - x)} height={FLAG + HISTOGRAM} />
      </clipPath>
      <path d={`M${x} ${FLAG - 4}V${height - 6}`} stroke="var(--cut)" strokeWidth="2" />
      {dice !== null && <circle cx={x} cy={stripY(dice)} r="4.5" fill="var(--cut)" stroke="var(--surface)" strokeWidth="1.5" />}
    </>
  );
}

function Handle({ evaluation, width, height }: { evaluation: Evaluation; width: number; height: number }) {
  const level = useLevel();
  const shown = shownOf(level);
  const { dice } = numbersAt(evaluation, level);
  const keys: Record<string, (fine: number) => void> = {
    ArrowLeft: (f) => nudgeCut(-f),
    ArrowDown: (f) => nudgeCut(-f),
    ArrowRight: nudgeCut,
    ArrowUp: nudgeCut,
    PageDown: () => nudgeCut(-10),
    PageUp: () => nudgeCut(10),
    Home: () => moveCut(0),
    End: () => moveCut(levelOf(TOP)),
  };
  return (
    <div
      className="handle"
      role="slider"
      tabIndex={0}
      data-testid="threshold-handle"
      aria-label="Threshold"
      aria-valuemin={0}
      aria-valuemax={TOP}
      aria-valuenow={Number(shown.toFixed(1))}
      aria-valuetext={`${shown.toFixed(1)} of ${TOP}, ${healthyWords(evaluation, level)}${dice === null ? '' : `, Dice ${fixed(dice, 2)}`}`}
      style={{ left: LEFT + (level / (LEVELS - 1)) * width, height }}
      onKeyDown={(event) => {
        const act = keys[event.key];
        if (!act || event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        act(event.shiftKey ? 10 : event.altKey ? 0.1 : 1);
      }}
      onKeyUp={(event) => event.key in keys && releaseCut()}
    >
      <span>
        <i />
        {shown.toFixed(1)}
      </span>
    </div>
  );
}
