/** How many may use an invite, and for how long: the same for whoever makes one, a person or the operator. */

import { UsageError } from "../base/errors.ts";
import type { OptionSpec } from "./command_table.ts";
import type { CommandValues } from "./command_values.ts";
import { parseDuration } from "./when.ts";

/** `itsOwn`: in words, the address that it has when none is named. */
export function inviteOptions(itsOwn: string): readonly OptionSpec[] {
  return [
    { flag: "--uses", valueName: "N", summary: "how many accounts it is good for (default: 1)" },
    { flag: "--expires", valueName: "TIME", summary: "such as 30m, 12h or 7d (default: 7d)" },
    {
      flag: "--address",
      valueName: "HOST:PORT",
      summary: `the address that others use, if it is not ${itsOwn}`,
    },
  ];
}

/** Reads `--uses`. Throws UsageError. */
export function readUses(values: CommandValues, most: number): number {
  const text = values.option("--uses") ?? "1";
  const uses = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (uses >= 1 && uses <= most) return uses;
  throw new UsageError("bad-number", `Cannot use --uses ${text}: allowed are 1 to ${most}`);
}

const EXPIRES_MAX_MS = 365 * 86_400_000;

/** Reads `--expires`: from a second to a year. Throws UsageError `bad-duration`. */
export function readExpires(values: CommandValues, usual = "7d"): number {
  const text = values.option("--expires") ?? usual;
  const ms = parseDuration(text) ?? 0;
  if (ms >= 1000 && ms <= EXPIRES_MAX_MS) return ms;
  throw new UsageError(
    "bad-duration",
    `Cannot use --expires ${text}: write 30m, 12h or 7d, at most 365d`,
  );
}
