/**
 * Broadcasts of the server, checked and written down (SR-60). What is not signed by who it says, and what comes again under
 * another number, is not shown.
 */

import { type Bytes, utf8 } from "../../base/bytes.ts";
import { TransportError, UsageError } from "../../base/errors.ts";
import { newBroadcastId } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import { type Broadcast, makeBroadcast, openBroadcast } from "../../crypto/statements/broadcast.ts";
import { MAX_BROADCAST_TEXT_BYTES } from "../../protocol/hop/broadcast.ts";
import { splitSections } from "../../protocol/sections.ts";
import type { Link } from "../link/link.ts";
import type { HistoryEntry } from "../store/history.ts";
import { broadcastMark } from "../store/marks.ts";
import { type Messenger, record } from "../store/messenger.ts";
import { checkSigned, type Disbelief, signerOf } from "../contacts/signed_statement.ts";

const log = logger("client", "broadcasts");

/** A broadcast as the server hands it on: its number and time are the server's word. */
export interface Delivery extends Numbered {
  readonly statement: Bytes;
}

interface Numbered {
  readonly number: number;
  readonly atMs: number;
}

/** Why a broadcast is not shown. */
export type BroadcastRefusal = Disbelief | "malformed" | "repeated";

/** A broadcast that may be shown, or why it may not. */
export type ReadBroadcast =
  | { readonly ok: true; readonly entry: HistoryEntry }
  | { readonly ok: false; readonly code: BroadcastRefusal };

/** After every number: the answer says only which is the latest. */
const BEYOND_ALL = Number.MAX_SAFE_INTEGER;

/** Begins with what comes from now on: a newcomer has missed nothing. Once in the life of a profile. */
export async function beginBroadcasts({ profile }: Messenger, link: Link): Promise<void> {
  const mark = broadcastMark(profile.database);
  if (mark.isSet()) return;
  const { fields } = await link.ask("broadcast.read", { after: BEYOND_ALL });
  mark.moveTo(fields.latest);
}

/** Takes what the server has told. One that does not follow the last one shows that some are missing: they are fetched. */
export async function takeBroadcast(
  messenger: Messenger,
  link: Link,
  delivery: Delivery,
): Promise<void> {
  const taken = broadcastMark(messenger.profile.database).get();
  if (delivery.number === taken + 1) await write(messenger, link, delivery);
  else if (delivery.number > taken) await catchUpBroadcasts(messenger, link);
}

/** Fetches and writes down what this profile missed. */
export async function catchUpBroadcasts(messenger: Messenger, link: Link): Promise<void> {
  const after = broadcastMark(messenger.profile.database).get();
  const onLatest = (latest: number) => {
    if (latest < after) forgetNumbers(messenger, latest);
  };
  for await (const delivery of deliveries(link, { after }, onLatest)) {
    await write(messenger, link, delivery);
  }
}

/**
 * The server has come back from a backup, and gives out numbers again that were others'. What they stood for is known all
 * the same, and not shown again.
 */
function forgetNumbers({ profile: { database } }: Messenger, latest: number): void {
  database.transaction(() => {
    database.command("UPDATE broadcast SET number = NULL WHERE number > ?").run(latest);
    broadcastMark(database).comeBackTo(latest);
  });
}

/** What was broadcast since a time, as far as the server still has it, checked. Nothing is written down. */
export async function* readBroadcasts(
  messenger: Messenger,
  link: Link,
  sinceMs: number,
): AsyncGenerator<HistoryEntry> {
  const ids = new Set<string>();
  for await (const delivery of deliveries(link, { after: 0, sinceMs: Math.max(0, sinceMs) })) {
    const read = await check(messenger, link, delivery);
    const isRepeated = !read.ok || ids.has(read.entry.id) ||
      isKnownOtherwise(messenger, { ...delivery, id: read.entry.id });
    if (!read.ok || isRepeated) continue;
    ids.add(read.entry.id);
    if (!isBlocked(messenger, read.entry)) yield read.entry;
  }
}

/** Signs a text and has the server tell everyone. Throws UsageError `text-empty` or `text-too-long`, Refusal. */
export async function sayBroadcast(
  messenger: Messenger,
  link: Link,
  text: string,
): Promise<HistoryEntry> {
  requireSize(text);
  const { own, clock, random, database } = messenger.profile;
  const broadcast: Broadcast = { id: newBroadcastId(random), sentAtMs: clock.nowMs(), text };
  const statement = await makeBroadcast(signerOf(own), broadcast);
  const { fields: numbered } = await link.ask("broadcast.send", {}, statement);
  const { account: from, device } = own;
  const entry = entryOf(messenger, { ...broadcast, ...numbered, from, device });
  const mark = broadcastMark(database);
  // Others spoke before, and this client was not listening: theirs come first, and this one again with them.
  if (mark.get() < numbered.number - 1) return await afterOthers(messenger, link, entry);
  await keep(messenger, entry, numbered.number);
  mark.moveTo(numbered.number);
  return entry;
}

async function afterOthers(messenger: Messenger, link: Link, entry: HistoryEntry) {
  try {
    await catchUpBroadcasts(messenger, link);
  } catch (error) {
    // It is said all the same; what is missing comes with the next connection.
    if (!(error instanceof TransportError)) throw error;
  }
  return entry;
}

function requireSize(text: string): void {
  const size = utf8(text).length;
  if (size === 0) throw new UsageError("text-empty", "Cannot broadcast: the text is empty");
  if (size <= MAX_BROADCAST_TEXT_BYTES) return;
  const [has, limit] = [size, MAX_BROADCAST_TEXT_BYTES].map((bytes) => bytes.toLocaleString("en"));
  throw new UsageError(
    "text-too-long",
    `The text is too long for a broadcast: ${has} bytes, limit is ${limit}`,
  );
}

async function* deliveries(
  link: Link,
  options: { after: number; sinceMs?: number },
  onLatest: (latest: number) => void = () => {},
): AsyncGenerator<Delivery> {
  let { after } = options;
  for (;;) {
    const { fields, payload } = await link.ask("broadcast.read", { ...options, after });
    onLatest(fields.latest);
    const statements = splitSections(payload, fields.sizes, fields.entries.length);
    // A page that brings nothing on ends the reading, whatever the server says of more.
    const before = after;
    for (const [i, { number, atMs }] of fields.entries.entries()) {
      if (number <= after) continue;
      after = number;
      yield { number, atMs, statement: statements[i] };
    }
    if (!fields.more || after === before) return;
  }
}

async function check(
  messenger: Messenger,
  link: Link,
  { statement, ...numbered }: Delivery,
): Promise<ReadBroadcast> {
  const opened = openBroadcast(statement, messenger.profile.own.serverId);
  if (!opened.ok) return { ok: false, code: "malformed" };
  const signed = await checkSigned(messenger, link, opened, { meets: true });
  if (!signed.ok) return signed;
  const { accountId: from, deviceId: device } = signed.certificate;
  return {
    ok: true,
    entry: entryOf(messenger, { ...opened.broadcast, ...numbered, from, device }),
  };
}

type NumberedBroadcast = Broadcast & Numbered & Pick<HistoryEntry, "from" | "device">;

function entryOf({ profile: { own } }: Messenger, said: NumberedBroadcast): HistoryEntry {
  return {
    ...said,
    conversation: undefined,
    peer: said.from,
    own: said.from === own.account,
    kind: "broadcast",
  };
}

/** In the order of the numbers: the mark follows. */
async function write(messenger: Messenger, link: Link, delivery: Delivery): Promise<void> {
  const { number } = delivery;
  const read = await check(messenger, link, delivery);
  if (!read.ok) refuse(messenger, number, read.code);
  else if (isKnownOtherwise(messenger, { id: read.entry.id, number })) {
    refuse(messenger, number, "repeated");
  } else await keep(messenger, read.entry, number);
  // Whatever became of it, it is not missing.
  broadcastMark(messenger.profile.database).moveTo(number);
}

function refuse({ onEvent }: Messenger, number: number, code: BroadcastRefusal): void {
  log.warn("broadcast refused", { number, code });
  onEvent({ type: "broadcast-refused", number, code });
}

/** Entry and id in one transaction: whichever process is first writes them. Of who is blocked only that it came. */
async function keep(messenger: Messenger, entry: HistoryEntry, number: number): Promise<void> {
  const { database } = messenger.profile;
  await record(
    messenger,
    isBlocked(messenger, entry) ? [] : [entry],
    () =>
      database.command("INSERT OR IGNORE INTO broadcast (number, id) VALUES (?, ?)")
        .run(number, entry.id) > 0,
  );
}

function isBlocked({ contacts: { contactStatuses } }: Messenger, { from }: HistoryEntry): boolean {
  return contactStatuses.of(from) === "blocked";
}

/** Whether this id came under another number, or another id under this number. */
function isKnownOtherwise(
  { profile: { database } }: Messenger,
  { id, number }: { id: string; number: number },
): boolean {
  return database.has("SELECT number FROM broadcast WHERE (id = ?1) <> (number = ?2)", id, number);
}
