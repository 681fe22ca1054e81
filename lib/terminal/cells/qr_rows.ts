/** QR codes (ISO/IEC 18004) in half blocks: two modules in a cell, one above the other. Pure. */

import encodeQR from "qr";
import { type SafeText, safeText } from "../../base/safe_text.ts";

/** Modules around it that stay light: half of what the standard asks for, which every camera was content with. */
const BORDER_MODULES = 2;

/**
 * A QR code of `text`, a row of cells each. `ink`: which modules are drawn; dark ones are to be shown dark on light, light ones
 * light on dark, as most terminals are where nothing sets their colours. Throws what the encoder throws for a text that is too
 * long (2,953 bytes).
 */
export function qrRows(text: string, ink: "dark" | "light" = "dark"): readonly SafeText[] {
  const encoded: boolean[][] = encodeQR(text, "raw", { ecc: "low", border: BORDER_MODULES });
  const modules = ink === "dark" ? encoded : encoded.map((row) => row.map((isDark) => !isDark));
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
