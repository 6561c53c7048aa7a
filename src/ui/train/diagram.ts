/** Where the boxes of a step diagram stand and how its arrows run: a grid of columns and rows becomes coordinates. */
import type { DiagramNode, ModelSpec } from '../../core/types';

export const WIDTH = 640;
const SIDE = 54;
const TOP = 32;
const ROW = 66;
/** Half the side of a picture. */
export const PICTURE = 26;

type Kind = 'picture' | 'network' | 'box' | 'loss';

export type Placed = DiagramNode & { x: number; y: number; kind: Kind; halfWidth: number; halfHeight: number };

const HALF: Record<Kind, readonly [width: number, height: number]> = {
  picture: [PICTURE, PICTURE],
  network: [48, 22],
  box: [30, 19],
  loss: [0, 8],
};
/** Words of a loss are about this wide, in units of the drawing a letter. */
const LETTER = 2.75;
/** Below pictures and networks stands a line of words. */
const CAPTION = 16;

const kindOf = ({ network, view, loss }: DiagramNode): Kind => (loss ? 'loss' : view ? 'picture' : network ? 'network' : 'box');

export function place({ nodes }: ModelSpec['diagram']): { nodes: Record<string, Placed>; height: number } {
  const columns = Math.max(1, ...Object.values(nodes).map((node) => node.at[0]));
  const placed = Object.entries(nodes).map(([id, node]): [string, Placed] => {
    const kind = kindOf(node);
    const [halfWidth, halfHeight] = HALF[kind];
    const x = SIDE + (node.at[0] / columns) * (WIDTH - 2 * SIDE);
    const y = TOP + node.at[1] * ROW;
    return [id, { ...node, x, y, kind, halfWidth: kind === 'loss' ? LETTER * node.label.length + 6 : halfWidth, halfHeight }];
  });
  return { nodes: Object.fromEntries(placed), height: Math.max(...placed.map(([, node]) => bottom(node))) + 4 };
}

const bottom = ({ y, halfHeight, kind }: Placed): number => y + halfHeight + (kind === 'picture' || kind === 'network' ? CAPTION : 0);

/** From the side of one node to the facing side of another; the path of an arrow. */
export function route(from: Placed, to: Placed): string {
  const way = Math.sign(Math.round(to.x - from.x));
  const down = to.y > from.y;
  const leave = down ? bottom(from) : from.y - from.halfHeight;
  if (way === 0) return `M${from.x} ${leave}V${down ? to.y - to.halfHeight : bottom(to)}`;
  const end = to.x - way * to.halfWidth;
  const far = Math.abs(to.at[0] - from.at[0]) > 1.5 && to.y !== from.y;
  if (far || to.loss) return to.y === from.y ? `M${from.x + way * from.halfWidth} ${from.y}H${end}` : `M${from.x} ${leave}V${to.y}H${end}`;
  const start = from.x + way * from.halfWidth;
  const middle = (start + end) / 2;
  return `M${start} ${from.y}C${middle} ${from.y} ${middle} ${to.y} ${end} ${to.y}`;
}
