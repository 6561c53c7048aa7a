import { useId } from 'react';
import type { Definition } from '../../core/definitions';

/** A word whose definition shows on hover and on focus; its tip is placed by the nearest `.metric`. */
export function Term({ label, about }: { label: string; about: Definition }) {
  const id = useId();
  return (
    <>
      <button type="button" className="l term" aria-describedby={id}>
        {label}
      </button>
      <span role="tooltip" id={id} className="tip">
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
        <p className="small metric" data-testid={testId && `${testId}-ci`}>
          <Term {...interval} />
        </p>
      )}
    </div>
  );
}
