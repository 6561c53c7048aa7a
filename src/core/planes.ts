/** How the planes of a body lie on the screen. */
import type { PlaneName } from './recipe';
import type { AxisIndex, Edges } from './types';

const POSITIVE = 'RAS';
const NEGATIVE = 'LPI';

/** A direction of the display: along which world axis (0 right, 1 anterior, 2 superior) and whether towards its positive end. */
export type Direction = { world: AxisIndex; positive: boolean };

/** As radiologists look: the patient's right on the screen's left, the nose up or to the left, the head up. */
export const LAYOUT: Record<PlaneName, Record<'slices' | 'rows' | 'columns', Direction>> = {
  axial: { slices: { world: 2, positive: true }, rows: { world: 1, positive: false }, columns: { world: 0, positive: false } },
  coronal: { slices: { world: 1, positive: true }, rows: { world: 2, positive: false }, columns: { world: 0, positive: false } },
  sagittal: { slices: { world: 0, positive: true }, rows: { world: 2, positive: false }, columns: { world: 1, positive: false } },
};

/** The letter at the end that a direction, or a voxel axis, runs to. */
export const letterAt = ({ world, positive }: Direction): string => (positive ? POSITIVE : NEGATIVE)[world];

export function edgesOf(plane: PlaneName): Edges {
  const opposite = ({ world, positive }: Direction) => letterAt({ world, positive: !positive });
  const { rows, columns } = LAYOUT[plane];
  return { left: opposite(columns), right: letterAt(columns), top: opposite(rows), bottom: letterAt(rows) };
}
