import { LiveHistogram } from './LiveHistogram';
import { Losses } from './Losses';
import { Machine } from './Machine';
import { Method } from './Method';
import { Parameters } from './Parameters';
import { RunBar } from './RunBar';
import { SixSlices } from './SixSlices';
import { StepDiagram } from './StepDiagram';

export function TrainPage() {
  return (
    <div className="work v-train">
      <div className="pane left">
        <Method />
        <Parameters />
      </div>
      <RunBar />
      <div className="pane">
        <StepDiagram />
        <Losses />
        <Machine />
      </div>
      <div className="pane rt">
        <LiveHistogram />
        <SixSlices />
      </div>
    </div>
  );
}
