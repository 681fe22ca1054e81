/** From the options of every verb to what a verb works with. */

import { systemClock } from "../base/clock.ts";
import { HeliographError, StorageError, UsageError } from "../base/errors.ts";
import { systemRandom } from "../base/random.ts";
import type { CommandValues } from "../commands/command_values.ts";
import { downloadsFolder, profileFolder, programFolders } from "../storage/paths.ts";
import { makePrivateFolder, restrictUmask } from "../storage/private_files.ts";
import { parseLineSimulation } from "../net/streams/line_simulation.ts";
import { Prompter } from "../terminal/lines/prompt.ts";
import { processTty } from "../terminal/tty/tty_device.ts";
import { readConfig } from "./config_file.ts";
import type { DirectSettings } from "../client/direct/direct_settings.ts";
import { parseDirectConfig } from "../client/direct/direct_config.ts";
import { Context } from "./context.ts";
import { parseAliases } from "./dialogue/aliases.ts";
import { parseHooks } from "./dialogue/hook_settings.ts";
import { SLASH_TABLE } from "./dialogue/slash_table.ts";
import type { ContextOptions } from "./context_options.ts";
import { Person } from "./person.ts";
import { chooseServer } from "./server_choice.ts";
import { parseVideoSettings } from "../app/video_settings.ts";
import { simulatedWords } from "./output.ts";
import { isAbsolute } from "node:path";
import { badConfig, readConfigTable } from "../storage/config_table.ts";
import { expandHome } from "./dialogue/path_completion.ts";

/** Where the person talks, what is wrong in the file is said and left out; a single command does nothing that was not meant. */
function lenience() {
  let isLenient = false;
  return {
    leaveOutWrong: () => void (isLenient = true),
    orUsual<Value>(parsed: () => Value, usual: Value): Value {
      try {
        return parsed();
      } catch (error) {
        const isWrong = error instanceof UsageError || error instanceof StorageError;
        if (!isLenient || !isWrong) throw error;
        return usual;
      }
    },
  };
}

/** The text of the file, or what is wrong with all of it, which is thrown at whoever needs it. */
async function readForLater(folder: string): Promise<() => string> {
  try {
    const text = await readConfig(folder);
    return () => text;
  } catch (error) {
    if (!(error instanceof HeliographError)) throw error;
    return () => {
      throw error;
    };
  }
}

const NO_FOLDERS: FileFolders = { inbox: undefined, outbox: undefined };
/** The usual mode shows one's address to whom it may: who wrote another one does not get that instead. */
const NO_DIRECT: DirectSettings = { mode: "never", addresses: [] };

/** Past the server there is no simulated line; a port that was named for this call counts. */
function directFor(
  read: DirectSettings,
  { simulate, udpPort }: Pick<ContextOptions, "simulate"> & { udpPort: number | undefined },
): DirectSettings {
  const direct = simulate === undefined ? read : { ...read, mode: "never" as const };
  return udpPort === undefined ? direct : { ...direct, port: udpPort };
}

/** Makes the program's private folders. Throws UsageError for an option that makes no sense, StorageError. */
export async function openContext(
  values: CommandValues,
  parts:
    & Pick<
      ContextOptions,
      | "output"
      | "openScreen"
      | "openShell"
      | "openSettings"
      | "withoutServer"
      | "stopper"
      | "server"
    >
    & {
      readonly udpPort?: number | undefined;
    },
): Promise<Context> {
  const { output, stopper, udpPort, server, ...faces } = parts;
  restrictUmask();
  const env = (name: string) => Deno.env.get(name);
  // `deno task` runs in the project's folder; the person was somewhere else.
  const workingFolder = env("INIT_CWD") ?? Deno.cwd();
  const places = { os: Deno.build.os, env, workingFolder };
  const folders = programFolders("heliograph", places);
  await makePrivateFolder(folders.data);
  const isPlain = values.has("--plain") || env("ACCESSIBLE") === "1" || env("TERM") === "dumb";
  const prompter = new Prompter(processTty("stderr"), {
    clock: systemClock,
    plain: isPlain,
    signal: stopper.signal,
  });
  stopper.restoreAtExit(() => prompter.restore());
  const resolve = (path: string) =>
    /^([/\\]|[A-Za-z]:)/.test(path) ? path : `${workingFolder}/${path}`;
  const config = await readForLater(folders.config);
  const home = env(Deno.build.os === "windows" ? "USERPROFILE" : "HOME");
  const { orUsual, leaveOutWrong } = lenience();
  const files = () => orUsual(() => parseFileFolders(config(), home), NO_FOLDERS);
  const simulation = values.option("--simulate");
  const simulate = simulation === undefined ? undefined : parseLineSimulation(simulation);
  if (simulate !== undefined) await output.complain(simulatedWords(simulate));
  const canBeAsked = !values.has("--no-input") && Deno.stdin.isTerminal();
  return new Context({
    output,
    person: new Person(prompter, { canBeAsked, resolve, signal: stopper.signal }),
    folders,
    // What is wrong there is said to whoever needs them, not to whoever asks where the file is.
    get downloads() {
      return files().inbox ?? downloadsFolder(places);
    },
    get video() {
      return orUsual(() => parseVideoSettings(config()), {});
    },
    get outbox() {
      return files().outbox;
    },
    get aliases() {
      return orUsual(() => parseAliases(config(), SLASH_TABLE), new Map());
    },
    get hooks() {
      return orUsual(() => parseHooks(config(), home), undefined);
    },
    leaveOutWrong,
    profileFolder: profileFolder(folders, values.option("--profile") ?? "default", Deno.build.os),
    tokenFile: values.option("--token-file"),
    server: chooseServer(values.option("--server"), server),
    tls: values.option("--tls") === "off" ? "off" : "auto",
    isPlain,
    simulate,
    direct: async () => {
      const now = await readForLater(folders.config);
      const read = orUsual<DirectSettings>(() => parseDirectConfig(now()), NO_DIRECT);
      return directFor(read, { simulate, udpPort });
    },
    clock: systemClock,
    random: systemRandom,
    stopper,
    ...faces,
  });
}

// Table `[files]` of `config.toml` (row S0.03).

/** What the person chose; absolute. */
interface FileFolders {
  /** Where files go that are taken. */
  readonly inbox: string | undefined;
  /** Whose files are listed, and sent by number or name. */
  readonly outbox: string | undefined;
}

/**
 * What the text of the file says of it; `~/` is `home`. A relative path would be another folder wherever the program is started. Pure.
 * Throws UsageError `bad-config`.
 */
export function parseFileFolders(text: string, home: string | undefined): FileFolders {
  const { inbox, outbox } = readConfigTable(text, "files", ["inbox", "outbox"]);
  const folder = (name: string, value: unknown): string | undefined => {
    if (value === undefined) return undefined;
    const path = typeof value === "string" ? expandHome(value, home) : "";
    if (isAbsolute(path)) return path;
    const words = `${name} in [files] is a folder like "/srv/files" or "~/files"`;
    throw badConfig(words, { text, table: "files", key: name });
  };
  return { inbox: folder("inbox", inbox), outbox: folder("outbox", outbox) };
}
