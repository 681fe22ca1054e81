/** The floor under coverage: rooms whose mistakes nobody would see on a screen (craft guide §7). */

import { relative } from "node:path";
import { roomOf } from "../tests/tools/floors.ts";
import { run } from "./process.ts";
import { MEASURED_ROOMS } from "./test_groups.ts";

/** Share of the lines of a room that the measured test groups must reach. */
const FLOOR = 0.95;

/** Judges what the runs left in `folders`. Returns "" when every room is above the floor. */
export async function judgeCoverage(root: string, folders: readonly string[]): Promise<string> {
  const command = [Deno.execPath(), "coverage", "--lcov", ...folders];
  const { output, success } = await run(command, { cwd: root });
  if (!success) return output;
  return judgeLines(root, output);
}

/** Judges an lcov report: `SF:file`, `DA:line,count`. */
export function judgeLines(root: string, lcov: string): string {
  const rooms = new Map<string, { lines: number; reached: number; missing: string[] }>();
  for (const record of lcov.split("end_of_record")) {
    const path = relative(root, record.match(/^SF:(.*)$/m)?.[1] ?? "").replaceAll("\\", "/");
    const room = roomOf(path);
    if (room === undefined || !MEASURED_ROOMS.includes(room)) continue;
    const counts = [...record.matchAll(/^DA:\d+,(\d+)$/gm)].map(([, count]) => Number(count));
    const reached = counts.filter((count) => count > 0).length;
    const sum = rooms.get(room) ?? { lines: 0, reached: 0, missing: [] };
    sum.lines += counts.length;
    sum.reached += reached;
    if (reached < counts.length) {
      sum.missing.push(`  ${path}: ${counts.length - reached} not reached`);
    }
    rooms.set(room, sum);
  }
  return MEASURED_ROOMS.flatMap((room) => {
    const { lines, reached, missing } = rooms.get(room) ?? { lines: 0, reached: 0, missing: [] };
    if (lines > 0 && reached / lines >= FLOOR) return [];
    const share = lines === 0 ? "0" : (100 * reached / lines).toFixed(1);
    return [`lib/${room}: ${share} % of the lines, floor is ${FLOOR * 100} %`, ...missing];
  }).join("\n");
}
