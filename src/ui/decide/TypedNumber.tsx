import { useState } from 'react';

type Props = {
  label: string;
  value: number;
  least: number;
  most: number;
  /** What an arrow key adds; whole numbers only where it is one. */
  step: number;
  unit: string;
  testId: string;
  /** Takes effect while it is typed. */
  change(value: number): void;
  /** It is left: the end of the gesture. */
  done(): void;
};

/** A number to type or to step by arrows (Shift: ten steps), with a comma or a point. What is not a number between its ends has no effect. */
export function TypedNumber({ label, value, least, most, step, unit, testId, change, done }: Props) {
  const [typed, setTyped] = useState<string | null>(null);
  const read = (text: string) => (text.trim() === '' ? Number.NaN : Number(text.replace(',', '.')));
  const legal = (n: number) => n >= least && n <= most && (!Number.isInteger(step) || Number.isInteger(n));
  const end = () => {
    setTyped(null);
    done();
  };
  return (
    <label className="row between">
      <span className="mid small">{label}</span>
      <span className="fld typed">
        <input
          data-testid={testId}
          inputMode={Number.isInteger(step) ? 'numeric' : 'decimal'}
          value={typed ?? String(value)}
          aria-invalid={typed !== null && !legal(read(typed))}
          onChange={(event) => {
            setTyped(event.target.value);
            if (legal(read(event.target.value))) change(read(event.target.value));
          }}
          onKeyDown={(event) => {
            if (event.key === 'Enter') end();
            const way = { ArrowUp: 1, ArrowDown: -1 }[event.key];
            if (!way) return;
            event.preventDefault();
            setTyped(null);
            const next = value + way * step * (event.shiftKey ? 10 : 1);
            change(Number(Math.min(most, Math.max(least, next)).toPrecision(9)));
          }}
          onKeyUp={(event) => event.key.startsWith('Arrow') && done()}
          onBlur={end}
        />
        {unit}
      </span>
    </label>
  );
}
