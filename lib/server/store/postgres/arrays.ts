/** Lists as parameters. The client would need the server's table of types for them; as text the server reads them itself. */

/** For a parameter that is cast to `text[]`. */
export function textArray(texts: readonly string[]): string {
  return `{${texts.map((text) => `"${text.replace(/["\\]/g, "\\$&")}"`).join(",")}}`;
}

/** For a parameter that is cast to `bigint[]` or `int[]`. */
export function integerArray(integers: readonly (number | undefined)[]): string {
  return `{${integers.map((integer) => integer ?? "NULL").join(",")}}`;
}
