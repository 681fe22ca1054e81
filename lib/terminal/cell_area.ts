/** Rectangles of cells. Pure. */

/** An area of cells, counted from 0 at the top left. May be empty. */
export interface CellArea {
  readonly column: number;
  readonly row: number;
  readonly widthCells: number;
  readonly heightCells: number;
}

/** No cells. */
export const NO_AREA: CellArea = { column: 0, row: 0, widthCells: 0, heightCells: 0 };

/** Whether a cell lies in an area. */
export function isInside(area: CellArea, column: number, row: number): boolean {
  return row >= area.row && row < area.row + area.heightCells &&
    column >= area.column && column < area.column + area.widthCells;
}

/** Whether there is no cell in it. */
export function isEmptyArea(area: CellArea): boolean {
  return area.widthCells <= 0 || area.heightCells <= 0;
}
