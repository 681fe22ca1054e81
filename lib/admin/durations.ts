/** How long something is good for, as an operator types it. */

import { UsageError } from "../base/errors.ts";

const UNIT_MS = { m: 60_000, h: 3600_000, d: 86_400_000 } as const;
const MAX_EXPIRES_MS = 365 * UNIT_MS.d;

/** `30m`, `12h`, `7d` of `--expires`; at most a year. Throws UsageError `bad-duration`. */
export function readExpires(text: string): number {
  const match = /^(\d{1,6})([mhd])$/.exec(text);
  // The pattern allows these three only.
  const ms = match === null ? 0 : Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
  if (ms > 0 && ms <= MAX_EXPIRES_MS) return ms;
  throw new UsageError(
    "bad-duration",
    `Cannot use --expires ${text}: write 30m, 12h or 7d, at most 365d`,
  );
}
