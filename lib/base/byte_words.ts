/** Sizes in words: one form for all that people read. Pure. */

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** `4,097 B`, `12.3 MB`: decimal units, as file managers show them. */
export function formatBytes(bytes: number): string {
  if (bytes < 10_000) return `${bytes.toLocaleString("en")} B`;
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 99.95 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`;
}

/** `156/300 MB`: a part of all, in the unit of all. */
export function formatBytesOf(bytes: number, totalBytes: number): string {
  const total = formatBytes(totalBytes);
  const [value, unit] = total.split(" ");
  const part = totalBytes === 0 ? 0 : bytes / totalBytes * Number(value.replaceAll(",", ""));
  const digits = value.includes(".") ? 1 : 0;
  return `${part.toLocaleString("en", digitsOf(digits))}/${value} ${unit}`;
}

function digitsOf(count: number): Intl.NumberFormatOptions {
  return { minimumFractionDigits: count, maximumFractionDigits: count };
}
