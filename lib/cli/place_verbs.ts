/** Verbs that need no server: p2p, doctor, paths, config, version, licenses. */

import { utf8 } from "../base/bytes.ts";
import { isNoToml } from "../base/config_lines.ts";
import { COMMIT, spellVersion, VERSION } from "../base/version.ts";
import { protocolWords } from "../client/link/handshake.ts";
import { logPath } from "../client/logging.ts";
import type { CommandSpec } from "../commands/command_table.ts";
import { completionRows, completionScript } from "../commands/completion/completion_rows.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import type { ProgramSpec } from "../commands/program_help.ts";
import { writeFileAtomically } from "../storage/atomic_file.ts";
import {
  completionFile,
  installCompletion,
  removeCompletion,
  shellOf,
} from "../storage/completion_file.ts";
import { makePrivateFolder } from "../storage/private_files.ts";
import { readThirdPartyLicenses } from "../storage/third_party_licenses.ts";
import { editElsewhere } from "../terminal/programs/external_editor.ts";
import { configPath, readConfigToMend } from "./config_file.ts";
import { CONFIG_CURE, configProblemsOf } from "./config_problems.ts";
import type { Context } from "./context.ts";
import { DOCTOR_VERB } from "./doctor_verb.ts";
import { P2P_VERB } from "./p2p/p2p_verb.ts";
import type { Verb } from "./verb.ts";

// The verbs of completion.

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

// Verbs about the person's file of settings: show it, write it in their editor.

/** What a file begins with that was not there. */
const BEGINNING = `# Settings of heliograph. What is not said here is as usual.
#
# [screen]
# theme = "dark"
# notify = "both"
# quiet_hours = "22:00-07:00"
# highlight = ["deploy", "on call"]
#
# [keys]
# preset = "vi"
#
# [files]
# inbox = "~/Downloads/heliograph"
`;

const COMMON = { group: "This machine", keepsNoLog: () => true } as const;

const show: Verb = {
  ...COMMON,
  name: "config show",
  summary: "print your settings and where they are",
  examples: [{ line: "config show", summary: "config.toml as it is" }],
  async run(context) {
    const { output, options: { folders } } = context;
    const path = configPath(folders.config);
    const { text } = await readConfigToMend(folders.config);
    const problems = await configProblemsOf(context);
    if (output.isJson) await output.object("config", { path, text, problems });
    else {
      await output.note(
        text === "" ? `${path} does not exist yet: all settings have their defaults` : path,
      );
      if (text !== "") await output.page(text.endsWith("\n") ? text : `${text}\n`);
      for (const problem of problems) await output.note(problem);
      if (problems.length > 0) await output.note(CONFIG_CURE);
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
    const { text: before, problem } = await readConfigToMend(folders.config);
    const edited = await editElsewhere(before === "" ? BEGINNING : before, {
      env: (name) => Deno.env.get(name),
      folder: folders.runtime,
    });
    if (!edited.ok) {
      await context.output.note(edited.problem);
      return EXIT.missingExternal;
    }
    const text = `${edited.text}\n`;
    // What is not UTF-8 is written so, changed or not.
    if (problem === undefined && (text === before || before === "" && text === BEGINNING)) {
      await context.output.note("Nothing was changed");
      return EXIT.done;
    }
    await makePrivateFolder(folders.config);
    await writeFileAtomically(path, utf8(text));
    return await judge(context, path);
  },
};

async function judge(context: Context, path: string): Promise<ExitCode> {
  const { output } = context;
  const problems = await configProblemsOf(context);
  const isWhole = !problems.some(isNoToml);
  const applies = isWhole
    ? "It applies from the next start on"
    : "No setting applies until this is fixed";
  await output.note(`Saved ${path}. ${applies}`);
  for (const problem of problems) await output.note(problem);
  return problems.length === 0 ? EXIT.done : EXIT.usage;
}

const keys: Verb = {
  ...COMMON,
  name: "config keys",
  summary: "print the keys of the full screen, as you have bound them",
  details:
    "Each line has the name of an action for the table [keys] of config.toml, its keys, and what it does. A star behind a key: only on an empty line. Keys of a message, of the text and of a video are on the page of F1.",
  examples: [{ line: "config keys", summary: "one line per action" }],
  async run({ output, options: { openSettings, folders } }) {
    const settings = await openSettings?.(folders.config);
    const rows = await settings?.keys() ?? [];
    const shown = rows.map(({ keys }) =>
      keys.length > MOST_KEYS ? `${keys[0]} … ${keys.at(-1)}` : keys.join(", ")
    );
    const actionCells = Math.max(0, ...rows.map(({ action }) => action.length));
    const keyCells = Math.max(0, ...shown.map((text) => text.length));
    for (const [i, { action, keys, summary }] of rows.entries()) {
      const words = `${action.padEnd(actionCells)}  ${shown[i].padEnd(keyCells)}  ${summary}`;
      await output.fact("key", { action, keys, summary }, words);
    }
    return EXIT.done;
  },
};

/** Of more the first and the last are printed. */
const MOST_KEYS = 4;

/** `config show`, `config edit`, `config keys`. */
const CONFIG_VERBS: readonly Verb[] = [show, edit, keys];

const pathsVerb: Verb = {
  name: "paths",
  group: "This machine",
  summary: "show where the files are",
  examples: [{ line: "paths", summary: "config, data, state, cache, profile, log" }],
  async run(context) {
    const { folders, profileFolder } = context.options;
    const paths = { ...folders, profile: profileFolder, log: logPath(folders.state) };
    for (const [kind, path] of Object.entries(paths)) {
      await context.output.fact("path", { kind, path }, `${kind.padEnd(8)} ${path}`);
    }
    return EXIT.done;
  },
};

const versionVerb: Verb = {
  name: "version",
  group: "This machine",
  summary: "show version and machine, for a bug report",
  details: "--version prints name and number alone.",
  examples: [{ line: "version", summary: "version, commit, protocol, Deno and machine" }],
  keepsNoLog: () => true,
  async run({ output }) {
    const { deno, v8 } = Deno.version;
    const { os, arch } = Deno.build;
    const protocol = protocolWords();
    await output.fact(
      "version",
      { program: "heliograph", version: VERSION, commit: COMMIT, protocol, deno, v8, os, arch },
      `heliograph ${spellVersion()}, protocol ${protocol}, Deno ${deno}, V8 ${v8}, ${os} ${arch}`,
    );
    return EXIT.done;
  },
};

const licensesVerb: Verb = {
  name: "licenses",
  group: "This machine",
  summary: "print the licences of everything in this program",
  details:
    "Those of each package, of the JPEG decoder and of the runtime, with their texts. Heliograph itself is under the MIT licence.",
  examples: [{ line: "licenses | less", summary: "read them page by page" }],
  keepsNoLog: () => true,
  async run({ output }) {
    const text = await readThirdPartyLicenses();
    if (output.isJson) await output.object("licenses", { text });
    else await output.page(text);
    return EXIT.done;
  },
};

/** The verbs that need no server. */
export const PLACE_VERBS: readonly Verb[] = [
  P2P_VERB,
  DOCTOR_VERB,
  pathsVerb,
  ...CONFIG_VERBS,
  versionVerb,
  licensesVerb,
];
