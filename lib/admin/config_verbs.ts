/** `config …`: the settings before they are used. */

import type { CommandValues } from "../commands/command_values.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import type { OptionSpec } from "../commands/command_table.ts";
import { exampleFile, SETTINGS } from "../server/config/settings.ts";
import { type AdminCommand, JSON_OPTION, jsonLine } from "./admin_command.ts";
import type { AdminIo } from "./admin_io.ts";
import { chooseServeSettings } from "./serve_settings.ts";
import { describeProblem, placeProblems, trialProblems } from "./setting_checks.ts";
import { configPath, readConfig, Settings } from "./settings.ts";

/** Where the settings are. */
export const CONFIG_OPTION: OptionSpec = {
  flag: "--config",
  valueName: "FILE",
  summary: "the settings file (default: server.toml in the config folder, if it exists)",
};

const COMMON = { group: "Server" } as const;

/** Returns 2 when something is wrong. Throws UsageError. */
async function check(io: AdminIo, values: CommandValues): Promise<ExitCode> {
  const place = configPath(io, values.option("--config"));
  const file = readConfig(place);
  const isJson = values.has("--json");
  if (file === undefined) {
    if (isJson) await io.out(jsonLine("config", { path: place.path, found: false, problems: 0 }));
    else await io.out(`No file ${place.path}: all settings have their defaults`);
    return EXIT.done;
  }
  const problems = file.problems.length > 0
    ? file.problems.map(({ line, message }) => ({
      line,
      message,
      text: `${place.path}, line ${line}: ${message}`,
    }))
    : await problemsOfServe(io, values);
  if (isJson) {
    for (const { line, message } of problems) {
      await io.out(jsonLine("problem", { path: place.path, line, message }));
    }
    await io.out(
      jsonLine("config", { path: place.path, found: true, problems: problems.length }),
    );
  } else for (const { text } of problems) await io.note(text);
  if (problems.length > 0) return EXIT.usage;
  if (!isJson) await io.out(`${place.path} is valid: ${file.values.size} settings`);
  return EXIT.done;
}

/** What `serve` would refuse with this file and this environment, by the same checks. Throws UsageError for the environment. */
async function problemsOfServe(io: AdminIo, values: CommandValues) {
  const made = Settings.read(io, { config: values.option("--config") });
  const { settings, problems } = chooseServeSettings(io, made);
  const found = [
    ...problems,
    ...await placeProblems(settings),
    ...await trialProblems(settings),
  ];
  return found.map((problem) => ({
    line: made.get(problem.key)?.line,
    message: problem.message,
    text: describeProblem(made, problem),
  }));
}

const KEY_WIDTH = Math.max(...SETTINGS.map(({ key }) => key.length));

/** Throws UsageError. */
async function show(io: AdminIo, values: CommandValues): Promise<ExitCode> {
  const settings = Settings.read(io, { config: values.option("--config") });
  const isJson = values.has("--json");
  for (const { key, otherwise } of SETTINGS) {
    const value = settings.get(key);
    const { text, source } = value ?? { text: otherwise, source: "default" };
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
    summary: "find mistakes in the settings file",
    details:
      "Names the file, the line and the mistake: unknown keys, wrong types, numbers out of range, and what 'serve' would refuse: " +
      "addresses of other machines, missing folders, a missing ffmpeg. A videos folder may be created later: without it " +
      "'serve' warns and runs, unless --videos named it.",
    options: [CONFIG_OPTION, JSON_OPTION],
    examples: [{
      line: "config check --config server.toml",
      summary: "exits with 2 if there is a mistake",
    }],
    run: check,
  },
  {
    ...COMMON,
    name: "config show",
    summary: "show every setting and where its value comes from",
    details: "An option of 'serve' wins over the environment, and that over the file.",
    options: [CONFIG_OPTION, JSON_OPTION],
    examples: [{ line: "config show", summary: "from the file and the environment" }],
    run: show,
  },
  {
    ...COMMON,
    name: "config example",
    summary: "print a settings file with every setting, explained",
    examples: [{ line: "config example > server.toml", summary: "all of it commented out" }],
    run: example,
  },
];
