import { useLab } from '../../store/store';
import { Plate } from '../Plate';
import { MAGMA_CSS } from '../paint';
import { RESIDUAL_TOP, residualOf } from './residual';
import { Traces } from './Traces';

const MOST = 4;

/** An iterative predictor at work: its input above, what has become of it below, and what is left between them. */
export function Steps() {
  const iterate = useLab((s) => s.lab.iterate);
  if (!iterate) return null;
  const { height, width, names, step, of } = iterate;
  const size = height * width;
  const row = (pixels: Uint8Array, label: string, map = false) =>
    names
      .slice(0, MOST)
      .map((name, i) => (
        <Plate
          key={`${label} ${name}`}
          pixels={pixels.subarray(i * size, (i + 1) * size)}
          height={height}
          width={width}
          map={map}
          letters={false}
          alt={`${label}, ${name}`}
        />
      ));
  return (
    <div style={{ marginTop: 10 }} data-testid="iterate">
      <p className="small" style={{ marginBottom: 4 }}>
        Input, the image after step {step} of {of}, and |input − image|
      </p>
      <div className="steps4">
        {row(iterate.input, 'Input')}
        {row(iterate.pixels, `After step ${step}`)}
        {row(residualOf(iterate.input, iterate.pixels), 'Residual', true)}
      </div>
      <p className="small row">
        0
        <i className="scalebar" style={{ background: MAGMA_CSS }} />
        {RESIDUAL_TOP} of all intensities and more
      </p>
      <Traces iterate={iterate} most={MOST} />
    </div>
  );
}
