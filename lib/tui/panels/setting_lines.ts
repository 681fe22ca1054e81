/** Settings in columns: what it is called, what it is now, and what it is about. Pure. */

import { type SafeText, safeText } from "../../base/safe_text.ts";
import { layOutLines } from "../../terminal/cells/text_layout.ts";
import { textWidthCells, truncateToWidth } from "../../terminal/cells/text_width.ts";
import type { FileValue } from "../settings/file_settings.ts";

/** How wide the columns are. */
export interface SettingColumns {
  readonly nameCells: number;
  readonly valueCells: number;
  /** What is about it stands below where there is too little room beside. */
  readonly isBeside: boolean;
  readonly aboutCells: number;
}

/** A word or two of an explanation fit. */
const MIN_ABOUT_CELLS = 12;
/** Longer values go on in the next line. */
const MAX_VALUE_CELLS = 19;
/** The sign of what is chosen, and what is free between columns. */
const GAPS_CELLS = 6;

/** For all rows of a page of so many cells. */
export function columnsOf(all: readonly FileValue[], widthCells: number): SettingColumns {
  const widest = (texts: readonly string[]) =>
    Math.max(...texts.map((text) => textWidthCells(safeText(text))));
  const nameCells = Math.min(widest(all.map(({ name }) => name)), Math.floor(widthCells / 2));
  const valueCells = Math.min(widest(all.map(({ value }) => value)), MAX_VALUE_CELLS);
  const besideCells = widthCells - nameCells - valueCells - GAPS_CELLS - 1;
  const isBeside = besideCells >= MIN_ABOUT_CELLS;
  return isBeside ? { nameCells, valueCells, isBeside, aboutCells: besideCells } : {
    nameCells,
    isBeside,
    valueCells: Math.max(2, widthCells - nameCells - 5),
    aboutCells: Math.max(2, widthCells - 5),
  };
}

/** A setting in as many lines as it takes: what it is and what is about it are never cut. */
export function settingLines(
  { name, value, about }: FileValue,
  { nameCells, valueCells, isBeside, aboutCells, isSelected }: SettingColumns & {
    readonly isSelected: boolean;
  },
): readonly string[] {
  const broken = (text: string, widthCells: number) =>
    layOutLines(safeText(text), { widthCells, indentCells: 0 });
  const padded = (text: string, cells: number) =>
    text + " ".repeat(Math.max(0, cells - textWidthCells(safeText(text))));
  const names = broken(name, nameCells);
  const values = broken(value, valueCells);
  const abouts = broken(about, aboutCells);
  const lines = Math.max(names.length, values.length, isBeside ? abouts.length : 0);
  const shown = Array.from({ length: lines }, (_, i) => {
    const begin = `${isSelected && i === 0 ? "▸" : " "} ${padded(names[i] ?? "", nameCells)}`;
    const line = `${begin}  ${padded(values[i] ?? "", valueCells)}`;
    return isBeside ? `${line}  ${abouts[i] ?? ""}` : line;
  });
  return isBeside ? shown : [...shown, ...abouts.map((line) => `    ${line}`)];
}

/** Words on a ground that reaches to the edge. */
export function filled(words: string, widthCells: number): SafeText {
  const text = truncateToWidth(safeText(words), Math.max(1, widthCells));
  return safeText(text + " ".repeat(Math.max(0, widthCells - textWidthCells(text))));
}
