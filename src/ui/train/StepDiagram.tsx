import { useEffect, useRef } from 'react';
import type { PreviewRow } from '../../core/protocol';
import { specOf } from '../../store/actions';
import { useLab } from '../../store/store';
import { GREY, paintBytes } from '../paint';

const X = 68;

/** What one update of a variational autoencoder does, with the first fixed slice going through it. */
export function StepDiagram() {
  const spec = useLab((s) => s.lab.engine?.models.find((m) => m.id === s.lab.run?.model) ?? specOf(s));
  const preview = useLab((s) => s.lab.preview);
  const running = useLab((s) => s.lab.run?.phase === 'running');
  const latent = useLab(({ lab }) => lab.run?.params.latent);
  const images = preview?.rows.filter((row) => row.kind === 'image') ?? [];
  if (!spec || !('kl' in spec.losses)) return null;
  return (
    <section className="sec">
      <div className="h">
        <h2>What one update does</h2>
        <span className="row small">{running ? <span className="tag a">training</span> : 'waiting'}</span>
      </div>
      <div className="diagram">
        <svg
          className="ch"
          viewBox="0 0 620 168"
          role="img"
          aria-label="The encoder turns a slice x into a mean and a spread, a code z is drawn from them, and the decoder turns z into the reconstruction. Two losses: the difference of slice and reconstruction, and the distance of the codes from a standard normal distribution."
        >
          <defs>
            <marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
              <path d="M0 .8 7 4 0 7.2z" fill="var(--accent)" />
            </marker>
          </defs>
          <g fill="none" stroke="var(--accent)" strokeWidth="1.5" markerEnd="url(#tip)">
            <path d={`M76 ${X}H110`} />
            <path d={`M202 ${X - 14}C218 ${X - 14} 216 ${X - 24} 234 ${X - 24}`} />
            <path d={`M202 ${X + 14}C218 ${X + 14} 216 ${X + 24} 234 ${X + 24}`} />
            <path d={`M266 ${X - 24}C290 ${X - 24} 288 ${X - 4} 306 ${X - 4}`} />
            <path d={`M266 ${X + 24}C290 ${X + 24} 288 ${X + 4} 306 ${X + 4}`} />
            <path d={`M340 ${X}H376`} />
            <path d={`M468 ${X}H536`} />
          </g>
          <path d={`M42 ${X + 48}V146H572V${X + 48}`} fill="none" stroke="var(--line2)" strokeWidth="1.5" strokeDasharray="4 3" />
          <g fill="var(--accent-soft)" stroke="var(--accent)" strokeWidth="1.5">
            <rect x="112" y={X - 30} width="90" height="60" rx="6" />
            <rect x="378" y={X - 30} width="90" height="60" rx="6" />
          </g>
          <g fill="var(--surface)" stroke="var(--line2)">
            <rect x="236" y={X - 38} width="30" height="28" rx="6" />
            <rect x="236" y={X + 10} width="30" height="28" rx="6" />
            <rect x="308" y={X - 15} width="32" height="30" rx="6" />
          </g>
          <g textAnchor="middle">
            <text className="b" x="157" y={X - 1}>
              Encoder
            </text>
            <text x="157" y={X + 14}>
              4 × ½ size
            </text>
            <text className="b" x="251" y={X - 20}>
              μ
            </text>
            <text className="b" x="251" y={X + 28}>
              σ
            </text>
            <text className="b" x="324" y={X + 4}>
              z
            </text>
            <text x="324" y={X + 30}>
              {latent ? `${latent} numbers` : 'code'}
            </text>
            <text x="324" y={X - 24}>
              z = μ + σ·ε
            </text>
            <text className="b" x="423" y={X - 1}>
              Decoder
            </text>
            <text x="423" y={X + 14}>
              4 × double size
            </text>
            <text x="42" y={X + 46}>
              x
            </text>
            <text x="572" y={X + 46}>
              x̂
            </text>
            <text className="m" x="251" y={X + 60}>
              KL loss: to a standard normal
            </text>
            <text className="m" x="307" y="162">
              reconstruction loss: ½ Σ (x − x̂)²
            </text>
          </g>
        </svg>
        <div aria-hidden="true">
          <DiagramSlice row={images[0]} side="left" />
          <DiagramSlice row={images[1]} side="right" />
        </div>
      </div>
    </section>
  );
}

function DiagramSlice({ row, side }: { row: PreviewRow | undefined; side: 'left' | 'right' }) {
  const ref = useRef<HTMLCanvasElement>(null);
  const height = useLab((s) => s.lab.preview?.height ?? 0);
  const width = useLab((s) => s.lab.preview?.width ?? 0);
  useEffect(() => {
    if (row && ref.current) paintBytes(ref.current, row.pixels.subarray(0, height * width), height, width, GREY);
  }, [row, height, width]);
  return <canvas ref={ref} className={`inslice ${side}`} />;
}
