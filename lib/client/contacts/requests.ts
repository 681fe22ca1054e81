/**
 * Message requests: what strangers say waits, sealed, beside the history, and nothing of this person's goes to them, until
 * the person decides (docs/decisions/0025-message-requests.md).
 */

import { decodeUtf8 } from "../../base/bytes.ts";
import type { AccountId, ConversationId } from "../../base/ids.ts";
import { settleChanges } from "../talk/settling.ts";
import { timerWords } from "../store/timers.ts";
import type { HistoryEntry } from "../store/history.ts";
import type { SealedMessage } from "../../protocol/peer/payload.ts";
import { type Messenger, noticeEntry, record } from "../store/messenger.ts";
import type { PeerNews } from "../store/families.ts";
import { oweReceipt } from "../sending/receipts.ts";
import type { ContactStatus } from "../store/contact_status.ts";

/** Texts of one stranger that are kept; what comes beyond is thrown away. */
export const HELD_TEXTS_MAX = 20;
/** Strangers of whom anything is kept. */
export const HELD_ACCOUNTS_MAX = 100;

/** A text, or an offer, that waits for the person's word. */
export interface HeldText extends Omit<HistoryEntry, "conversation" | "peer" | "own" | "kind"> {
  readonly conversation: ConversationId;
  readonly epoch: number;
  /** Of a feature: what it takes once this is accepted. Undefined for a text. */
  readonly message?: SealedMessage;
}

/** What one stranger has said. */
export interface MessageRequest {
  readonly account: AccountId;
  /** The oldest first. */
  readonly texts: readonly HeldText[];
}

type StoredText = HeldText & { readonly shown: boolean };
type OldOffer = Partial<Record<"offer" | "stream", SealedMessage["fields"]>>;

/** Seals a text of a stranger. What is returned writes it, inside a transaction, unless there is too much already. */
export async function holdText({ profile }: Messenger, held: HeldText): Promise<() => void> {
  const { database, vault } = profile;
  const { id, conversation, epoch, from, ...content } = held;
  const sealed = await vault.sealValue("held_text", id, content);
  return () => {
    const texts =
      database.integer("SELECT count(*) AS texts FROM held_text WHERE account = ?", from) ?? 0;
    const accounts =
      database.integer("SELECT count(DISTINCT account) AS accounts FROM held_text") ?? 0;
    if (texts >= HELD_TEXTS_MAX || texts === 0 && accounts >= HELD_ACCOUNTS_MAX) return;
    database.command(
      "INSERT OR IGNORE INTO held_text (account, id, conversation, epoch, sealed) VALUES (?, ?, ?, ?, ?)",
    ).run(from, id, conversation, epoch, sealed);
  };
}

/** Whether anything of this account waits. */
export function isAsking({ profile: { database } }: Messenger, account: AccountId): boolean {
  return database.has("SELECT 1 AS one FROM held_text WHERE account = ? LIMIT 1", account);
}

/** Everybody of whom anything waits. */
export function askingAccounts({ profile: { database } }: Messenger): readonly AccountId[] {
  // The cast: only `holdText` writes the column.
  return database.query(
    "SELECT DISTINCT account FROM held_text",
    (row) => row.text("account") as AccountId,
  ).all();
}

/** Everything that waits, by who said it. */
export async function listRequests(messenger: Messenger): Promise<readonly MessageRequest[]> {
  return group(await asEdited(messenger, await openAll(messenger, "1")));
}

/** What waits, was not shown yet, and is by whom `takes` takes; it counts as shown from now on. */
export async function takeUnshown(
  messenger: Messenger,
  takes: (account: AccountId) => boolean = () => true,
): Promise<readonly MessageRequest[]> {
  const { database } = messenger.profile;
  const fresh = (await openAll(messenger, "shown = 0")).filter(({ from }) => takes(from));
  const mark = database.command("UPDATE held_text SET shown = 1 WHERE id = ?");
  database.transaction(() => {
    for (const { id } of fresh) mark.run(id);
  });
  return group(await asEdited(messenger, fresh));
}

/** The texts as their author has edited them since. The history does that by itself. */
async function asEdited(
  { profile: { vault }, history: { changes } }: Messenger,
  texts: readonly StoredText[],
): Promise<readonly StoredText[]> {
  return await Promise.all(texts.map(async (held) => {
    const edit = changes.last(held.id, "edit", held.from);
    const text = edit && decodeUtf8(await vault.open("change", edit.id, edit.sealed));
    return text === undefined ? held : { ...held, text };
  }));
}

/** Inside a transaction: its author takes something back that waits. */
export function withdrawHeld(
  { profile: { database }, history: { changes } }: Messenger,
  { from, id }: { readonly from: AccountId; readonly id: string },
): void {
  const gone = database.command("DELETE FROM held_text WHERE account = ? AND id = ?")
    .run(from, id);
  if (gone > 0) changes.forget(id);
}

/** Whether this waits, said by this account. */
export function isHeld(
  { profile: { database } }: Messenger,
  { from, id }: { readonly from: AccountId; readonly id: string },
): boolean {
  return database.has("SELECT 1 AS one FROM held_text WHERE account = ? AND id = ?", from, id);
}

/**
 * The account is one that this person knows: what it said moves into the history, as it was changed since, and its receipts
 * are due. Returns how many texts and offers that were; 0 also for who did not ask. `decide` stands in the transaction, and
 * says no where something else was decided since.
 */
export async function acceptRequest(
  messenger: Messenger,
  account: AccountId,
  decide: () => boolean = () => decideNow(messenger, account, "known"),
): Promise<number> {
  const { conversations } = messenger;
  const held = await openAll(messenger, "account = ?", account);
  const offers = held.filter(({ message }) => message !== undefined);
  const texts = held.filter(({ message }) => message === undefined);
  const entries = texts.map(({ epoch: _epoch, shown: _shown, ...said }): HistoryEntry => ({
    ...said,
    peer: account,
    own: false,
    kind: "text",
  }));
  const offered = await Promise.all(offers.map((held) => takeOffer(messenger, held)));
  const lines = [...timerLine(messenger, account), ...offered.flatMap(({ lines }) => lines)];
  const isAccepted = await record(messenger, [...entries, ...lines], () => {
    if (!decide()) return false;
    dropHeld(messenger, account);
    for (const { write } of offered) write?.();
    for (const { id, conversation, epoch } of texts) {
      if (conversations.isIn(conversation, "active")) {
        oweReceipt(messenger, conversation, { id, epoch });
      }
    }
    return true;
  });
  if (!isAccepted) return 0;
  await settleChanges(messenger);
  return held.length;
}

/** An offer that waited is one like any other from now on. */
async function takeOffer(messenger: Messenger, held: StoredText) {
  const { from, conversation } = held;
  const { lines, write } = await takeHeld(messenger, held);
  const notices = lines.map((line) =>
    noticeEntry(messenger, { conversation, peer: from, ...line })
  );
  return { lines: notices, write };
}

async function takeHeld(messenger: Messenger, held: StoredText): Promise<PeerNews> {
  const { message, from, device, conversation, epoch, atMs } = held;
  const family = message && messenger.features.families.of(message);
  if (family === undefined || message === undefined || device === undefined) return { lines: [] };
  const speaker = { from, device, own: false, peer: from, conversation, epoch, atMs };
  return await family.take(messenger, message, { ...speaker, seq: undefined }, undefined);
}

/** How long messages stay was said before anybody was told. */
function timerLine(messenger: Messenger, account: AccountId): readonly HistoryEntry[] {
  const { conversations, contacts: { contactStatuses } } = messenger;
  const seconds = conversations.timers.of(account);
  const conversation = conversations.openWith(account)?.conversation;
  if (seconds === undefined || contactStatuses.of(account) !== undefined) return [];
  const text = timerWords(account, seconds);
  return [noticeEntry(messenger, { conversation, peer: account, code: "timer", text })];
}

/** What the account said is thrown away, and what it says from now on. It learns nothing of that. */
export function refuseAccount(
  messenger: Messenger,
  account: AccountId,
  decision: "declined" | "blocked" | (() => boolean),
): void {
  const { profile: { database }, conversations } = messenger;
  database.transaction(() => {
    const isDecided = typeof decision === "function"
      ? decision()
      : decideNow(messenger, account, decision);
    if (!isDecided) return;
    forgetHeld(messenger, account);
    const open = conversations.openWith(account);
    if (open === undefined) return;
    database.command("DELETE FROM receipt_due WHERE conversation = ?").run(open.conversation);
  });
}

function decideNow(
  { contacts: { contactStatuses } }: Messenger,
  account: AccountId,
  standing: ContactStatus,
): boolean {
  contactStatuses.set(account, standing);
  return true;
}

/** What was done to it goes with it. */
function forgetHeld(messenger: Messenger, account: AccountId): void {
  messenger.profile.database.command(
    "DELETE FROM change WHERE target IN (SELECT id FROM held_text WHERE account = ?)",
  ).run(account);
  dropHeld(messenger, account);
}

function dropHeld({ profile: { database } }: Messenger, account: AccountId): void {
  database.command("DELETE FROM held_text WHERE account = ?").run(account);
}

async function openAll(
  { profile: { database, vault } }: Messenger,
  which: "1" | "shown = 0" | "account = ?",
  ...values: readonly string[]
): Promise<readonly StoredText[]> {
  const rows = database.query(
    `SELECT account, id, conversation, epoch, shown, sealed FROM held_text WHERE ${which} ORDER BY place`,
    (row) => ({
      // Written by `holdText` from branded values.
      from: row.text("account") as AccountId,
      conversation: row.text("conversation") as ConversationId,
      id: row.text("id"),
      epoch: row.integer("epoch"),
      shown: row.boolean("shown"),
      sealed: row.bytes("sealed"),
    }),
  ).all(...values);
  return await Promise.all(rows.map(async ({ sealed, ...row }) => {
    const content = await vault.openValue<StoredText & OldOffer>("held_text", row.id, sealed);
    const { offer, stream, ...held } = content;
    // Profiles before the registry of families have offers by other names.
    const old = offer !== undefined
      ? { message: { kind: "file.offer", fields: offer } }
      : stream !== undefined
      ? { message: { kind: "stream.offer", fields: stream } }
      : {};
    return { ...held, ...old, ...row };
  }));
}

function group(texts: readonly StoredText[]): readonly MessageRequest[] {
  const byAccount = Map.groupBy(texts, ({ from }) => from);
  return [...byAccount].map(([account, all]) => ({
    account,
    texts: all.map(({ shown: _shown, ...text }) => text),
  }));
}
