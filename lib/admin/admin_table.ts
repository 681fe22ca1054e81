/** The verbs of the server program, as data, and the program that they make. */

import { COMMIT, spellVersion, VERSION } from "../base/version.ts";
import { type CommandSpec, CommandTable } from "../commands/command_table.ts";
import { completionRows, completionScript } from "../commands/completion/completion_rows.ts";
import { EXIT } from "../commands/exit_code.ts";
import type { ProgramSpec } from "../commands/program_help.ts";
import { PROTOCOL_VERSIONS, spellVersions } from "../protocol/versions.ts";
import {
  completionFile,
  installCompletion,
  removeCompletion,
  shellOf,
} from "../storage/completion_file.ts";
import { readThirdPartyLicenses } from "../storage/third_party_licenses.ts";
import { type AdminCommand, JSON_OPTION, jsonLine } from "./admin_command.ts";
import { serverFolders } from "./admin_io.ts";
import { BACKUP } from "./backup.ts";
import { RESTORE } from "./restore.ts";
import { CA_ROTATE, CA_SHOW } from "./ca.ts";
import { NODE_KEY_VERBS } from "./node_keys.ts";
import { CONFIG_VERBS } from "./config_verbs.ts";
import { CONSOLE_VERB } from "./console/console_verb.ts";
import { MOVE } from "./move.ts";
import { DATA_VERBS } from "./operator_verbs.ts";
import { SERVE } from "./serve.ts";
import { STATUS } from "./status.ts";

// The server program's commands of completion. It has no names to offer: whose accounts there are is no business of a shell.

const NAME = "heliograph-server";

/** `program` has these commands itself: it is asked for when one runs. */
function completionCommands(
  program: () => ProgramSpec<CommandSpec>,
): readonly AdminCommand[] {
  const rows = completionRows(NAME, "Server");
  const script = (shell: Parameters<typeof completionScript>[1]) =>
    completionScript(program(), shell, { hasNames: false });
  return [
    {
      ...rows.print,
      async run(io, values) {
        await io.out(script(shellOf(values.required("SHELL"), io)).trimEnd());
        return EXIT.done;
      },
    },
    {
      ...rows.install,
      async run(io, values) {
        const file = completionFile(NAME, values.argument("SHELL"), io);
        await io.out(await installCompletion(file, script(file.shell)));
        return EXIT.done;
      },
    },
    {
      ...rows.remove,
      async run(io, values) {
        const file = completionFile(NAME, values.argument("SHELL"), io);
        await io.out(await removeCompletion(file));
        return EXIT.done;
      },
    },
  ];
}

const PATHS: AdminCommand = {
  name: "paths",
  group: "Server",
  summary: "show where the server keeps its files",
  options: [JSON_OPTION],
  examples: [{ line: "paths", summary: "prints the folders" }],
  async run(io, values) {
    const folders = serverFolders(io);
    if (values.has("--json")) await io.out(jsonLine("paths", folders));
    else {
      for (const [kind, path] of Object.entries(folders)) {
        await io.out(`${kind.padEnd(8)} ${path}`);
      }
    }
    return EXIT.done;
  },
};

const VERSION_VERB: AdminCommand = {
  name: "version",
  group: "Server",
  summary: "show version and machine, for a bug report",
  details: "--version prints name and number alone.",
  options: [JSON_OPTION],
  examples: [{ line: "version", summary: "version, commit, protocol, Deno and machine" }],
  async run(io, values) {
    const { deno, v8 } = Deno.version;
    const { os, arch } = Deno.build;
    const protocol = spellVersions(PROTOCOL_VERSIONS);
    const facts = {
      program: "heliograph-server",
      version: VERSION,
      commit: COMMIT,
      protocol,
      deno,
      v8,
      os,
      arch,
    };
    await io.out(
      values.has("--json")
        ? jsonLine("version", facts)
        : `heliograph-server ${spellVersion()}, protocol ${protocol}, Deno ${deno}, V8 ${v8}, ${os} ${arch}`,
    );
    return EXIT.done;
  },
};

const LICENSES: AdminCommand = {
  name: "licenses",
  group: "Server",
  summary: "print the licences of everything in this program",
  details:
    "Those of each package, of the JPEG decoder and of the runtime, with their texts. Heliograph itself is under the MIT licence.",
  examples: [{ line: "licenses | less", summary: "read them page by page" }],
  async run(io) {
    await io.out((await readThirdPartyLicenses()).trimEnd());
    return EXIT.done;
  },
};

/** Feeds the command line, help, man pages and completions. */
export const ADMIN_TABLE: CommandTable<AdminCommand> = new CommandTable([
  SERVE,
  ...CONFIG_VERBS,
  CONSOLE_VERB,
  STATUS,
  PATHS,
  VERSION_VERB,
  LICENSES,
  ...completionCommands(() => ADMIN_PROGRAM),
  BACKUP,
  RESTORE,
  MOVE,
  CA_ROTATE,
  CA_SHOW,
  ...NODE_KEY_VERBS,
  ...DATA_VERBS,
]);

/** The whole command line of the server program. */
export const ADMIN_PROGRAM: ProgramSpec<AdminCommand> = {
  name: "heliograph-server",
  version: VERSION,
  summary: "The server of Heliograph: stores encrypted messages, plays its own videos",
  table: ADMIN_TABLE,
  options: [],
};
