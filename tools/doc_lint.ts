/**
 * `deno doc --lint` over `lib/`, as far as it asks for what the craft guide asks for.
 *
 * It runs over all files at once, because a type that a file imports counts as private unless the file it comes from
 * is named too. `protocol/` is left out: the tool cannot read TypeBox types. Of what it reports,
 * - what misses counts for exported symbols, not for their members: a field called `perSecond` in a documented
 *   interface needs no sentence that repeats its name, nor a type that its value tells;
 * - `private-type-ref` does not count: a brand has to be private to be a brand.
 */

import { readFileSync } from "node:fs";
import { moduleOf } from "../tests/tools/layers.ts";
import { listSources } from "../tests/tools/graph.ts";
import { run } from "./process.ts";

/** Reports that count, one per line; "" when the documentation is complete. */
export async function lintDocs(root: string): Promise<string> {
  const files = listSources(root).filter((path) =>
    !["protocol", undefined].includes(moduleOf(path))
  );
  if (files.length === 0) return "";
  const { output, success } = await run([Deno.execPath(), "doc", "--lint", ...files], {
    cwd: root,
  });
  if (success) return "";
  const reports = [...output.matchAll(/^error\[([\w-]+)\]: (.*)\n\s*--> (.*):(\d+):(\d+)$/gm)];
  // It failed, but not over documentation: the reason is all that there is to show.
  if (reports.length === 0) return output;
  return reports
    .filter(([, kind, , path, line]) => counts(kind, lineOf(path, Number(line))))
    .map(([, kind, message, path, line]) => `${path}:${line}: ${message} (${kind})`)
    .join("\n");
}

/** Whether a report of this kind about this line of source counts. */
export function counts(kind: string, line: string): boolean {
  return kind !== "private-type-ref" && line.startsWith("export ");
}

function lineOf(path: string, line: number): string {
  return readFileSync(path, "utf8").split("\n")[line - 1] ?? "";
}
