/**
 * An upload as pieces that never change once they are there, so that several nodes may write and read it. Whoever begins to
 * write makes an opening, by an empty piece where it begins; the last opening counts from there on, and what an earlier one
 * still writes does not. Pure.
 */

/** One piece, as its name tells. */
export interface Piece {
  readonly name: string;
  /** Of which opening; later ones compare greater. */
  readonly opening: string;
  readonly offset: number;
  /** 0: here its opening begins. */
  readonly length: number;
}

/** What of a piece counts. */
export interface Part {
  readonly piece: Piece;
  readonly endBytes: number;
}

/** An upload as it is now. */
export interface Layout {
  /** In order. What lies between two reads as zeros. */
  readonly parts: readonly Part[];
  readonly sizeBytes: number;
}

const OPENING_DIGITS = 8;
const PIECE_NAME =
  /^[0-9a-f]{32}\/([0-9]{8}-[0-9a-f]{16})-(0|[1-9][0-9]{0,14})-(0|[1-9][0-9]{0,7})$/;

/** `ID/OPENING-OFFSET-LENGTH`. */
export function pieceName(id: string, piece: Omit<Piece, "name">): string {
  return `${id}/${piece.opening}-${piece.offset}-${piece.length}`;
}

/** Undefined for what is none of ours. */
export function parsePiece(name: string): Piece | undefined {
  const [, opening, offset, length] = PIECE_NAME.exec(name) ?? [];
  if (opening === undefined) return undefined;
  return { name, opening, offset: Number(offset), length: Number(length) };
}

/** One later than all that there are. `random`: 16 hexadecimal digits, so that no two are the same. */
export function nextOpening(pieces: readonly Piece[], random: string): string {
  const last = pieces.reduce((most, { opening }) => opening > most ? opening : most, "0");
  return `${String(Number(last.split("-")[0]) + 1).padStart(OPENING_DIGITS, "0")}-${random}`;
}

/** Whether nobody has opened it later. */
export function isLast(opening: string, pieces: readonly Piece[]): boolean {
  return pieces.every((piece) => piece.length > 0 || piece.opening <= opening);
}

/** Undefined where nothing was begun: what an opening that was removed still writes is nothing. */
export function layOut(pieces: readonly Piece[]): Layout | undefined {
  const beginnings = pieces.filter(({ length }) => length === 0)
    .sort((a, b) => a.opening > b.opening ? -1 : 1);
  const parts: Part[] = [];
  let limitBytes = Infinity;
  let sizeBytes: number | undefined;
  for (const { opening, offset } of beginnings) {
    let at = offset;
    const own = pieces.filter((piece) => piece.opening === opening && piece.length > 0)
      .sort((a, b) => a.offset - b.offset);
    for (const piece of own) {
      // What is missing before it was never stored.
      if (piece.offset !== at) break;
      at += piece.length;
      if (piece.offset < limitBytes) parts.push({ piece, endBytes: Math.min(at, limitBytes) });
    }
    sizeBytes ??= at;
    limitBytes = Math.min(limitBytes, offset);
  }
  if (sizeBytes === undefined) return undefined;
  return { parts: parts.sort((a, b) => a.piece.offset - b.piece.offset), sizeBytes };
}
