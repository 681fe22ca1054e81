/** The verb classic: shells that speak as the seeds do (rows S3.06, S4.20). */

import { REMEMBER_OPTION, TRUST_OPTIONS } from "../../app/commands/registering.ts";
import { type Shell, SHELL_NAMES, type ShellName } from "../../app/shells/shell.ts";
import { Bug, UsageError } from "../../base/errors.ts";
import type { Client } from "../../client/client.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import type { ExitCode } from "../../commands/exit_code.ts";
import { badConfig, readConfigTable } from "../../storage/config_table.ts";
import type { Context } from "../context.ts";
import { readUdpPort, UDP_PORT } from "../context_options.ts";
import { goWithoutServer } from "../dialogue/chat_verb.ts";
import { BARE_SHELL } from "../p2p/meeting_questions.ts";
import { runShell } from "../dialogue/open_dialogue.ts";
import { readServerWords } from "../server_choice.ts";
import type { Verb } from "../verb.ts";
import { ClassicChat } from "./classic_chat.ts";
import { comeIn } from "./sign_in.ts";

// The shell that opens instead of the full screen: table `[classic]` of `config.toml`.

/** The one that is the command p2p. */
const P2P_SHELL = "p2p";
/** Every shell by its name, as a person chooses it. */
export const EVERY_SHELL: readonly string[] = [...SHELL_NAMES, P2P_SHELL];

/** What the text of the file says of it; undefined: the full screen. Pure. Throws UsageError `bad-config`. */
export function chosenShell(text: string): string | undefined {
  const { shell } = readConfigTable(text, "classic", ["shell"]);
  if (shell === undefined) return undefined;
  if (typeof shell === "string" && EVERY_SHELL.includes(shell)) return shell;
  const words = `shell in [classic] is one of ${EVERY_SHELL.join(", ")}`;
  throw badConfig(words, { text, table: "classic", key: "shell" });
}

/** `heliograph classic`, also `--classic`. */
export const CLASSIC_VERB: Verb = {
  name: "classic",
  group: "Messages",
  summary: "use the prompts and commands of one of five older programs",
  details:
    "heliograph --classic NAME is the same. Prompts, commands, texts and folders are those of the older program. Encryption and checks are those of heliograph, and each stranger, file and stream waits for your /y. A line that starts with a slash is a command of the chat. See docs/classic.md.",
  arguments: [
    {
      name: "SHELL",
      summary: "which",
      required: true,
      choices: EVERY_SHELL,
    },
    { name: "HOST", summary: "HOST, or HOST:PORT", required: false },
    { name: "PORT", summary: "the port (default: 9797)", required: false },
    UDP_PORT,
  ],
  options: [...TRUST_OPTIONS, REMEMBER_OPTION],
  examples: [
    { line: "classic toom 127.0.0.1 4000 8001", summary: "BCM, ATU, SRB, SRM, RDM, OUT, UPD" },
    { line: "classic menu", summary: "1 sends a message, 2 plays a video, 3 quits" },
  ],
  exitCodes: [3, 4, 5, 6, 7, 10],
  server: (values) => {
    const host = values.argument("HOST");
    return host === undefined ? undefined : readServerWords(host, values.argument("PORT"));
  },
  udpPort: (values) => readUdpPort(values.argument("UDP_PORT")),
  run: (context, values) => runClassic(context, values, values.required("SHELL")),
};

/** Checked by the choices of the argument. */
function shellName(text: string): ShellName {
  const found = SHELL_NAMES.find((name) => name === text);
  if (found === undefined) throw new Bug(`Cannot open shell ${text}: there is none`);
  return found;
}

/** Runs one of `EVERY_SHELL` until the person leaves. `values`: of a verb with `TRUST_OPTIONS`. */
export async function runClassic(
  context: Context,
  values: CommandValues,
  name: string,
): Promise<ExitCode> {
  if (name === P2P_SHELL) return await goWithoutServer(context, [BARE_SHELL]);
  if (values.has("--json")) {
    throw new UsageError("no-json", "A classic shell has no --json. Try: receive --follow --json");
  }
  const { openShell } = context.options;
  if (openShell === undefined) throw new Bug("Cannot open a classic shell: there is none");
  const shell = await openShell(shellName(name));
  const came = await comeIn(context, shell.entry, values);
  return "exit" in came ? came.exit : await talk(context, shell, came.client);
}

function talk(context: Context, shell: Shell, client: Client): Promise<ExitCode> {
  const here = (path: string) => context.person.path(path);
  const { folders } = shell;
  return runShell(context, client, ({ stage, ...parts }) =>
    new ClassicChat({
      ...parts,
      shell,
      stage: folders === undefined
        ? stage
        : { ...stage, downloads: here(folders.inbox), outbox: here(folders.outbox) },
      showsPrompts: !parts.readsKeys,
      folder: here("."),
    }, context.signal));
}
