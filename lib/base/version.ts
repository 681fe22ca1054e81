/** The version of the programs, apart from that of the wire (`protocol/versions`). */

/** The same as in deno.json; a test compares them. */
export const VERSION = "0.1.0";

/** The bundler puts it in (decision 0096); from source there is none. */
declare const HELIOGRAPH_COMMIT: string | undefined;

/** What it was compiled from: 40 digits, and ` with changes` when the source was not that of the commit. */
export const COMMIT: string | undefined = typeof HELIOGRAPH_COMMIT === "string"
  ? HELIOGRAPH_COMMIT
  : undefined;

/** `0.1.0 (1a2b3c4d5e6f)`; without the commit where none is known. */
export function spellVersion(commit = COMMIT): string {
  if (commit === undefined) return VERSION;
  const [hash, ...rest] = commit.split(" ");
  return `${VERSION} (${[hash.slice(0, 12), ...rest].join(" ")})`;
}
