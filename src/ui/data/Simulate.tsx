import { useEffect } from 'react';
import { PAPER_SIMULATION, simulationProblem } from '../../core/simulation';
import { draftSimulation, simulate } from '../../store/data';
import { useLab } from '../../store/store';
import { count } from '../format';

/** Squares replaced by their mean, painted into Mixed and Test: anomalies whose place is known to the pixel, for trying any method. */
export function Simulate() {
  const data = useLab((s) => s.lab.data);
  const busy = useLab((s) => s.lab.progress.load !== undefined || s.lab.progress.phantom !== undefined);
  const draft = useLab((s) => s.simulationDraft);
  const used = useLab((s) => s.lab.data?.simulation ?? null);
  // What was painted last stays in the fields when it is taken out.
  useEffect(() => {
    if (used) draftSimulation(used);
  }, [used?.share, used?.seed]);
  if (!data) return null;
  const { simulation, roles } = data;
  const wanted = draft ?? simulation ?? PAPER_SIMULATION;
  const same = simulation !== null && simulation.share === wanted.share && simulation.seed === wanted.seed;
  const why = busy ? 'Images are still on their way.' : (simulationProblem(wanted) ?? (same ? 'They are in.' : null));
  const painted = (role: 'mixed' | 'test') => `${count(roles[role].anomalous)} of ${count(roles[role].slices)}`;
  return (
    <section className="sec" aria-label="Simulated anomalies" data-testid="simulate">
      <div className="h">
        <h2>Simulated anomalies</h2>
        <small>{simulation ? 'in use' : 'none'}</small>
      </div>
      <p className="small mid" style={{ marginBottom: 10 }}>
        A square at a random place, replaced by its own mean (A2B-GAN, section 4.3): 40 pixels of 128. Masks say exactly where. The
        reference stays as it is; half of the test slices get one.
        {data.set === 'phantom'
          ? ' The phantom is drawn without lesions for it.'
          : ' Slices that hold an anomaly of their own are left out, where a mask or a label says so.'}
      </p>
      <div className="row" style={{ gap: 12, flexWrap: 'wrap' }}>
        <label className="small">
          Share of Mixed, %{' '}
          <input
            className="fld"
            type="number"
            min={0}
            max={100}
            step={5}
            style={{ width: 76 }}
            aria-invalid={!(wanted.share >= 0 && wanted.share <= 1)}
            aria-describedby="simulate-why"
            value={Number.isFinite(wanted.share) ? Number((100 * wanted.share).toFixed(4)) : ''}
            onChange={(event) => draftSimulation({ ...wanted, share: event.target.valueAsNumber / 100 })}
          />
        </label>
        <label className="small">
          Seed{' '}
          <input
            className="fld"
            type="number"
            min={0}
            step={1}
            style={{ width: 76 }}
            aria-invalid={!Number.isInteger(wanted.seed) || wanted.seed < 0}
            aria-describedby="simulate-why"
            value={Number.isFinite(wanted.seed) ? wanted.seed : ''}
            onChange={(event) => draftSimulation({ ...wanted, seed: event.target.valueAsNumber })}
          />
        </label>
        <button
          className="btn"
          type="button"
          aria-disabled={why !== null}
          aria-describedby="simulate-why"
          onClick={() => {
            if (why !== null) return;
            simulate(wanted);
          }}
        >
          {simulation ? 'Paint them anew' : 'Paint squares'}
        </button>
        {simulation && (
          <button
            className="btn q"
            type="button"
            aria-disabled={busy}
            aria-describedby="simulate-why"
            onClick={() => !busy && simulate(null)}
          >
            Take them out
          </button>
        )}
      </div>
      <p id="simulate-why" className="small" style={{ marginTop: 8 }} role="status" data-testid="simulate-state">
        {simulation && !busy ? `Squares in ${painted('mixed')} mixed and ${painted('test')} test slices. ` : ''}
        {why ?? ''}
      </p>
    </section>
  );
}
