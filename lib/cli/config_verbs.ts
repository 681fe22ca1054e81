/** Verbs about the person's file of settings: show it, write it in their editor. */

import { parse, TomlError } from "smol-toml";
import { utf8 } from "../base/bytes.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import { writeFileAtomically } from "../storage/atomic_file.ts";
import { makePrivateFolder } from "../storage/private_files.ts";
import { editElsewhere } from "../terminal/external_editor.ts";
import { configPath, readConfig } from "./config_file.ts";
import type { Context } from "./context.ts";
import type { Verb } from "./verb.ts";

/** What a file begins with that was not there. */
const BEGINNING =
  '# Settings of heliograph. Anything left out has its default.\n#\n# [screen]\n# theme = "dark"\n# notify = "both"\n# quiet_hours = "22:00-07:00"\n# highlight = ["deploy", "on call"]\n#\n# [keys]\n# preset = "vi"\n#\n# [files]\n# inbox = "~/Downloads/heliograph"\n';

const COMMON = { group: "This machine", keepsNoLog: () => true } as const;

const show: Verb = {
  ...COMMON,
  name: "config show",
  summary: "print your settings and where they are",
  examples: [{ line: "config show", summary: "config.toml as it is" }],
  async run({ output, options: { folders } }) {
    const path = configPath(folders.config);
    const text = await readConfig(folders.config);
    if (output.isJson) await output.object("config", { path, text });
    else {
      await output.note(
        text === "" ? `${path} does not exist yet: all settings have their defaults` : path,
      );
      if (text !== "") await output.page(text);
    }
    return EXIT.done;
  },
};

const edit: Verb = {
  ...COMMON,
  name: "config edit",
  summary: "edit your settings in $EDITOR",
  details:
    "Running programs use them after a restart. If the file has mistakes, you see them, and the file stays as you wrote it.",
  exitCodes: [11],
  examples: [{ line: "config edit", summary: "opens config.toml" }],
  async run(context) {
    const { folders } = context.options;
    const path = configPath(folders.config);
    const before = await readConfig(folders.config);
    const edited = await editElsewhere(before === "" ? BEGINNING : before, {
      env: (name) => Deno.env.get(name),
      folder: folders.runtime,
    });
    if (!edited.ok) {
      await context.output.note(edited.problem);
      return EXIT.missingExternal;
    }
    const text = `${edited.text}\n`;
    if (text === before || before === "" && text === BEGINNING) {
      await context.output.note("Nothing changed");
      return EXIT.done;
    }
    await makePrivateFolder(folders.config);
    await writeFileAtomically(path, utf8(text));
    return await judge(context, path, text);
  },
};

async function judge({ output }: Context, path: string, text: string): Promise<ExitCode> {
  try {
    parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    await output.note(
      `Saved ${path}. Line ${error.line} is not valid TOML: no setting applies until that is fixed`,
    );
    return EXIT.usage;
  }
  await output.note(`Saved ${path}. It applies from the next start on`);
  return EXIT.done;
}

/** `config show`, `config edit`. */
export const CONFIG_VERBS: readonly Verb[] = [show, edit];
