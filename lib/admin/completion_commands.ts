/** The server program's commands of completion. It has no names to offer: whose accounts there are is no business of a shell. */

import type { CommandSpec } from "../commands/command_table.ts";
import { completionRows } from "../commands/completion/completion_rows.ts";
import { completionScript } from "../commands/completion/script.ts";
import { EXIT } from "../commands/exit_code.ts";
import type { ProgramSpec } from "../commands/program_help.ts";
import {
  completionFile,
  installCompletion,
  removeCompletion,
  shellOf,
} from "../storage/completion_file.ts";
import type { AdminCommand } from "./admin_command.ts";

const NAME = "heliograph-server";

/** `program` has these commands itself: it is asked for when one runs. */
export function completionCommands(
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
