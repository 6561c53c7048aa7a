import type { SyntheticEvent } from 'react';
import { PUBLISHED, type PublishedTable } from './published';

/** Opens below what is in sight, so it is brought there. */
const reveal = ({ currentTarget }: SyntheticEvent<HTMLDetailsElement>) => {
  if (currentTarget.open) currentTarget.scrollIntoView({ block: 'start' });
};

export function Published() {
  return (
    <section className="sec">
      <details className="published" data-testid="published" onToggle={reveal}>
        <summary>
          <b>Published results</b> <span className="tag">published</span>{' '}
          <span className="small">for reference only: other data, other splits, never ranked with yours</span>
        </summary>
        {PUBLISHED.map(({ title, cited, tables }) => (
          <section key={title} aria-label={`Published: ${title}`}>
            <h3>
              {title} <span className="cited">{cited}</span>
            </h3>
            <div className="papertables">
              {tables.map((table) => (
                <AsPrinted key={table.data} {...table} />
              ))}
            </div>
          </section>
        ))}
      </details>
    </section>
  );
}

function AsPrinted({ data, metric, columns, rows, note }: PublishedTable) {
  return (
    <div>
      <table className="dense">
        <caption>
          {data}
          <span className="small">: {metric}</span>
        </caption>
        <thead>
          <tr>
            <th scope="col">
              <span className="sr">Method</span>
            </th>
            {columns.map((column) => (
              <th key={column} scope="col" className="n">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([method, ...numbers]) => (
            <tr key={method}>
              <th scope="row">{method}</th>
              {numbers.map((number, i) => (
                <td key={columns[i]} className="n">
                  {number}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {note && <p className="small">{note}</p>}
    </div>
  );
}
