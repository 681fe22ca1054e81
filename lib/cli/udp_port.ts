/** The UDP port that a person names for direct connections, as the seeds' client is called (row S3.02). */

import { UsageError } from "../base/errors.ts";
import { parseUdpPort } from "../client/direct/direct_config.ts";
import type { ArgumentSpec } from "../commands/command_table.ts";

/** The last word of a call. */
export const UDP_PORT: ArgumentSpec = {
  name: "UDP_PORT",
  summary: "this machine's port for direct connections (default: any free one)",
  required: false,
};

/** Undefined where none is named. Throws UsageError. */
export function readUdpPort(text: string | undefined): number | undefined {
  const port = text === undefined ? undefined : parseUdpPort(text);
  if (text === undefined || port !== undefined) return port;
  throw new UsageError("bad-port", "The UDP port is a number from 1 to 65535, like 8001");
}
