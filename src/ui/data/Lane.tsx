import { useRef } from 'react';
import type { Thumb } from '../../core/protocol';
import { ROLE_TITLES, type Role } from '../../core/types';
import { load } from '../../store/data';
import { useLab } from '../../store/store';
import { count, plural } from '../format';
import { Plate } from '../Plate';
import { fromPicker } from './dropped';

const ABOUT: Record<Role, string> = {
  reference: 'Known to be normal. Methods learn from these.',
  mixed: 'May hold lesions. Only methods that need them use them.',
  validation: 'Never trained on. For choosing settings.',
  test: 'Never trained on. Masks are used for scores only.',
};
const THUMBS = 9;

/** 'p01 · 54': the patient, and the slice of a scan. */
const captionOf = ({ name, group }: Thumb) => [group, / slice (\d+)$/.exec(name)?.[1]].filter(Boolean).join(' · ');

export function Lane({ role, over }: { role: Role; over: boolean }) {
  const info = useLab((s) => s.lab.data?.roles[role]);
  const input = useRef<HTMLInputElement>(null);
  return (
    <section className={over ? 'over' : undefined} aria-label={ROLE_TITLES[role]} data-testid={`lane-${role}`}>
      <div className="top3" style={{ borderColor: `var(--role-${role})` }}>
        <div className="row between">
          <h3 className="lanetitle">{ROLE_TITLES[role]}</h3>
          <span className="small nw">{info ? plural(info.slices, 'slice') : '…'}</span>
        </div>
        <p className="small mid">{ABOUT[role]}</p>
      </div>
      <div className="grid3">
        {info?.thumbs.slice(0, THUMBS).map((thumb, i) => (
          <Plate
            key={`${thumb.name} ${i}`}
            pixels={thumb.pixels}
            truth={thumb.truth}
            height={thumb.height}
            width={thumb.width}
            edges={thumb.edges}
            caption={captionOf(thumb)}
            alt={`${ROLE_TITLES[role]}: ${thumb.name}${thumb.truth ? ', with mask' : ''}`}
          />
        ))}
        {Array.from({ length: Math.max(0, THUMBS - (info?.thumbs.length ?? 0)) }, (_, i) => (
          <span key={i} className="hole" />
        ))}
      </div>
      <div className="row between lanefoot">
        <span className="small">
          {info && info.slices > 0 ? (
            <>
              {plural(info.groups, 'patient')}
              {info.notEmpty > 0 && ` · ${count(info.notEmpty)} of ${count(info.masked)} masks not empty`}
              {info.anomalous > info.notEmpty && ` · ${count(info.anomalous - info.notEmpty)} labelled anomalous, no mask`}
            </>
          ) : (
            'Empty. Drop files here.'
          )}
        </span>
        <button className="btn s" type="button" onClick={() => input.current?.click()} aria-label={`Add files to ${ROLE_TITLES[role]}`}>
          Add files
        </button>
        <input
          ref={input}
          type="file"
          multiple
          hidden
          aria-label={`Files for ${ROLE_TITLES[role]}`}
          data-testid={`pick-${role}`}
          onChange={(event) => {
            load(role, fromPicker(event.target.files));
            event.target.value = '';
          }}
        />
      </div>
    </section>
  );
}
