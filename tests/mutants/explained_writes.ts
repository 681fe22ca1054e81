/** Conditions of the store's writes that no test misses, and why that is right. */

import type { Placed } from "./store_writes.ts";

interface Explanation {
  readonly file: string;
  /** As the report prints it, without the line, so that it holds when lines move. */
  readonly text: string;
  /** Of SQL: how its statement begins. */
  readonly within?: string;
  readonly why: string;
}

const BOUND =
  "Saves rows: what the statement's other conditions leave out is left out all the same.";

const EXPLAINED: readonly Explanation[] = [
  {
    file: "audit.ts",
    text: "row === undefined",
    why: "An INSERT with RETURNING gives a row or throws.",
  },
  {
    file: "batch.ts",
    text: 'CALLS[call.name].effect === "draft"',
    why: "Saves settling and a savepoint: a draft changes nothing when it fails.",
  },
  {
    file: "batch.ts",
    text: "!OWN_FAILURES.includes(error.code)",
    why: "No call leaves a failure of its own to the database: each looks before it writes.",
  },
  {
    file: "devices.ts",
    text: "removed = 0",
    within: "SELECT id FROM device WHERE device = ? AND owner = ?",
    why: "What a removed device had went with it: removing it again changes nothing.",
  },
  {
    file: "envelope_log.ts",
    text: "!(error instanceof StorageError)",
    why: "Nothing else that is thrown there has the code that is asked for beside it.",
  },
  {
    file: "envelope_log.ts",
    text: "m.device = ?",
    within: "SELECT c.id, c.last_seq FROM conversation_member m",
    why:
      "Of each place the device's own cursor is looked for again; where it has none it leaves nothing.",
  },
  {
    file: "envelope_log.ts",
    text: "device = ?",
    within: "SELECT cursor FROM conversation_member",
    why:
      "Saves rows: the index gives whoever is furthest behind, and only what nobody needs is deleted from there on.",
  },
  ...[
    "upToNow <= (this.#checkedUntilBytes.get(place.id) ?? 0)",
    "known >= 0",
    "seen?.round === round && seen.undone === undone",
    "seen === undefined || seen.version === version && seen.undone === undone",
    "seen.version === version && seen.undone === undone",
  ].map((text) => ({ file: "quota.ts", text, why: "Saves looking once more." })),
  {
    file: "quota.ts",
    text: "cursor_bytes < ?",
    why: "Saves looking at those who keep up.",
  },
  {
    file: "quota.ts",
    text: "m.device = ?",
    within: "SELECT coalesce(sum(c.sent_bytes",
    why: "A sum that is too great is counted exactly.",
  },
  {
    file: "rooms.ts",
    text: "account = ?1",
    why: "Saves looking at rooms of others: their people are others than those that are asked for.",
  },
  {
    file: "rooms.ts",
    text: "declined = 0",
    why:
      "Saves looking at them: who declined is not among a room's people, and is among those asked for.",
  },
  {
    file: "room_lookups.ts",
    text: "( SELECT count(*) FROM conversation_account p WHERE p.conversation = c.id) <= $2",
    why: "It bounds who hears that somebody comes, and no write: a test of it needs a room of 200.",
  },
  {
    file: "rooms.ts",
    text: "m.conversation = ?",
    within: "SELECT m.device AS id FROM conversation_member m JOIN",
    why: "A device that is not on the list of this room leaves nothing.",
  },
  {
    file: "room_rules.ts",
    text: "found === undefined",
    why: "Without a place it was judged to be by no member.",
  },
  {
    file: "quota.ts",
    text: "seen.undone === undone",
    why: "What is undone is forgotten with its round, which the other half asks for.",
  },
  {
    file: "quota.ts",
    text: "e.body IS NOT NULL",
    within: "SELECT coalesce(sum(e.size_bytes), 0) AS from_all",
    why: "What waits for a device has its body until the device's cursor has passed it.",
  },
  {
    file: "tokens.ts",
    text: "uses === undefined",
    why: "The account is created by a token that was looked at in the same transaction.",
  },
  {
    file: "uploads.ts",
    text: "u.room IS NULL",
    why: "Of an upload for a room nobody looks at who its one reader is.",
  },
  { file: "uploads.ts", text: "id = 1", why: "The table has one row." },
  {
    file: "key_packages.ts",
    text: "found === undefined",
    why: "A device is found by having a package.",
  },
  {
    file: "key_packages.ts",
    text: "d.removed = 0",
    within: "SELECT d.id, d.device, d.certificate",
    why: "The packages of a removed device went with it.",
  },
  {
    file: "messages.ts",
    text: "full.length === 0",
    why: "Saves a savepoint: with nobody to leave out the same is written.",
  },
  ...["messages.ts", "open_conversations.ts"].map((file) => ({
    file,
    text: "place === undefined",
    why: "Throws a Bug: who asks has found the conversation in the same transaction.",
  })),
  {
    file: "open_conversations.ts",
    text: "this.#devices.has(device)",
    why: "Saves asking for the same number again.",
  },
  {
    file: "open_conversations.ts",
    text: "member === undefined",
    why: "Who is no member had not everything before: the other half says the same.",
  },
  {
    file: "expiry.ts",
    text: "doomed === 0",
    why: "Saves four statements that change nothing.",
  },
  ...["seq > ?", "body IS NOT NULL"].map((text) => ({
    file: "open_conversations.ts",
    text,
    within: "UPDATE envelope SET body = NULL WHERE recipient = ?",
    why: BOUND,
  })),
  ...["conversation = ?", "seq > ?", "seq <= ?", "body IS NOT NULL"].map((text) => ({
    file: "envelope_log.ts",
    text,
    within: "UPDATE envelope SET body = NULL WHERE conversation = ? AND",
    why: BOUND,
  })),
];

/** Undefined when there is none. */
export function explanationOfWrite({ file, text, within = "" }: Placed): string | undefined {
  return EXPLAINED.find((one) =>
    file.endsWith(`/${one.file}`) && text === one.text && within.startsWith(one.within ?? "")
  )?.why;
}
