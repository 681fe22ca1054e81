/** A verb of the client's command line: a row of the command table that can run. */

import type { CommandSpec, OptionSpec } from "../commands/command_table.ts";
import type { CommandValues } from "../commands/command_values.ts";
import type { ExitCode } from "../commands/exit_code.ts";
import type { Context } from "./context.ts";
import type { ServerChoice } from "./server_choice.ts";

/** A command with what it does. `run` throws what went wrong; `describeThrown` puts it into words. */
export interface Verb extends CommandSpec {
  /** Whether it shall leave nothing behind, so that no log is kept of it. */
  keepsNoLog?(values: CommandValues, context: Context): boolean | Promise<boolean>;
  /** The server that its arguments name, in place of `--server`. Throws UsageError. */
  server?(values: CommandValues): ServerChoice | undefined;
  /** The UDP port that its arguments name, for direct connections. Throws UsageError. */
  udpPort?(values: CommandValues): number | undefined;
  run(context: Context, values: CommandValues): Promise<ExitCode>;
}

/** Options that every verb takes. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  {
    flag: "--profile",
    valueName: "NAME",
    takes: "profile",
    summary: "your profile (default: the one named default)",
  },
  { flag: "--server", valueName: "HOST:PORT", summary: "the server to use" },
  {
    flag: "--tls",
    valueName: "MODE",
    choices: ["auto", "off"],
    summary: "off is possible for a server on this machine only",
  },
  { flag: "--json", summary: "write one JSON object per line on standard output" },
  { flag: "--plain", summary: "only append lines, without any escape sequence" },
  { flag: "--quiet", summary: "write only errors to standard error" },
  { flag: "--no-input", summary: "never ask anything" },
  {
    flag: "--simulate",
    valueName: "LINE",
    summary:
      "simulate a worse line to the server, e.g. rate=256k,rtt=300ms,loss=2%: for tests and reports",
  },
  {
    flag: "--token-file",
    valueName: "FILE",
    summary: "the token of a bot's device (default: the file token in the profile's folder)",
  },
];
