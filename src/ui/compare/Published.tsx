import { PUBLISHED } from './published';

export function Published() {
  return (
    <section className="sec">
      <details className="published" data-testid="published">
        <summary>
          <b>Published results</b> <span className="tag">published</span>{' '}
          <span className="small">for reference only: other data, other splits, never ranked with yours</span>
        </summary>
        <table className="dense">
          <thead>
            <tr>
              <th scope="col">Method</th>
              <th scope="col">Data</th>
              <th scope="col">Number</th>
              <th scope="col" className="n">
                As printed
              </th>
            </tr>
          </thead>
          <tbody>
            {PUBLISHED.map(({ method, data, metric, value, by }) => (
              <tr key={[method, data, metric, by].join()}>
                <td>{method}</td>
                <td>{data}</td>
                <td>
                  {metric}
                  {by && `, ${by}`}
                </td>
                <td className="n">{value}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </section>
  );
}
