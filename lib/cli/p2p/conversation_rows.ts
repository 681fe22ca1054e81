/** The person's commands that need no server, as commands of the `~> ` shell. Each person has a conversation of their own. */

import { showName } from "../../app/names.ts";
import type {
  ConversationCommands,
  ConversationContext,
  ConversationRow,
} from "../../app/person_row.ts";
import { shortTime } from "../../app/when.ts";
import type { KnownPeer } from "../../client/p2p/address_book.ts";
import type { Pair } from "../../client/p2p/pair.ts";
import { finish } from "../../commands/command_row.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { present, type Report, type Wording } from "../../commands/wording.ts";
import { spellUnopened } from "../person_verbs.ts";
import { NOBODY_KNOWN } from "./p2p_words.ts";
import type { P2pDialogue } from "./p2p_dialogue.ts";
import type { ShellRow } from "./shell_row.ts";

/** Whose conversation a command is about. */
const NAME = { name: "NAME", summary: "in the conversation with whom", required: true };

/** A row that is run, and the words for what it reports of one person. */
interface Shown<Kinds extends object> {
  readonly row: ConversationRow<Kinds>;
  readonly spelled: ConversationContext["spelled"];
  readonly wordingOf: (peer: KnownPeer) => Wording<Kinds>;
}

/** Every row of a group. */
export function shellRowsOf<Kinds extends object>(
  { rows, wording }: ConversationCommands<Kinds>,
  wordingOf: (peer: KnownPeer) => Wording<Kinds> = () => wording,
): readonly ShellRow[] {
  const spelled = (other: string) => {
    const found = rows.find(({ name }) => name === other);
    return found?.p2p?.name ?? other;
  };
  return rows.map((row) => {
    const spec = spellUnopened(row, row.p2p, { argument: NAME, example: "julia" });
    const isNamed = spec.arguments.some(({ name }) => name === NAME.name);
    const { title = `${spec.summary[0].toUpperCase()}${spec.summary.slice(1)}` } = row.p2p ?? {};
    const shown = { row, spelled, wordingOf };
    return {
      ...spec,
      title,
      ...(isNamed ? { completes: "known" as const } : {}),
      run: async (desk, values) => {
        const name = isNamed ? values.argument(NAME.name) : undefined;
        if (name === undefined) return await runForAll(desk, values, shown);
        const { notes } = await runFor(desk, values, { ...shown, peer: desk.findKnown(name) });
        for (const note of notes) await desk.say("", {}, note);
      },
    };
  });
}

/** What only says that there is nothing is said once, and of nobody who has something. */
async function runForAll<Kinds extends object>(
  desk: P2pDialogue,
  values: CommandValues,
  shown: Shown<Kinds>,
): Promise<void> {
  const notes = new Set<string>();
  let isAnything = false;
  const peers = desk.node?.book.list() ?? [];
  if (peers.length === 0) await desk.say("nobody", {}, NOBODY_KNOWN);
  for (const peer of peers) {
    const done = await runFor(desk, values, { ...shown, peer });
    isAnything ||= done.isAnything;
    for (const note of done.notes) notes.add(note);
  }
  if (isAnything) return;
  for (const note of notes) await desk.say("", {}, note);
}

/** Runs a row in the conversation with one person, and says what it reports; its notes are returned. */
async function runFor<Kinds extends object>(
  desk: P2pDialogue,
  values: CommandValues,
  { row, spelled, wordingOf, peer }: Shown<Kinds> & { readonly peer: KnownPeer },
): Promise<{ readonly notes: readonly string[]; readonly isAnything: boolean }> {
  const { clock, signal } = desk.options;
  const wording = wordingOf(peer);
  const notes: string[] = [];
  let isAnything = false;
  const tell = async (reports: readonly Report<Kinds>[]) => {
    for (const report of reports) {
      const { object, lines } = present(report, wording, {
        time: (atMs) => shortTime(atMs, clock.nowMs()),
        command: (other, rest) => `${spelled(other)} ${rest}`,
        isDialogue: true,
      });
      if (object === undefined) notes.push(...lines);
      else {
        isAnything = true;
        await desk.say(object.type, object.fields, lines);
      }
    }
  };
  const pair = await desk.pair(peer);
  const { reports, sends } = await finish(
    row.run({ ...contextOf(desk, values, pair), spelled }, values, { signal }),
    tell,
  );
  if (sends !== undefined) {
    pair.wake();
    desk.follow(pair, sends);
  }
  await tell(reports);
  return { notes, isAnything };
}

function contextOf(
  desk: P2pDialogue,
  values: CommandValues,
  pair: Pair,
): Omit<ConversationContext, "spelled"> {
  const { account, name } = pair.peer;
  return {
    client: pair,
    conversation: { peer: account, shown: showName(name) },
    text: async () => values.argument("TEXT") ?? await desk.askText() ?? "",
    id: undefined,
    isDialogue: true,
    send: () => Promise.resolve(pair.wake()),
  };
}
