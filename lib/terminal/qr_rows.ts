/** QR codes (ISO/IEC 18004) in half blocks: two modules in a cell, one above the other. Pure. */

import encodeQR from "qr";
import { type SafeText, safeText } from "./safe_text.ts";

/** Modules around it that stay light: half of what the standard asks for, which every camera was content with. */
const BORDER_MODULES = 2;

/**
 * A QR code of `text`, a row of cells each, dark modules as ink: to be shown dark on light. Throws what the encoder throws for
 * a text that is too long (2,953 bytes).
 */
export function qrRows(text: string): readonly SafeText[] {
  const modules: boolean[][] = encodeQR(text, "raw", { ecc: "low", border: BORDER_MODULES });
  const rows: SafeText[] = [];
  for (let y = 0; y < modules.length; y += 2) {
    const upper = modules[y];
    const lower = modules[y + 1] ?? upper.map(() => false);
    rows.push(safeText(upper.map((isDark, x) => half(isDark, lower[x])).join("")));
  }
  return rows;
}

function half(upper: boolean, lower: boolean): string {
  if (upper) return lower ? "█" : "▀";
  return lower ? "▄" : " ";
}
