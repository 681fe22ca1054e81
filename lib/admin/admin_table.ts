/** The verbs of the server program, as data. */

import { CommandTable } from "../commands/command_table.ts";
import { EXIT } from "../commands/exit_code.ts";
import { readThirdPartyLicenses } from "../storage/third_party_licenses.ts";
import { type AdminCommand, DATA_OPTION, JSON_OPTION } from "./admin_command.ts";
import { CARE_COMMANDS } from "./maintenance_commands.ts";
import { DATA_VERBS } from "./operator_verbs.ts";
import { showPaths } from "./places.ts";
import { RUNNING_VERBS } from "./running_verbs.ts";
import { status } from "./status.ts";

const STATUS: AdminCommand = {
  name: "status",
  group: "Server",
  summary: "say whether the server runs and answers, and what it is",
  options: [DATA_OPTION, JSON_OPTION],
  examples: [{ line: "status --json", summary: "for a health check; 5 when it does not run" }],
  exitCodes: [5],
  run: status,
};

const PATHS: AdminCommand = {
  name: "paths",
  group: "Server",
  summary: "say where the server keeps its files",
  options: [JSON_OPTION],
  examples: [{ line: "paths", summary: "show the folders" }],
  run: showPaths,
};

const LICENSES: AdminCommand = {
  name: "licenses",
  group: "Server",
  summary: "print the licences of all that is in this program",
  details:
    "Of each package, of the JPEG decoder and of the runtime, with their texts. Heliograph itself is under the MIT licence.",
  examples: [{ line: "licenses | less", summary: "read them page by page" }],
  async run(io) {
    await io.out((await readThirdPartyLicenses()).trimEnd());
    return EXIT.done;
  },
};

/** Feeds the command line, help, man pages and completions. */
export const ADMIN_TABLE: CommandTable<AdminCommand> = new CommandTable([
  ...RUNNING_VERBS,
  STATUS,
  PATHS,
  LICENSES,
  ...CARE_COMMANDS,
  ...DATA_VERBS,
]);
