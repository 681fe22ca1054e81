/** `config …`: the settings before they are used. */

import type { CommandValues } from "../commands/command_values.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import type { OptionSpec } from "../commands/command_table.ts";
import { exampleFile, SETTINGS } from "../server/config/settings.ts";
import { type AdminCommand, JSON_OPTION, jsonLine } from "./admin_command.ts";
import type { AdminIo } from "./admin_io.ts";
import { configPath, problemLines, readConfig, Settings } from "./settings.ts";

/** Where the settings are. */
export const CONFIG_OPTION: OptionSpec = {
  flag: "--config",
  valueName: "FILE",
  summary: "the file of settings, else server.toml in the config folder if it is there",
};

const COMMON = { aliases: [], group: "Server", arguments: [] } as const;

/** Returns 2 when something is wrong. Throws UsageError. */
async function check(io: AdminIo, values: CommandValues): Promise<ExitCode> {
  const place = configPath(io, values.option("--config"));
  const file = readConfig(place);
  const isJson = values.has("--json");
  if (file === undefined) {
    if (isJson) await io.out(jsonLine("config", { path: place.path, found: false, problems: 0 }));
    else await io.out(`There is no ${place.path}: everything is as it comes`);
    return EXIT.done;
  }
  const { problems } = file;
  if (isJson) {
    for (const problem of problems) {
      await io.out(jsonLine("problem", { path: place.path, ...problem }));
    }
    await io.out(
      jsonLine("config", { path: place.path, found: true, problems: problems.length }),
    );
  } else for (const line of problemLines(place.path, file)) await io.note(line);
  if (problems.length > 0) return EXIT.usage;
  // The environment may be wrong, too.
  Settings.read(io, { config: values.option("--config") });
  if (!isJson) await io.out(`${place.path} is right: ${file.values.size} settings`);
  return EXIT.done;
}

const KEY_WIDTH = Math.max(...SETTINGS.map(({ key }) => key.length));

/** Throws UsageError. */
async function show(io: AdminIo, values: CommandValues): Promise<ExitCode> {
  const settings = Settings.read(io, { config: values.option("--config") });
  const isJson = values.has("--json");
  for (const { key, otherwise } of SETTINGS) {
    const value = settings.get(key);
    const { text, source } = value ?? { text: otherwise, source: "as it comes" };
    if (isJson) await io.out(jsonLine("setting", { key, value: value?.text ?? null, source }));
    else await io.out(`${key.padEnd(KEY_WIDTH)} ${text}  (${source})`);
  }
  return EXIT.done;
}

async function example(io: AdminIo): Promise<ExitCode> {
  await io.out(exampleFile().trimEnd());
  return EXIT.done;
}

/** Checking, showing, and an example to begin with. */
export const CONFIG_VERBS: readonly AdminCommand[] = [
  {
    ...COMMON,
    name: "config check",
    summary: "find mistakes in the file of settings",
    details:
      "Names the file, the line and what is wrong: unknown keys, wrong types, numbers out of range.",
    options: [CONFIG_OPTION, JSON_OPTION],
    examples: [{ line: "config check --config server.toml", summary: "2 when something is wrong" }],
    exitCodes: [],
    run: check,
  },
  {
    ...COMMON,
    name: "config show",
    summary: "show every setting and where its value comes from",
    details: "An option of 'serve' wins over the environment, and that over the file.",
    options: [CONFIG_OPTION, JSON_OPTION],
    examples: [{ line: "config show", summary: "of the file and the environment that are here" }],
    exitCodes: [],
    run: show,
  },
  {
    ...COMMON,
    name: "config example",
    summary: "print a file of settings with everything in it, explained",
    options: [],
    examples: [{ line: "config example > server.toml", summary: "all of it switched off" }],
    exitCodes: [],
    run: example,
  },
];
