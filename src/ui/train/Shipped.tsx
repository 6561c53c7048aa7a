import { SHIPPED, type Shipped as ShippedRun } from '../../core/shipped';
import { specOf } from '../../store/actions';
import { useRuns } from '../../store/runs';
import { openShipped, shippedProblem } from '../../store/shipped';
import { useLab } from '../../store/store';

/** Networks of the chosen method that come with the lab: for looking at results without training. */
export function Shipped() {
  const model = useLab((s) => specOf(s)?.id);
  const said = useRuns((s) => s.said);
  const runs = SHIPPED.filter((one) => one.model === model);
  if (runs.length === 0) return null;
  return (
    <section className="sec" data-testid="shipped">
      <div className="h">
        <h2>Trained earlier</h2>
        <small>comes with the lab</small>
      </div>
      {runs.map((one) => (
        <Card key={one.folder} shipped={one} />
      ))}
      {said?.wrong && (
        <p className="note w" role="alert" style={{ marginTop: 8 }}>
          {said.text}
        </p>
      )}
    </section>
  );
}

function Card({ shipped }: { shipped: ShippedRun }) {
  const problem = useLab(shippedProblem);
  const why = `shipped-why-${shipped.folder}`;
  return (
    <>
      <b>{shipped.title}</b>
      <p className="small" style={{ margin: '4px 0' }}>
        {shipped.about} Opening it draws the phantom that it was made for and scores it; it is not trained on.
      </p>
      <details className="small">
        <summary>Made on {shipped.trained.slice(0, 10)} by a command</summary>
        <code className="mono" style={{ display: 'block', overflowWrap: 'anywhere', margin: '4px 0' }}>
          {shipped.command}
        </code>
      </details>
      <button
        className="btn"
        type="button"
        style={{ marginTop: 8 }}
        aria-disabled={problem !== undefined}
        aria-describedby={problem ? why : undefined}
        onClick={() => problem === undefined && void openShipped(shipped)}
      >
        Open it
      </button>
      {problem && (
        <p id={why} className="small" style={{ marginTop: 4 }}>
          {problem}
        </p>
      )}
    </>
  );
}
