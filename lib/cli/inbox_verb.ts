/** The verb inbox. */

import type { AccountId } from "../base/ids.ts";
import type { PlacedEntry } from "../client/messaging/history.ts";
import { unreadMark } from "../client/messaging/marks.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import type { Context } from "./context.ts";
import { knownAccount, showEntry } from "./entry_lines.ts";
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
  exitCodes: [3],
  async run(context, values) {
    const { history } = (await context.openClient()).messenger;
    const name = values.argument("NAME");
    const peer = name === undefined ? undefined : knownAccount(name);
    const search = values.option("--search");
    if (peer === undefined && search === undefined) return await overview(context);
    const entries = search === undefined
      ? await history.latest(INBOX_ENTRIES, (entry) => entry.peer === peer)
      : (await history.search(search)).filter((entry) => peer === undefined || entry.peer === peer);
    for (const entry of entries) await showEntry(context, entry);
    return EXIT.done;
  },
};

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
