import { useLab } from '../../store/store';
import { plural } from '../format';

/** What DICOM headers said about persons, places and dates, and was dropped: the fields, never what stood in them. */
export function Privacy() {
  const dropped = useLab((s) => s.lab.data?.dropped);
  if (!dropped || dropped.length === 0) return null;
  return (
    <section className="sec" data-testid="privacy">
      <div className="h">
        <h2>Dropped for privacy</h2>
        <small>{plural(dropped.length, 'field')}</small>
      </div>
      <p className="small">These fields of DICOM headers were not kept. Patients have numbers instead of names.</p>
      <ul className="dropped">
        {dropped.map(({ tag, name, scans }) => (
          <li key={tag}>
            <span>{name}</span>
            <span className="mono dim">{tag}</span>
            <span className="small">{plural(scans, 'scan')}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
