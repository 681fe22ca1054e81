/** The floor under coverage: modules whose mistakes nobody would see on a screen (craft guide §7). */

import { relative } from "node:path";
import { moduleOf } from "../tests/tools/layers.ts";
import { run } from "./process.ts";
import { MEASURED_MODULES } from "./test_groups.ts";

/** Share of the lines of a module that the measured test groups must reach. */
const FLOOR = 0.95;

/** Judges what the runs left in `folders`. Returns "" when every module is above the floor. */
export async function judgeCoverage(root: string, folders: readonly string[]): Promise<string> {
  const command = [Deno.execPath(), "coverage", "--lcov", ...folders];
  const { output, success } = await run(command, { cwd: root });
  if (!success) return output;
  return judgeLines(root, output);
}

/** Judges an lcov report: `SF:file`, `DA:line,count`. */
export function judgeLines(root: string, lcov: string): string {
  const modules = new Map<string, { lines: number; reached: number; missing: string[] }>();
  for (const record of lcov.split("end_of_record")) {
    const path = relative(root, record.match(/^SF:(.*)$/m)?.[1] ?? "").replaceAll("\\", "/");
    const module = moduleOf(path);
    if (module === undefined || !MEASURED_MODULES.includes(module)) continue;
    const counts = [...record.matchAll(/^DA:\d+,(\d+)$/gm)].map(([, count]) => Number(count));
    const reached = counts.filter((count) => count > 0).length;
    const sum = modules.get(module) ?? { lines: 0, reached: 0, missing: [] };
    sum.lines += counts.length;
    sum.reached += reached;
    if (reached < counts.length) {
      sum.missing.push(`  ${path}: ${counts.length - reached} not reached`);
    }
    modules.set(module, sum);
  }
  return MEASURED_MODULES.flatMap((module) => {
    const { lines, reached, missing } = modules.get(module) ??
      { lines: 0, reached: 0, missing: [] };
    if (lines > 0 && reached / lines >= FLOOR) return [];
    const share = lines === 0 ? "0" : (100 * reached / lines).toFixed(1);
    return [`lib/${module}: ${share} % of the lines, floor is ${FLOOR * 100} %`, ...missing];
  }).join("\n");
}
