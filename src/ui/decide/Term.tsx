import { type SyntheticEvent, useId, useRef } from 'react';
import type { Definition } from '../../core/definitions';

/** Between a word and its tip, and between a tip and the edge of the window, pixels. */
const APART = 4;
const EDGE = 8;

/** A word whose definition shows on hover and on focus, above everything: no scrolling table or pane cuts it off. */
export function Term({ label, about }: { label: string; about: Definition }) {
  const id = useId();
  const tip = useRef<HTMLSpanElement>(null);
  const show = ({ currentTarget }: SyntheticEvent) => {
    const element = tip.current!;
    element.showPopover();
    const word = currentTarget.getBoundingClientRect();
    const { width, height } = element.getBoundingClientRect();
    const below = word.bottom + APART;
    element.style.left = `${Math.max(EDGE, Math.min(word.left, window.innerWidth - width - EDGE))}px`;
    element.style.top = `${below + height + EDGE <= window.innerHeight ? below : Math.max(EDGE, word.top - APART - height)}px`;
  };
  const hide = () => tip.current!.hidePopover();
  return (
    <>
      <button
        type="button"
        className="l term"
        aria-describedby={id}
        onPointerEnter={show}
        onPointerLeave={hide}
        onFocus={show}
        onBlur={hide}
        onKeyDown={({ key }) => key === 'Escape' && hide()}
      >
        {label}
      </button>
      <span ref={tip} role="tooltip" id={id} className="tip" popover="manual">
        {about.sentence} <i>{about.source}.</i>
      </span>
    </>
  );
}

type MetricProps = {
  label: string;
  about: Definition;
  /** null: there is none, and `why` says so in its place. */
  value: string | null;
  why?: string;
  extra?: string;
  /** An interval, or why there is none, on a line of its own. */
  interval?: { label: string; about: Definition };
  testId?: string;
};

/** A number with its definition. */
export function Metric({ label, about, value, why, extra, interval, testId }: MetricProps) {
  return (
    <div className="metric">
      <Term label={label} about={about} />
      {value === null ? (
        <p className="small why" data-testid={testId}>
          {why}
        </p>
      ) : (
        <div className="v">
          <span data-testid={testId}>{value}</span> {extra && <small>{extra}</small>}
        </div>
      )}
      {interval && (
        <p className="small" data-testid={testId && `${testId}-ci`}>
          <Term {...interval} />
        </p>
      )}
    </div>
  );
}
