import { Sheet } from './Sheet';

const KEYS: readonly (readonly [string, string])[] = [
  ['1 2 3 4', 'Data, Train, Decide, Compare'],
  ['Space', 'pause or resume the run'],
  ['S', 'one step'],
  ['[ ]', 'threshold −1, +1 (Shift: 10)'],
  ['← →', 'slice before, slice after'],
  ['M T H', 'mask, truth, score map'],
  ['Ctrl Z, Ctrl Y', 'undo, redo threshold, rule, side, clean-up'],
  ['↑ ↓', 'row in the focused table'],
  ['B', 'on Compare: blink between two runs'],
  ['L', 'on Compare: link, unlink the cursors'],
  ['?', 'this list'],
];

export function HelpSheet() {
  return (
    <Sheet title="Keys">
      <table className="keytable">
        <tbody>
          {KEYS.map(([keys, what]) => (
            <tr key={keys}>
              <td>
                <kbd>{keys}</kbd>
              </td>
              <td>{what}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="small" style={{ marginTop: 12 }}>
        Keys are off inside text fields. On the threshold handle: arrows 1, Shift 10, Alt 1/10, Home and End; the wheel moves it too, a
        double click returns it to the rule. On the large picture: drag or Shift and arrows for the grey window, Ctrl and wheel or + and −
        to zoom, 0 or a double click for all as it was. In the planes of a volume: arrows for the cursor, page keys or the wheel to go
        through it. In 3-D: arrows or a drag turn it, + and − change its size.
      </p>
    </Sheet>
  );
}
