/**
 * The desk of one run of the program: where things are kept, where lines are read, and how things are said: on an input line of a
 * terminal, else in lines and not one escape sequence.
 */

import { join } from "node:path";
import { removeLog } from "../../client/logging.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import type { LineDialogue } from "../../terminal/lines/dialogue.ts";
import { safeText } from "../../base/safe_text.ts";
import type { Context } from "../context.ts";
import { soundFinder } from "../video/sound_finder.ts";
import {
  type OpenedLines,
  openLines,
  personalFolders,
  personalPath,
} from "../dialogue/open_dialogue.ts";
import { TerminalViewer } from "../video/terminal_viewer.ts";
import { P2pDialogue } from "./p2p_dialogue.ts";
import { completeShellLine, type KnownNames } from "./shell_completion.ts";
import { SHELL_TABLE } from "./shell_table.ts";
import { encodeHex, utf8 } from "../../base/bytes.ts";
import { parseAccountName } from "../../base/account_name.ts";
import { StorageError, UsageError } from "../../base/errors.ts";
import { type Random, randomHex } from "../../base/random.ts";
import { NodeFolder } from "../../client/p2p/node_folder.ts";
import { InstanceLock } from "../../storage/instance_lock.ts";

/** `values`: of the verb. */
export function openP2pDialogue(
  context: Context,
  values: CommandValues,
  { dialogue, tty, isEphemeral }: OpenedLines & { readonly isEphemeral: boolean },
): P2pDialogue {
  const { signal, output } = context;
  const { clock, random, profileFolder, isPlain } = context.options;
  const db = values.option("--db");
  const place = {
    base: join(profileFolder, "p2p"),
    db: db === undefined ? undefined : context.person.path(db),
    isEphemeral,
    random,
  };
  return new P2pDialogue({
    clock,
    random,
    signal,
    isEphemeral,
    isStrict: values.has("--strict"),
    removeTraces: () => removeLog(context.options.folders.state),
    downloads: context.options.downloads,
    resolvePath: personalPath(context),
    openFolder: (name) => openPlace(name, place),
    isAttended: Deno.stdin.isTerminal(),
    showsCodes: !output.isJson && !isPlain && Deno.stdout.isTerminal(),
    defaultName: personName,
    say: async (type, fields, words) => {
      if (output.isJson) {
        if (type !== "") await output.object(type, fields);
      } else if (words !== "") await printWords(dialogue, words);
    },
    findSound: context.options.video?.sound === "off" ? undefined : soundFinder(context),
    openViewer: tty &&
      ((until) =>
        TerminalViewer.open(tty, {
          render: "auto",
          size: undefined,
          clock,
          random,
          signal: until,
        })),
    readLine: (prompt) => dialogue.readLine({ prompt: safeText(prompt), signal }),
  });
}

/** What the system calls the person. */
export function personName(): string {
  return Deno.env.get("USER") ?? Deno.env.get("USERNAME") ?? "somebody";
}

/** Together, so that nothing comes in between. */
async function printWords(
  dialogue: LineDialogue,
  words: string | readonly string[],
): Promise<void> {
  const texts = typeof words === "string" ? [words] : words;
  await Promise.all(texts.map((text) => dialogue.print(safeText(text))));
}

/** Where the `~> ` shell reads and writes. Everything that is opened belongs to `owned`. */
export function openShellDialogue(
  context: Context,
  owned: AsyncDisposableStack,
  names: () => KnownNames,
): Promise<OpenedLines> {
  const readFolder = personalFolders(context);
  return openLines(context, owned, {
    complete: (before) => completeShellLine(before, SHELL_TABLE, { ...names(), readFolder }),
  });
}

// Where somebody without a server keeps what is theirs, and what is left there of others that are gone.

/** What names of folders begin with that end with their process. */
const EPHEMERAL = ".ephemeral-";

/** How the folder is chosen. */
interface PlaceOptions {
  /** `p2p` in the profile's folder. */
  readonly base: string;
  /** Of `--db`, absolute. */
  readonly db: string | undefined;
  readonly isEphemeral: boolean;
  readonly random: Random;
}

/** Opens the folder of this name. Throws UsageError, StorageError `in-use`. */
async function openPlace(name: string, options: PlaceOptions): Promise<NodeFolder> {
  const { base, db, isEphemeral, random } = options;
  if (!isEphemeral) {
    try {
      return await NodeFolder.open(db ?? join(base, await folderName(name)), "kept", random);
    } catch (error) {
      if (!(error instanceof StorageError) || error.code !== "in-use") throw error;
      const what = `${name} is already running on this machine`;
      throw new StorageError(error.code, `${what}. End it, or choose another name`, {
        cause: error,
      });
    }
  }
  await sweepEphemeral(base);
  if (db !== undefined && await exists(join(db, "node.db"))) {
    throw new UsageError(
      "not-ephemeral",
      `${db} holds data that --ephemeral would destroy. To destroy it: exit --wipe, without --ephemeral (or delete_on_exit)`,
    );
  }
  const path = db ?? join(base, `${EPHEMERAL}${randomHex(random, 8)}`);
  return await NodeFolder.open(path, "ephemeral", random);
}

/** Readable where the name allows it; never anything but a name inside the folder. */
async function folderName(name: string): Promise<string> {
  const parsed = parseAccountName(name);
  if (!parsed.ok) throw new UsageError("bad-name", parsed.message);
  if (/^[a-z0-9][a-z0-9_-]{0,40}$/.test(parsed.id)) return parsed.id;
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(parsed.id)));
  return `name-${encodeHex(hash).slice(0, 32)}`;
}

/** What a `kill -9` left: its key was in the memory of a process that is gone. */
async function sweepEphemeral(base: string): Promise<void> {
  for (const name of await listFolder(base)) {
    if (!name.startsWith(EPHEMERAL)) continue;
    const path = join(base, name);
    try {
      InstanceLock.take(path).release();
    } catch (error) {
      if (error instanceof StorageError && error.code === "in-use") continue;
      throw error;
    }
    await Deno.remove(path, { recursive: true });
  }
}

async function listFolder(path: string): Promise<readonly string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
