/** Verbs about messages: send, receive, inbox. */

import { decodeUtf8 } from "../base/bytes.ts";
import { Refusal, TransportError, UsageError } from "../base/errors.ts";
import { parseAccountName } from "../base/account_name.ts";
import type { AccountId, EnvelopeId } from "../base/ids.ts";
import type { Client } from "../client/client.ts";
import type { PlacedEntry } from "../client/messaging/history.ts";
import { unreadMark } from "../client/messaging/marks.ts";
import type { CommandValues } from "../commands/command_values.ts";
import { replaceEmoticons } from "../commands/emoticons.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import { MAX_TEXT_BYTES } from "../protocol/peer/chat.ts";
import type { Context } from "./context.ts";
import type { Verb } from "./verb.ts";
import { formatTime, parseWhen } from "./when.ts";

/** How long `--wait delivered` waits for the other side to be there. */
const DELIVERY_TIMEOUT_MS = 60_000;
/** Another process may be taking up a conversation that the other side began. */
const SETTLE_TRIES = 40;
const SETTLE_MS = 250;
/** Between two tries to connect again. */
const RECONNECT_MS = 2000;

const sendVerb: Verb = {
  name: "send",
  aliases: [],
  group: "Messages",
  summary: "send a message",
  arguments: [
    { name: "TO", summary: "whom", required: true },
    { name: "TEXT", summary: "what; left out with --stdin", required: false, rest: "text" },
  ],
  options: [
    { flag: "--stdin", summary: "read the text from standard input" },
    {
      flag: "--wait",
      valueName: "STATE",
      choices: ["sent", "delivered"],
      summary: "delivered: until a device of the other side confirms it",
    },
  ],
  examples: [
    { line: 'send bob "hi there"', summary: "ends when the server has it" },
    { line: "send bob --stdin --wait delivered < report.txt", summary: "ends when bob has it" },
  ],
  exitCodes: [3, 4, 5, 6, 7, 9],
  async run(context, values) {
    const text = await readText(values);
    const client = await context.connectClient();
    const contact = await client.findContact(values.required("TO"));
    if (contact.account === client.profile.own.account) {
      throw new UsageError("to-yourself", "This is you: choose another name");
    }
    const id = await client.write(contact.account, text);
    await client.receiving(async (caughtUp, signal) => {
      await caughtUp;
      await settle(client, id, contact.account);
      if (values.option("--wait") !== "delivered") return;
      const delivered = await client.waitDelivered(id, { timeoutMs: DELIVERY_TIMEOUT_MS, signal });
      if (!delivered) {
        throw new TransportError("timeout", `Sent, but ${contact.name} has not received it yet`);
      }
    });
    await context.output.object("sent", {
      id,
      to: contact.account,
      state: client.deliveryOf(id) ?? "queued",
    });
    return EXIT.done;
  },
};

/** Sends until the text is with the server; throws why it cannot leave. It stays written down. */
async function settle(client: Client, id: EnvelopeId, peer: AccountId): Promise<void> {
  for (let attempt = 0; attempt < SETTLE_TRIES; attempt++) {
    const held = (await client.flush()).find((it) => it.peer === peer);
    if (held?.error !== undefined) throw held.error;
    const state = client.deliveryOf(id);
    if (state === "failed") throw new Refusal("not-member", "You are not in this conversation");
    if (state === "sent" || state === "delivered") return;
    await client.clock.sleep(SETTLE_MS);
  }
  throw new TransportError("timeout", "Kept, and sent later: the conversation is not ready yet");
}

async function readText(values: CommandValues): Promise<string> {
  const text = values.argument("TEXT");
  if (!values.has("--stdin")) {
    if (text === undefined || text === "") {
      throw new UsageError("text-empty", 'There is nothing to send. Example: send bob "hi"');
    }
    return text;
  }
  const bytes = new Uint8Array(MAX_TEXT_BYTES + 1);
  let filled = 0;
  for (;;) {
    const count = await Deno.stdin.read(bytes.subarray(filled));
    if (count === null) break;
    filled += count;
    if (filled > MAX_TEXT_BYTES) {
      throw new UsageError("text-too-long", "The text is too long: send it as a file");
    }
  }
  const read = decodeUtf8(bytes.subarray(0, filled));
  if (read === undefined) throw new UsageError("text-not-utf8", "Standard input is not text");
  return read.endsWith("\n") ? read.slice(0, -1) : read;
}

const receiveVerb: Verb = {
  name: "receive",
  aliases: ["recv"],
  group: "Messages",
  summary: "show what has arrived and was not shown yet",
  arguments: [],
  options: [
    { flag: "--follow", summary: "go on until ctrl-C" },
    { flag: "--from", valueName: "NAME", summary: "only what this one said" },
    {
      flag: "--since",
      valueName: "WHEN",
      summary: "everything since then, shown before or not: 2h, yesterday, 1 Jun 2022 16:00:00",
    },
  ],
  examples: [
    { line: "receive --json", summary: "one object a message" },
    { line: "receive --follow --from bob", summary: "what bob says, as it comes" },
  ],
  exitCodes: [3, 5, 7],
  async run(context, values) {
    const client = await context.openClient();
    const show = await makeShow(context, client, values);
    if (values.has("--follow")) return await follow(context, client, show);
    await context.connect(client);
    await client.sync();
    await show();
    return EXIT.done;
  },
};

type Show = () => Promise<void>;

/** Shows what is new each time that it is called. */
async function makeShow(
  context: Context,
  client: Client,
  values: CommandValues,
): Promise<Show> {
  const { database } = client.profile;
  const { history } = client.messenger;
  const from = values.option("--from");
  const peer = from === undefined ? undefined : (await knownAccount(from));
  const since = readSince(context, values);
  let place: number | undefined = since === undefined ? undefined : 0;
  return async () => {
    const start = place ?? unreadMark(database).get();
    const entries = await history.after(start);
    for (const entry of entries) {
      place = place === undefined ? undefined : entry.place;
      if (since !== undefined && entry.atMs < since) continue;
      if (peer !== undefined && entry.from !== peer) continue;
      if (!entry.own) await showEntry(context, entry);
    }
    // What was filtered out has not been shown to anyone.
    const last = entries[entries.length - 1];
    if (peer === undefined && since === undefined && last !== undefined) {
      unreadMark(database).moveTo(last.place);
    }
    if (peer !== undefined && last !== undefined) place = last.place;
  };
}

async function follow(context: Context, client: Client, show: Show): Promise<ExitCode> {
  const { signal } = context;
  while (!signal.aborted) {
    try {
      await context.connect(client);
      await client.receiving(async (caughtUp) => {
        await caughtUp;
        while (!signal.aborted) {
          await show();
          if (!client.isOnline) throw new TransportError("offline", "The connection ended");
          await pause(context, SETTLE_MS);
        }
      });
    } catch (error) {
      if (signal.aborted) break;
      if (!(error instanceof TransportError)) throw error;
      await context.output.note(`${error.message}. Trying again`);
      await pause(context, RECONNECT_MS);
    }
  }
  return EXIT.interrupted;
}

async function pause(context: Context, durationMs: number): Promise<void> {
  try {
    await context.clock.sleep(durationMs, { signal: context.signal });
  } catch (error) {
    if (!context.signal.aborted) throw error;
  }
}

function readSince(context: Context, values: CommandValues): number | undefined {
  const text = values.option("--since");
  if (text === undefined) return undefined;
  const since = parseWhen(text, context.clock.nowMs());
  if (since !== undefined) return since;
  throw new UsageError(
    "bad-date",
    `I can't read the date '${text}'. Try 1 Jun 2022 16:00:00 or 2h.`,
  );
}

function knownAccount(name: string): AccountId {
  const parsed = parseAccountName(name);
  if (!parsed.ok) throw new UsageError("bad-name", parsed.message);
  return parsed.id;
}

/** Row S1.15: `name YYYY-MM-DD HH:MM:SS text`; `*` for a line of the program itself. */
export async function showEntry(context: Context, entry: PlacedEntry): Promise<void> {
  await context.output.object(entry.kind === "text" ? "message" : "notice", {
    id: entry.id,
    from: entry.from,
    conversation: entry.peer,
    own: entry.own,
    text: entry.text,
    sent: new Date(entry.sentAtMs).toISOString(),
    at: new Date(entry.atMs).toISOString(),
  });
  const time = formatTime(entry.atMs);
  await context.output.line(
    entry.kind === "text"
      ? `${entry.from} ${time} ${replaceEmoticons(entry.text)}`
      : `* ${time} ${entry.text}`,
  );
}

/** Messages of an `inbox NAME`. */
const INBOX_ENTRIES = 50;

const inboxVerb: Verb = {
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

export const MESSAGE_VERBS: readonly Verb[] = [sendVerb, receiveVerb, inboxVerb];
