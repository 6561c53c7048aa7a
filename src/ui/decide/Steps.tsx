import { useLab } from '../../store/store';
import { Plate } from '../Plate';
import { Traces } from './Traces';

const MOST = 4;

/** An iterative predictor at work: its input above, what has become of it below. */
export function Steps() {
  const iterate = useLab((s) => s.lab.iterate);
  if (!iterate) return null;
  const { height, width, names, step, of } = iterate;
  const size = height * width;
  const row = (pixels: Uint8Array, label: string) =>
    names
      .slice(0, MOST)
      .map((name, i) => (
        <Plate
          key={`${label} ${name}`}
          pixels={pixels.subarray(i * size, (i + 1) * size)}
          height={height}
          width={width}
          letters={false}
          alt={`${label}, ${name}`}
        />
      ));
  return (
    <div style={{ marginTop: 10 }} data-testid="iterate">
      <p className="small" style={{ marginBottom: 4 }}>
        Input, and the image after step {step} of {of}
      </p>
      <div className="steps4">
        {row(iterate.input, 'Input')}
        {row(iterate.pixels, `After step ${step}`)}
      </div>
      <Traces iterate={iterate} most={MOST} />
    </div>
  );
}
