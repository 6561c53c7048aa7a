import { useMemo } from 'react';
import type { Evaluation } from '../../core/protocol';
import { boxOf } from '../../core/reformat';
import type { Layer, Way } from '../../store/address';
import { chooseWay, selectSlice, toggleLayer } from '../../store/decide';
import { useLab } from '../../store/store';
import { fixed } from '../format';
import { Icon } from '../Icon';
import { useLook } from './look';
import { OneSlice } from './OneSlice';
import { useNumbers } from './use';
import { VolumePlanes } from './VolumePlanes';
import { VolumeRender } from './VolumeRender';
import { planeOf } from './volume';
import { sliceWords } from './words';

/** How the volume of a slice can be looked at. */
const WAYS: Readonly<Record<Way, string>> = { slice: 'Slice', planes: 'Planes', solid: '3-D' };

export function Viewer({ evaluation }: { evaluation: Evaluation }) {
  const slice = useLab((s) => Math.min(s.slice, evaluation.slices.length - 1));
  const { edges, masked, volume, group, index, stack } = evaluation.slices[slice];
  const { mapless } = evaluation;
  const [look, setLook] = useLook();
  const way = useLab((s) => s.way);
  const box = useMemo(() => boxOf(evaluation.slices, volume, evaluation.width), [evaluation, volume]);
  const shape = box && `${volume} ${box.plane} ${box.size} ${box.slices.length}`;
  const plane = planeOf(edges);
  return (
    <section className="sec" style={{ paddingTop: 12 }}>
      <div className="row between viewhead">
        <span className="row ell">
          <button className="ib s" type="button" aria-label="Previous slice" onClick={() => selectSlice(slice - 1)}>
            <Icon name="left" />
          </button>
          <b className="ell">{stack ? group : sliceWords(evaluation, slice)}</b>
          {stack && <b className="nw">· slice {index}</b>}
          <button className="ib s" type="button" aria-label="Next slice" onClick={() => selectSlice(slice + 1)}>
            <Icon name="right" />
          </button>
          <span className="dim hide-m nw">
            {!box && plane && `${plane} · `}
            {!box && `${evaluation.width}²${mapless ? '' : ' · '}`}
            {!mapless && <SliceDice evaluation={evaluation} slice={slice} />}
          </span>
        </span>
        <span className="row">
          {box && (
            <fieldset className="seg s ways" aria-label="What is in view">
              {(Object.entries(WAYS) as [Way, string][]).map(([id, label]) => (
                <button key={id} type="button" aria-pressed={id === way} onClick={() => chooseWay(id)}>
                  {label}
                </button>
              ))}
            </fieldset>
          )}
          {!mapless && <Toggle layer="mask" label="Mask" keyName="M" colour="var(--cut)" />}
          {masked && <Toggle layer="truth" label="Truth" keyName="T" colour="var(--truth)" dashed />}
          {!mapless && <Toggle layer="map" label="Map" keyName="H" />}
        </span>
      </div>
      {box && way === 'planes' ? (
        <VolumePlanes key={shape} evaluation={evaluation} slice={slice} box={box} look={look} setLook={setLook} />
      ) : box && way === 'solid' ? (
        <VolumeRender key={shape} evaluation={evaluation} box={box} words={group} look={look} />
      ) : (
        <OneSlice evaluation={evaluation} slice={slice} look={look} setLook={setLook} />
      )}
    </section>
  );
}

function SliceDice({ evaluation, slice }: { evaluation: Evaluation; slice: number }) {
  const dice = useNumbers(evaluation).sliceDice[slice];
  const { masked } = evaluation.slices[slice];
  return <>{Number.isNaN(dice) ? (masked ? 'no lesion here' : 'no mask') : `Dice ${fixed(dice, 2)}`}</>;
}

type ToggleProps = { layer: Layer; label: string; keyName: string; colour?: string; dashed?: boolean };

function Toggle({ layer, label, keyName, colour, dashed }: ToggleProps) {
  const on = useLab((s) => s.layers[layer]);
  return (
    <button
      className="k toggle"
      type="button"
      aria-pressed={on}
      onClick={() => toggleLayer(layer)}
      style={{ '--c': colour } as React.CSSProperties}
    >
      {colour && <i className={dashed ? 'dash' : undefined} />}
      {label} <kbd>{keyName}</kbd>
    </button>
  );
}
