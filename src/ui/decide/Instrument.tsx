import { memo, type PointerEvent, useEffect, useMemo, useRef, useState } from 'react';
import type { Evaluation } from '../../core/protocol';
import { moveCut, nudgeCut, releaseCut, resetToRule } from '../../store/decide';
import { derive, levelOf, shownOf, TOP } from '../../store/derived';
import { useLab } from '../../store/store';
import { useWidth } from '../Chart';
import { count, fixed, short } from '../format';
import { type Box, countY, decadeLabel, linePath, stepPath } from '../histogramPath';
import { Oracle } from './Oracle';
import { useCut, useNumbers, useSide, useSided } from './use';
import { healthyWords } from './words';

const LEFT = 44;
const RIGHT = 12;
const FLAG = 28;
const HISTOGRAM = 104;
const STRIP_TOP = FLAG + HISTOGRAM + 40;
const STRIP = 56;
/** Half of the handle's flag with its focus ring, pixels. */
const HALF_FLAG = 38;
/** A wheel has no release: the turn is over once it has been still this long. */
const WHEEL_REST_MS = 400;
const TICKS = [0, 50, 100, 150, 200, 255];

/** Which histograms are drawn, and on which axis. */
type Look = { split: boolean; log: boolean };

export function Instrument({ evaluation }: { evaluation: Evaluation }) {
  const ref = useRef<HTMLDivElement>(null);
  const width = useWidth(ref);
  const { curves, anomalous, oracle } = derive(useSided(evaluation));
  const [look, setLook] = useState<Look>({ split: false, log: true });
  const split = look.split && anomalous !== null;
  const height = curves ? STRIP_TOP + STRIP + 6 : FLAG + HISTOGRAM + 24;
  const plot = Math.max(0, width - LEFT - RIGHT);
  const drag = useRef<{ from: number; shown: number } | null>(null);
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
    const { cut } = useLab.getState().cut;
    if (!cut) return;
    const at = event.clientX - event.currentTarget.getBoundingClientRect().left - LEFT;
    if (!onHandle) moveCut(levelOf((at / plot) * TOP, cut.side));
    drag.current = { from: event.clientX, shown: onHandle ? shownOf(cut.level, cut.side) : (at / plot) * TOP };
  };
  const move = (event: PointerEvent) => {
    const { cut } = useLab.getState().cut;
    if (drag.current && cut) moveCut(levelOf(drag.current.shown + ((event.clientX - drag.current.from) / plot) * TOP, cut.side));
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
        <span className="row">
          {anomalous && (
            <fieldset className="seg s" aria-label="Histograms">
              <button type="button" aria-pressed={!split} onClick={() => setLook({ ...look, split: false })}>
                all
              </button>
              <button type="button" aria-pressed={split} onClick={() => setLook({ ...look, split: true })}>
                by truth
              </button>
            </fieldset>
          )}
          <fieldset className="seg s" aria-label="Counts">
            <button type="button" aria-pressed={look.log} onClick={() => setLook({ ...look, log: true })}>
              log
            </button>
            <button type="button" aria-pressed={!look.log} onClick={() => setLook({ ...look, log: false })}>
              linear
            </button>
          </fieldset>
        </span>
      </div>
      <p className="keys" style={{ marginBottom: 6 }}>
        {split ? (
          <>
            <Key colour="var(--fill)" square title="Pixels outside the masks">
              Normal
            </Key>
            <Key colour="var(--truth)" dashed title="Pixels inside the masks">
              Anomalous
            </Key>
          </>
        ) : (
          <>
            <Key colour="var(--fill)" square>
              Kept as normal
            </Key>
            <Key colour="var(--cut)" square faint>
              Called anomalous
            </Key>
          </>
        )}
        <Key colour="var(--s1)" title="Healthy reference, scaled to the same number of pixels">
          Healthy
        </Key>
        {curves && (
          <>
            <Key colour="var(--ink2)">Dice, pooled</Key>
            <Key colour="var(--ink3)" dashed title="The band is one standard deviation about the mean">
              slices’ mean ± sd
            </Key>
          </>
        )}
      </p>
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
              aria-label={`Histogram of the scores of ${evaluation.slices.length} test slices, ${look.log ? 'log' : 'linear'} counts, 0 to ${TOP}`}
            >
              <Still evaluation={evaluation} width={plot} split={split} log={look.log} />
              {oracle !== null && <Oracle oracle={oracle} left={LEFT} width={plot} top={STRIP_TOP} />}
              <Moving evaluation={evaluation} width={plot} height={height} />
            </svg>
            <Handle evaluation={evaluation} width={plot} height={height} />
          </>
        )}
      </div>
    </section>
  );
}

type KeyProps = { colour: string; square?: boolean; faint?: boolean; dashed?: boolean; title?: string; children: string };

function Key({ colour, square, faint, dashed, title, children }: KeyProps) {
  return (
    <span className="k" style={{ '--c': colour } as React.CSSProperties} title={title}>
      <i className={square ? 'sq' : dashed ? 'dash' : undefined} style={faint ? { opacity: 0.5 } : undefined} />
      {children}
    </span>
  );
}

type StillProps = { evaluation: Evaluation; width: number; split: boolean; log: boolean };

/** What a drag does not change. */
const Still = memo(function Still({ evaluation, width, split, log }: StillProps) {
  const { histogram, peaks, normal, anomalous, healthy } = derive(evaluation);
  const { curves } = derive(useSided(evaluation));
  const most = Math.max(...histogram, ...healthy);
  const decades = Math.max(2, Math.ceil(Math.log10(most)));
  const box: Box = { left: LEFT, top: FLAG, width, height: HISTOGRAM, decades, ...(!log && { most }) };
  const step = decades > 4 ? 2 : 1;
  return (
    <>
      {log ? <Decades decades={decades} step={step} width={width} /> : <Counts most={most} width={width} />}
      <defs>
        <path id="bins" d={stepPath(split && normal ? normal : histogram, box)} />
      </defs>
      <use href="#bins" fill="var(--fill)" />
      {split && anomalous ? (
        <path className="ln" stroke="var(--truth)" strokeDasharray="5 3" d={linePath(anomalous, box)} />
      ) : (
        <use href="#bins" fill="var(--cut)" fillOpacity="0.5" clipPath="url(#above)" />
      )}
      <path className="ln" stroke="var(--s1)" d={linePath(healthy, box)} />
      {peaks.map((bin, i) => {
        const cx = LEFT + ((bin + 0.5) / histogram.length) * width;
        const cy = Math.max(FLAG - 2, countY(histogram[bin], box) - 12);
        return (
          <g key={bin} className="peak">
            <circle cx={cx} cy={cy} r="7.5" />
            <text x={cx} y={cy + 4} textAnchor="middle">
              {i + 1}
            </text>
          </g>
        );
      })}
      <path className="ax" d={`M${LEFT} ${FLAG + HISTOGRAM}H${LEFT + width}`} />
      {TICKS.map((t) => (
        <text key={t} x={LEFT + (t / TOP) * width} y={FLAG + HISTOGRAM + 16} textAnchor={t === TOP ? 'end' : 'middle'}>
          {t}
        </text>
      ))}
      {curves && <Strip evaluation={evaluation} width={width} />}
    </>
  );
});

function Decades({ decades, step, width }: { decades: number; step: number; width: number }) {
  return Array.from({ length: decades + 1 }, (_, d) => {
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
  });
}

function Counts({ most, width }: { most: number; width: number }) {
  return [0, 0.5, 1].map((share) => {
    const y = FLAG + HISTOGRAM * (1 - share);
    return (
      <g key={share}>
        <path className="gr" d={`M${LEFT} ${y}H${LEFT + width}`} />
        <text x={LEFT - 6} y={y + 4} textAnchor="end">
          {short(most * share)}
        </text>
      </g>
    );
  });
}

const stripY = (dice: number): number => STRIP_TOP + STRIP * (1 - dice);

/** Dice over the same x: pooled as a line, the slices' own as a band of one standard deviation about their mean. */
function Strip({ evaluation, width }: { evaluation: Evaluation; width: number }) {
  const side = useSide();
  const turned = useSided(evaluation);
  const { line, mean, band } = useMemo(() => {
    const curves = derive(turned).curves!;
    const x = (level: number) => (LEFT + (shownOf(level, side) / TOP) * width).toFixed(1);
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
  }, [turned, side, width]);
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
    </>
  );
}

/** The line, the dot on the Dice strip and what is called anomalous: all that a drag moves. */
function Moving({ evaluation, width, height }: { evaluation: Evaluation; width: number; height: number }) {
  const { level, side } = useCut();
  const x = LEFT + (shownOf(level, side) / TOP) * width;
  const { dice } = useNumbers(evaluation);
  return (
    <>
      <clipPath id="above">
        {side === 'dark' ? (
          <rect x={0} y={0} width={x} height={FLAG + HISTOGRAM} />
        ) : (
          <rect x={x} y={0} width={Math.max(0, LEFT + width - x)} height={FLAG + HISTOGRAM} />
        )}
      </clipPath>
      <path d={`M${x} ${FLAG - 4}V${height - 6}`} stroke="var(--cut)" strokeWidth="2" />
      {dice !== null && <circle cx={x} cy={stripY(dice)} r="4.5" fill="var(--cut)" stroke="var(--surface)" strokeWidth="1.5" />}
    </>
  );
}

/** The flag leaves its line where the pane ends. */
function Handle({ evaluation, width, height }: { evaluation: Evaluation; width: number; height: number }) {
  const cut = useCut();
  const shown = shownOf(cut.level, cut.side);
  const { dice, sliceFlagged, approximate } = useNumbers(evaluation);
  const flagged = useMemo(() => sliceFlagged.reduce((n, area) => n + (area > 0 ? 1 : 0), 0), [sliceFlagged, cut.level, approximate]);
  const words = [
    `${shown.toFixed(1)} of ${TOP}`,
    healthyWords(evaluation, cut),
    dice !== null && `Dice ${approximate ? 'about ' : ''}${fixed(dice, 2)}`,
    `${count(flagged)} of ${count(sliceFlagged.length)} slices flagged`,
  ];
  const keys: Record<string, (fine: number) => void> = {
    ArrowLeft: (f) => nudgeCut(-f),
    ArrowDown: (f) => nudgeCut(-f),
    ArrowRight: nudgeCut,
    ArrowUp: nudgeCut,
    PageDown: () => nudgeCut(-10),
    PageUp: () => nudgeCut(10),
    Home: () => moveCut(levelOf(0, cut.side)),
    End: () => moveCut(levelOf(TOP, cut.side)),
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
      aria-valuetext={words.filter(Boolean).join(', ')}
      style={{ left: LEFT + (shown / TOP) * width, height }}
      onKeyDown={(event) => {
        const act = keys[event.key];
        if (!act || event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        act(event.shiftKey ? 10 : event.altKey ? 0.1 : 1);
      }}
      onKeyUp={(event) => event.key in keys && releaseCut()}
    >
      <span style={{ translate: `${Math.min(0, width + RIGHT - HALF_FLAG - (shown / TOP) * width)}px` }}>
        <i />
        {shown.toFixed(1)}
      </span>
    </div>
  );
}
