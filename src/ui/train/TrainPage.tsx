import type { ReactNode } from 'react';
import { CutPeaks } from './CutPeaks';
import { Doctor } from './Doctor';
import { LiveHistogram } from './LiveHistogram';
import { Losses } from './Losses';
import { Machine } from './Machine';
import { Method } from './Method';
import { Parameters } from './Parameters';
import { RunBar } from './RunBar';
import { Shipped } from './Shipped';
import { SixSlices } from './SixSlices';
import { Snapshots } from './Snapshots';
import { StepDiagram } from './StepDiagram';
import { Watch } from './Watch';

export function TrainPage() {
  return (
    <div className="work v-train">
      <div className="pane left">
        <Method />
        <Snapshots />
        <Shipped />
        <Parameters />
      </div>
      <RunBar />
      <Seen name="Progress" className="pane">
        <StepDiagram />
        <Losses />
        <Machine />
      </Seen>
      <Seen name="Results so far" className="pane rt">
        <LiveHistogram />
        <Doctor />
        <Watch />
        <SixSlices />
        <CutPeaks />
      </Seen>
    </div>
  );
}

/** Charts and pictures hold nothing that takes focus: their region does, so that it scrolls by keyboard. */
function Seen({ name, className, children }: { name: string; className: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section className={className} aria-label={name} tabIndex={0}>
      {children}
    </section>
  );
}
