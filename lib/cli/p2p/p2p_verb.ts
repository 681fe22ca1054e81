/** The verb p2p: two people and no server. */

import { join } from "node:path";
import { Channel } from "../../base/channel.ts";
import { Scope } from "../../base/scope.ts";
import type { NodeEvent } from "../../client/peer_host/node_event.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { EXIT, type ExitCode } from "../../commands/exit_code.ts";
import { quoteWord } from "../../commands/words.ts";
import type { LineDialogue } from "../../terminal/dialogue.ts";
import { safeText } from "../../terminal/safe_text.ts";
import type { Context } from "../context.ts";
import { hasTerminal } from "../dialogue/open_dialogue.ts";
import type { Verb } from "../verb.ts";
import { openPlace } from "./node_place.ts";
import { P2pDesk } from "./p2p_desk.ts";
import { openShellDialogue } from "./shell_dialogue.ts";
import { P2pShell } from "./shell.ts";

/** `heliograph p2p`. */
export const P2P_VERB: Verb = {
  name: "p2p",
  aliases: [],
  group: "Without a server",
  summary: "talk with somebody directly, with no server at all",
  details:
    "Opens the `~> ` shell: init HOST PORT NAME, then conn HOST PORT, send NAME, inbox NAME, exit; help lists its commands. A command may be given at once: the shell goes on after it. In a pipe each line is a command, and the code of the last one that failed is what it ends with.\n\nBoth sides prove who they are, everything is sealed end to end, and what is said to somebody who is away waits until they are there again. See docs/p2p.md.",
  arguments: [
    { name: "COMMAND", summary: "run first, e.g. init", required: false, rest: "words" },
  ],
  options: [
    { flag: "--db", valueName: "FOLDER", summary: "keep everything in this folder" },
    {
      flag: "--ephemeral",
      summary: "destroy keys and database at the end, however it comes",
    },
  ],
  examples: [
    { line: "p2p", summary: "the shell" },
    { line: "p2p init 192.168.0.100 8090 Oscar", summary: "listens there as Oscar" },
    { line: "p2p --ephemeral init 127.0.0.1 8090 Oscar", summary: "leaves nothing behind" },
  ],
  exitCodes: [4, 5, 6, 7],
  async run(context, values) {
    await using owned = new AsyncDisposableStack();
    return await runP2p(context, values, owned);
  },
};

async function runP2p(
  context: Context,
  values: CommandValues,
  owned: AsyncDisposableStack,
): Promise<ExitCode> {
  const { signal } = context;
  const isInteractive = hasTerminal(context);
  const events = new Channel<NodeEvent>();
  const { dialogue, readsKeys } = await openShellDialogue(context, owned, () => shell.names);
  const desk: P2pDesk = owned.use(deskOf(context, values, { dialogue, events }));
  const shell = new P2pShell(desk);
  const scope = owned.use(new Scope(signal));
  scope.run("events", async (stop) => {
    for (;;) {
      const event = await events.next({ signal: stop });
      if (event === undefined) return;
      await shell.tell(event);
    }
  });
  if (!readsKeys && Deno.stdin.isTerminal()) {
    owned.defer(context.options.stopper.interceptInterrupt(() => {
      scope.run("interrupt", () => shell.interrupt());
    }));
  }
  const first = values.words("COMMAND");
  if (first.length > 0) await shell.runLine(first.map(quoteWord).join(" "));
  // One that could not begin has nothing to go on with (row S1.07).
  if (first[0] === "init" && desk.node === undefined) return shell.lastFailure;
  await shell.run();
  return isInteractive ? EXIT.done : shell.lastFailure;
}

function deskOf(
  context: Context,
  values: CommandValues,
  { dialogue, events }: { dialogue: LineDialogue; events: Channel<NodeEvent> },
): P2pDesk {
  const { signal, output } = context;
  const { clock, random, profileFolder, isPlain } = context.options;
  const isEphemeral = values.has("--ephemeral");
  const db = values.option("--db");
  const place = {
    base: join(profileFolder, "p2p"),
    db: db === undefined ? undefined : context.person.path(db),
    isEphemeral,
    random,
  };
  return new P2pDesk({
    clock,
    random,
    signal,
    isEphemeral,
    openFolder: (name) => openPlace(name, place),
    showsCodes: !output.isJson && !isPlain && Deno.stdout.isTerminal(),
    defaultName: () => Deno.env.get("USER") ?? Deno.env.get("USERNAME") ?? "somebody",
    say: async (type, fields, words) => {
      if (output.isJson) {
        if (type !== "") await output.object(type, fields);
      } else if (words !== "") await printWords(dialogue, words);
    },
    onEvent: (event) => events.push(event),
    readLine: (prompt) => dialogue.readLine({ prompt: safeText(prompt), signal }),
  });
}

/** Together, so that nothing comes in between. */
async function printWords(
  dialogue: LineDialogue,
  words: string | readonly string[],
): Promise<void> {
  const texts = typeof words === "string" ? [words] : words;
  await Promise.all(texts.map((text) => dialogue.print(safeText(text))));
}
