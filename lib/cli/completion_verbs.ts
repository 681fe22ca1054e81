/** The verbs of completion. */

import type { CommandSpec } from "../commands/command_table.ts";
import { completionRows, completionScript } from "../commands/completion/completion_rows.ts";
import { EXIT } from "../commands/exit_code.ts";
import type { ProgramSpec } from "../commands/program_help.ts";
import {
  completionFile,
  installCompletion,
  removeCompletion,
  shellOf,
} from "../storage/completion_file.ts";
import type { Context } from "./context.ts";
import type { Verb } from "./verb.ts";

const ENV = { env: (name: string) => Deno.env.get(name) };
const NAME = "heliograph";

/** `program` has these verbs itself: it is asked for when one runs. */
export function completionVerbs(program: () => ProgramSpec<CommandSpec>): readonly Verb[] {
  const rows = completionRows(NAME, "This machine");
  const script = (shell: Parameters<typeof completionScript>[1]) =>
    completionScript(program(), shell, { hasNames: true });
  const keepsNoLog = () => true;
  return [
    {
      ...rows.print,
      keepsNoLog,
      async run({ output }, values) {
        const shell = shellOf(values.required("SHELL"), ENV);
        if (output.isJson) await output.object("completion", { shell, script: script(shell) });
        else await output.page(script(shell));
        return EXIT.done;
      },
    },
    {
      ...rows.install,
      keepsNoLog,
      async run(context, values) {
        const file = completionFile(NAME, values.argument("SHELL"), ENV);
        const words = await installCompletion(file, script(file.shell));
        return await tell(context, { ...file, installed: true }, words);
      },
    },
    {
      ...rows.remove,
      keepsNoLog,
      async run(context, values) {
        const file = completionFile(NAME, values.argument("SHELL"), ENV);
        const words = await removeCompletion(file);
        return await tell(context, { ...file, installed: false }, words);
      },
    },
  ];
}

async function tell(
  { output }: Context,
  fields: Readonly<Record<string, unknown>>,
  words: string,
): Promise<typeof EXIT.done> {
  if (output.isJson) await output.object("completion", fields);
  else await output.page(`${words}\n`);
  return EXIT.done;
}
