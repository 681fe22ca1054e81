/**
 * The chain of payloads of each sending device in a conversation (SR-28): a running number and the hash of the payload
 * before, inside the seal. What the server drops, repeats or reorders leaves a trace here.
 */

import { type Bytes, encodeBase64, equalBytes } from "../../base/bytes.ts";
import type { ConversationId, DeviceId } from "../../base/ids.ts";
import { PEER_FORMAT, SHORT_HASH_BYTES } from "../../protocol/peer/payload.ts";
import type { Database } from "../../storage/database.ts";

export interface Link {
  readonly number: number;
  /** First 16 bytes of SHA-256 of the payload with that number. */
  readonly hash: Bytes;
}

/** What a received number says about those before it. */
export type ChainVerdict =
  | { readonly result: "next" }
  /** Numbers before this one have not come: they are missing until they do. */
  | { readonly result: "gap"; readonly from: number; readonly to: number }
  /** One that was missing. */
  | { readonly result: "late" }
  /** This number was there before. */
  | { readonly result: "repeated" }
  /** It claims another past than the one that was seen. */
  | { readonly result: "broken" }
  /** The device says that it lost its state and begins anew. */
  | { readonly result: "restarted" };

/** A received payload's place in its chain. */
export interface ReceivedLink extends Link {
  readonly previous: Bytes;
  readonly restart: boolean;
  /** Whether this device joined when others had already spoken. */
  readonly joinedLate: boolean;
}

export async function hashPayload(payload: Bytes): Promise<Bytes> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", payload));
  return digest.slice(0, SHORT_HASH_BYTES);
}

/** The chain fields of the next payload after `last`. */
export function chainFields(id: string, last: Link | undefined, restart: boolean) {
  return {
    v: PEER_FORMAT,
    id,
    number: (last?.number ?? 0) + 1,
    previous: last === undefined ? "" : encodeBase64(last.hash),
    ...(restart ? { restart } : {}),
  };
}

/** Pure: judges a payload's number and hash by the last one of that device and the set of missing numbers. */
export function judge(
  link: ReceivedLink,
  known: { last: Link | undefined; isMissing: boolean },
): ChainVerdict {
  const { last, isMissing } = known;
  if (link.restart && link.number === 1) return { result: "restarted" };
  if (isMissing) return { result: "late" };
  if (last === undefined) {
    return link.number === 1 || link.joinedLate
      ? { result: "next" }
      : { result: "gap", from: 1, to: link.number - 1 };
  }
  if (link.number <= last.number) return { result: "repeated" };
  if (link.number > last.number + 1) {
    return { result: "gap", from: last.number + 1, to: link.number - 1 };
  }
  return equalBytes(link.previous, last.hash) ? { result: "next" } : { result: "broken" };
}

/** A gap so wide is an attack on our disk; its numbers are not listed one by one. */
const MAX_LISTED_GAP = 1000;

/** The chains of a profile. All methods are synchronous and meant for the middle of a transaction. */
export class Chains {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  last(conversation: ConversationId, device: DeviceId): Link | undefined {
    return this.#database.query(
      "SELECT number, hash FROM chain WHERE conversation = ? AND device = ?",
      (row) => ({ number: row.integer("number"), hash: row.bytes("hash") }),
    ).first(conversation, device);
  }

  advance(conversation: ConversationId, device: DeviceId, link: Link): void {
    this.#database.command(`
      INSERT INTO chain VALUES (?1, ?2, ?3, ?4)
      ON CONFLICT DO UPDATE SET number = ?3, hash = ?4 WHERE number < ?3
    `).run(conversation, device, link.number, link.hash);
  }

  /** A device begins a new chain. */
  forget(conversation: ConversationId, device: DeviceId): void {
    this.#database.command("DELETE FROM chain WHERE conversation = ? AND device = ?")
      .run(conversation, device);
  }

  isMissing(conversation: ConversationId, device: DeviceId, number: number): boolean {
    return this.#database.query(
      "SELECT number FROM missing WHERE conversation = ? AND device = ? AND number = ?",
      (row) => row.integer("number"),
    ).first(conversation, device, number) !== undefined;
  }

  /** Judges a received payload; writes nothing. */
  judge(
    conversation: ConversationId,
    device: DeviceId,
    link: ReceivedLink,
  ): ChainVerdict {
    return judge(link, {
      last: this.last(conversation, device),
      isMissing: this.isMissing(conversation, device, link.number),
    });
  }

  /** Judges a received payload and writes down what follows from it. */
  receive(
    conversation: ConversationId,
    device: DeviceId,
    link: ReceivedLink,
  ): ChainVerdict {
    const verdict = this.judge(conversation, device, link);
    if (verdict.result === "gap") {
      const add = this.#database.command("INSERT OR IGNORE INTO missing VALUES (?, ?, ?)");
      const to = Math.min(verdict.to, verdict.from + MAX_LISTED_GAP - 1);
      for (let number = verdict.from; number <= to; number++) add.run(conversation, device, number);
    }
    if (verdict.result === "late") {
      this.#database.command(
        "DELETE FROM missing WHERE conversation = ? AND device = ? AND number = ?",
      ).run(conversation, device, link.number);
    }
    if (verdict.result === "restarted") this.forget(conversation, device);
    if (verdict.result !== "repeated") this.advance(conversation, device, link);
    return verdict;
  }

  /** Takes the missing numbers of a conversation by device: they are told once, after everything waiting was read. */
  takeMissing(conversation: ConversationId): ReadonlyMap<DeviceId, number> {
    const counts = this.#database.query(
      "SELECT device, count(*) AS numbers FROM missing WHERE conversation = ? GROUP BY device",
      // Written by `receive` from verified certificates.
      (row) => [row.text("device") as DeviceId, row.integer("numbers")] as const,
    ).all(conversation);
    this.#database.command("DELETE FROM missing WHERE conversation = ?").run(conversation);
    return new Map(counts);
  }
}
