import type { Trace } from 'plotly.js-basic-dist-min';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useLab } from '../store/store';

/** The only import of Plotly, and only once a chart is on screen. */
const plotly = () => import('plotly.js-basic-dist-min').then((module) => module.default);

/** Charts draw one after another, each in a task of its own: several in one would hold the page up for longer than a frame. */
let queue: Promise<unknown> = Promise.resolve();
function inTurn(draw: () => void): void {
  queue = queue.then(() => new Promise((next) => setTimeout(next))).then(draw);
}

const MARGIN = { l: 34, r: 14, t: 7, b: 20 };

type Axis = { range: [number, number]; ticks: readonly number[]; labels: readonly string[]; log?: boolean };

type Props = {
  traces: readonly Trace[];
  x: Axis;
  y: Axis;
  height: number;
  /** One sentence that says what is drawn. */
  summary: string;
  testId?: string;
  /** Drawn over the plot area, in per cent of it: what follows the pointer never makes Plotly lay out again. */
  children?: ReactNode;
};

/** A static line chart with fixed axes. Colours in `traces` are names of custom properties ('--s1'). */
export function Chart({ traces, x, y, height, summary, testId, children }: Props) {
  const ref = useRef<HTMLDivElement>(null);
  const theme = useLab((s) => s.theme);
  const width = useWidth(ref);
  useEffect(() => {
    const element = ref.current;
    if (!element || width === 0) return;
    let gone = false;
    plotly().then((Plotly) => {
      inTurn(() => {
        if (!gone) Plotly.react(element, traces.map(coloured), layout(x, y, width, height), { staticPlot: true, responsive: false });
      });
    });
    return () => {
      gone = true;
    };
  }, [traces, x, y, width, height, theme]);
  useEffect(() => {
    const element = ref.current!;
    return () => void plotly().then((Plotly) => Plotly.purge(element));
  }, []);
  return (
    <div style={{ position: 'relative', height }} role="img" aria-label={summary} data-testid={testId}>
      <div ref={ref} style={{ height }} aria-hidden="true" />
      {children && width > 0 && (
        <svg
          aria-hidden="true"
          style={{ position: 'absolute', left: MARGIN.l, top: MARGIN.t, overflow: 'visible', pointerEvents: 'none' }}
          width={width - MARGIN.l - MARGIN.r}
          height={height - MARGIN.t - MARGIN.b}
        >
          {children}
        </svg>
      )}
    </div>
  );
}

/** Width of an element in CSS pixels, followed. */
export function useWidth(ref: React.RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry.contentRect.width)));
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref]);
  return width;
}

const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** '--s1' becomes its value. */
function coloured(trace: Trace): Trace {
  const swap = (value: unknown): unknown => {
    if (typeof value === 'string' && value.startsWith('--')) return colour(value);
    if (value && typeof value === 'object' && !Array.isArray(value) && !ArrayBuffer.isView(value))
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, swap(inner)]));
    return value;
  };
  return swap({ hoverinfo: 'skip', type: 'scatter', mode: 'lines', ...trace }) as Trace;
}

function layout(x: Axis, y: Axis, width: number, height: number): Record<string, unknown> {
  const axis = ({ range, ticks, labels, log }: Axis) => ({
    range: log ? range.map((v) => Math.log10(v)) : range,
    type: log ? 'log' : 'linear',
    tickvals: ticks,
    ticktext: labels,
    fixedrange: true,
    zeroline: false,
    ticklabeloverflow: 'allow',
    gridcolor: colour('--grid'),
    linecolor: colour('--line2'),
    tickfont: { size: 11, color: colour('--ink3') },
  });
  return {
    width,
    height,
    margin: { ...MARGIN, pad: 0 },
    showlegend: false,
    paper_bgcolor: 'rgba(0,0,0,0)',
    plot_bgcolor: 'rgba(0,0,0,0)',
    font: { family: colour('--font'), size: 11 },
    xaxis: { ...axis(x), showgrid: false, showline: true },
    yaxis: axis(y),
  };
}
