/** How a cell looks. Colours are places of the terminal's own palette, so that a person's theme stays theirs. */

declare const brand: unique symbol;

/** Parameters of SGR (ECMA-48 §8.3.117), e.g. `1;36`; empty for the terminal's own look. Made by `cellStyle` only. */
export type CellStyle = string & { readonly [brand]: true };

/** What a style is made of. What is left out is as the terminal has it. */
export interface StyleFacts {
  /** 0–255. */
  readonly foreground?: number;
  /** 0–255. */
  readonly background?: number;
  readonly bold?: boolean;
  readonly dim?: boolean;
  readonly italic?: boolean;
  readonly underline?: boolean;
  readonly reverse?: boolean;
}

/** The terminal's own look. */
export const DEFAULT_STYLE: CellStyle = cellStyle({});

/** A style from its parts. Equal parts make equal styles. */
export function cellStyle(facts: StyleFacts): CellStyle {
  const parameters: string[] = [];
  if (facts.bold) parameters.push("1");
  if (facts.dim) parameters.push("2");
  if (facts.italic) parameters.push("3");
  if (facts.underline) parameters.push("4");
  if (facts.reverse) parameters.push("7");
  if (facts.foreground !== undefined) parameters.push(colour(facts.foreground, 30));
  if (facts.background !== undefined) parameters.push(colour(facts.background, 40));
  // The one place where the brand is given.
  return parameters.join(";") as CellStyle;
}

/** The first 16 by the codes that every terminal knows (aixterm's for the bright ones). */
function colour(place: number, base: 30 | 40): string {
  if (place < 8) return `${base + place}`;
  if (place < 16) return `${base + 60 + place - 8}`;
  return `${base + 8};5;${place}`;
}
