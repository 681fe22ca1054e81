/** `serve` as a row of the table. */

import type { OptionSpec } from "../commands/command_table.ts";
import { type Setting, SETTINGS } from "../server/config/settings.ts";
import type { AdminCommand } from "./admin_command.ts";
import { CONFIG_OPTION } from "./config_verbs.ts";
import { serve } from "./serve.ts";
import { SIMULATE_OPTION } from "./serve_settings.ts";

function optionOf({ key, valueName, summary, type }: Setting): OptionSpec {
  const choices = type.is === "choice" ? { choices: type.choices } : {};
  return { flag: `--${key}`, summary, ...choices, ...(valueName && { valueName }) };
}

/** No setting: `listen` has it. */
const PORT_OPTION: OptionSpec = {
  flag: "--port",
  valueName: "PORT",
  summary: "the same as PORT; with --listen HOST on that address alone",
};

/** The verb. Its other options are the settings. */
export const SERVE: AdminCommand = {
  name: "serve",
  group: "Server",
  summary: "run the server until a signal ends it",
  details:
    "Prints its address, its fingerprint and an invite once it accepts connections. Logs go to standard error. On a terminal " +
    "it takes commands of its console, 'heliograph-server console' says more. " +
    "SIGHUP reads certificate and configuration again, unless standard input is a terminal. SIGTERM and ctrl-C tell the clients, wait up to ten seconds for them, and end with 0; a second signal ends at once.",
  arguments: [
    { name: "PORT", summary: "port on all addresses, 0 for any free one", required: false },
    { name: "ATTEMPTS", summary: "the same as --login-attempts", required: false },
  ],
  options: [CONFIG_OPTION, PORT_OPTION, SIMULATE_OPTION, ...SETTINGS.map(optionOf)],
  examples: [
    { line: "serve", summary: "on port 9797 of all addresses" },
    { line: "serve 4000 3", summary: "on port 4000, with three attempts to sign in" },
    {
      line: "serve --listen 127.0.0.1:0 --ready-file ready.json",
      summary: "for this machine only, on any free port",
    },
  ],
  exitCodes: [5, 7, 10, 11, 75],
  run: serve,
};
