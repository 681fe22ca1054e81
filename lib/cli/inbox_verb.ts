/** The verb inbox. */

import { parseAccountName } from "../base/account_name.ts";
import { Refusal } from "../base/errors.ts";
import type { AccountId } from "../base/ids.ts";
import type { PlacedEntry } from "../client/messaging/history.ts";
import { unreadMark } from "../client/messaging/marks.ts";
import type { Messenger } from "../client/messaging/messenger.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import { suggest } from "../commands/suggest.ts";
import type { Context } from "./context.ts";
import { showEntry } from "./entry_lines.ts";
import type { Verb } from "./verb.ts";
import { formatTime } from "./when.ts";

/** Messages of an `inbox NAME`. */
const INBOX_ENTRIES = 50;

/** The row of `inbox`. */
export const INBOX_VERB: Verb = {
  name: "inbox",
  aliases: [],
  group: "Messages",
  summary: "show a conversation, or who has written",
  details: "Shows what is stored on this machine; it needs no connection.",
  arguments: [{ name: "NAME", summary: "with whom", required: false }],
  options: [
    { flag: "--search", valueName: "TEXT", summary: "only what contains this" },
  ],
  examples: [
    { line: "inbox", summary: "who has written, and how much is new" },
    { line: "inbox bob", summary: "what you and bob said last" },
    { line: "inbox --search invoice", summary: "in all conversations" },
  ],
  exitCodes: [3, 4],
  async run(context, values) {
    const { messenger } = await context.openClient();
    const { history } = messenger;
    const name = values.argument("NAME");
    const peer = name === undefined ? undefined : await knownPeer(messenger, name);
    const search = values.option("--search");
    if (peer === undefined && search === undefined) return await overview(context);
    const entries = search === undefined
      ? await history.latest(INBOX_ENTRIES, (entry) => entry.peer === peer)
      : (await history.search(search)).filter((entry) => peer === undefined || entry.peer === peer);
    for (const entry of entries) await showEntry(context, entry);
    if (entries.length === 0) {
      await context.output.note(search === undefined ? "no messages yet" : "nothing found");
    }
    return EXIT.done;
  },
};

/** Somebody whom this profile has met or talked to. Throws Refusal `unknown-account`, for what can be no name too. */
async function knownPeer({ contacts, history }: Messenger, name: string): Promise<AccountId> {
  const parsed = parseAccountName(name);
  if (parsed.ok) {
    const { id } = parsed;
    if (await contacts.find(id) !== undefined) return id;
    const [said] = await history.latest(1, (entry) => entry.peer === id);
    if (said !== undefined) return id;
  }
  const near = suggest(name, (await contacts.list()).map((contact) => contact.name));
  throw new Refusal("unknown-account", `There is no conversation with ${name}`, {
    details: near === undefined ? {} : { suggestion: near },
  });
}

async function overview(context: Context): Promise<ExitCode> {
  const client = await context.openClient();
  const mark = unreadMark(client.profile.database).get();
  const conversations = new Map<AccountId, { last: PlacedEntry; unread: number }>();
  for (const entry of await client.messenger.history.after(0)) {
    const known = conversations.get(entry.peer);
    const isNew = !entry.own && entry.place > mark;
    conversations.set(entry.peer, { last: entry, unread: (known?.unread ?? 0) + (isNew ? 1 : 0) });
  }
  if (conversations.size === 0) await context.output.note("no messages yet");
  for (const [peer, { last, unread }] of conversations) {
    await context.output.fact(
      "conversation",
      { with: peer, unread, at: new Date(last.atMs).toISOString() },
      `${peer} ${formatTime(last.atMs)} ${unread === 0 ? "" : `${unread} new`}`.trimEnd(),
    );
  }
  return EXIT.done;
}
