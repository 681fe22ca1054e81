/** The desk of one run of the program: where things are kept, and how they are said. */

import { join } from "node:path";
import { removeLog } from "../../client/logging.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import type { LineDialogue } from "../../terminal/dialogue.ts";
import { safeText } from "../../base/safe_text.ts";
import type { Context } from "../context.ts";
import { personalPath } from "../dialogue/open_dialogue.ts";
import { TerminalViewer } from "../video/terminal_viewer.ts";
import { openPlace } from "./node_place.ts";
import { P2pDialogue } from "./p2p_dialogue.ts";
import type { OpenedShell } from "./shell_dialogue.ts";

/** `values`: of the verb. */
export function openP2pDialogue(
  context: Context,
  values: CommandValues,
  { dialogue, tty, isEphemeral }: OpenedShell & { readonly isEphemeral: boolean },
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
    defaultName: () => Deno.env.get("USER") ?? Deno.env.get("USERNAME") ?? "somebody",
    say: async (type, fields, words) => {
      if (output.isJson) {
        if (type !== "") await output.object(type, fields);
      } else if (words !== "") await printWords(dialogue, words);
    },
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

/** Together, so that nothing comes in between. */
async function printWords(
  dialogue: LineDialogue,
  words: string | readonly string[],
): Promise<void> {
  const texts = typeof words === "string" ? [words] : words;
  await Promise.all(texts.map((text) => dialogue.print(safeText(text))));
}
