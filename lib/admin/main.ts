/** The server's command line: from the arguments to a verb, and from whatever it ended with to an exit code. */

import { parseArgv } from "../commands/commander_adapter.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import { ADMIN_PROGRAM, ADMIN_TABLE } from "./admin_table.ts";
import { CONSOLE_TABLE } from "./console/console_table.ts";
import { exampleAfter, explainFailure } from "./failure_words.ts";
import { JSON_OPTION, jsonLine } from "./admin_command.ts";
import type { AdminIo } from "./admin_io.ts";

/** Runs the program and returns its exit code. Everything is closed then. */
export async function runAdmin(args: readonly string[], io: AdminIo): Promise<ExitCode> {
  const outcome = await parseArgv(ADMIN_PROGRAM, args);
  switch (outcome.kind) {
    case "text":
      await io.out(outcome.text.trimEnd());
      return EXIT.done;
    case "usage":
      await io.note(outcome.message);
      if (isOnConsole(args)) {
        await io.note(`On the server's console: heliograph-server console ${args.join(" ")}`);
      }
      return EXIT.usage;
  }
  const { row, values } = outcome;
  // Only `serve` has a use for native code, and gives the permission up itself after it (SR-74).
  if (row.name !== "serve") await Deno.permissions.revoke({ name: "ffi" });
  try {
    return await row.run(io, values);
  } catch (error) {
    const { text, exit } = explainFailure(error);
    const isJson = row.options.includes(JSON_OPTION) && values.has("--json");
    if (isJson) await io.out(jsonLine("error", { code: exit, message: text }));
    await io.note(text);
    const example = exampleAfter(error, row);
    if (example !== undefined) await io.note(`Example: ${ADMIN_PROGRAM.name} ${example}`);
    return exit;
  }
}

/** Whether that is no command of this program, but one of the console. */
function isOnConsole(args: readonly string[]): boolean {
  const isOwn = ADMIN_TABLE.spellings.some((spelling) => spelling.split(" ")[0] === args[0]);
  return !isOwn && CONSOLE_TABLE.find(args) !== undefined;
}
