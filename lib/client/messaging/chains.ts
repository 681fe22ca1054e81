/** The chains of a profile on disk, and as they will be after payloads that are judged but not written yet. */

import type { Bytes } from "../../base/bytes.ts";
import type { ConversationId, DeviceId } from "../../base/ids.ts";
import type { Database } from "../../storage/database.ts";
import {
  type ChainLink,
  type ChainVerdict,
  hashPayload,
  judge,
  type ReceivedLink,
} from "./chain.ts";

/** A gap so wide is an attack on our disk; its numbers are not listed one by one. */
const MAX_LISTED_GAP = 1000;
/** Numbers of a device that are listed at once; a sender who leaves out ever more fills no disk. */
const MAX_LISTED = 10_000;

/** All methods are synchronous and meant for the middle of a transaction. */
export class Chains {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  last(conversation: ConversationId, device: DeviceId): ChainLink | undefined {
    return this.#database.query(
      "SELECT number, hash FROM chain WHERE conversation = ? AND device = ?",
      (row) => ({ number: row.integer("number"), hash: row.bytes("hash") }),
    ).first(conversation, device);
  }

  advance(conversation: ConversationId, device: DeviceId, link: ChainLink): void {
    this.#database.command(`
      INSERT INTO chain VALUES (?1, ?2, ?3, ?4)
      ON CONFLICT DO UPDATE SET number = ?3, hash = ?4 WHERE number < ?3
    `).run(conversation, device, link.number, link.hash);
  }

  /** A device begins a new chain: numbers of the old one mean nothing any more. */
  forget(conversation: ConversationId, device: DeviceId): void {
    for (const table of ["chain", "missing"]) {
      this.#database.command(`DELETE FROM ${table} WHERE conversation = ? AND device = ?`)
        .run(conversation, device);
    }
  }

  /** All of them: those of others are taken up wherever they are, the own one begins anew. */
  forgetAll(conversation: ConversationId): void {
    for (const table of ["chain", "missing"]) {
      this.#database.command(`DELETE FROM ${table} WHERE conversation = ?`).run(conversation);
    }
  }

  isMissing(conversation: ConversationId, device: DeviceId, number: number): boolean {
    return this.#database.query(
      "SELECT number FROM missing WHERE conversation = ? AND device = ? AND number = ?",
      (row) => row.integer("number"),
    ).first(conversation, device, number) !== undefined;
  }

  /** Writes down what follows from a payload that was judged. */
  receive(
    conversation: ConversationId,
    device: DeviceId,
    { link, verdict }: { link: ChainLink; verdict: ChainVerdict },
  ): void {
    if (verdict.result === "gap") {
      const add = this.#database.command(
        "INSERT OR IGNORE INTO missing (conversation, device, number) VALUES (?, ?, ?)",
      );
      const room = Math.min(MAX_LISTED_GAP, MAX_LISTED - this.#countMissing(conversation, device));
      const to = Math.min(verdict.to, verdict.from + room - 1);
      for (let number = verdict.from; number <= to; number++) add.run(conversation, device, number);
    }
    if (verdict.result === "late") {
      this.#database.command(
        "DELETE FROM missing WHERE conversation = ? AND device = ? AND number = ?",
      ).run(conversation, device, link.number);
    }
    if (verdict.result === "restarted") this.forget(conversation, device);
    if (verdict.result !== "repeated") this.advance(conversation, device, link);
  }

  #countMissing(conversation: ConversationId, device: DeviceId): number {
    return this.#database.query(
      "SELECT count(*) AS numbers FROM missing WHERE conversation = ? AND device = ?",
      (row) => row.integer("numbers"),
    ).first(conversation, device) ?? 0;
  }

  /** How many numbers are missing that nobody was told of, by conversation and device. */
  listMissing(): readonly Missing[] {
    return this.#database.query(
      "SELECT conversation, device, count(*) AS numbers FROM missing WHERE told = 0 GROUP BY conversation, device",
      (row) => ({
        // Written by `receive` from branded values.
        conversation: row.text("conversation") as ConversationId,
        device: row.text("device") as DeviceId,
        count: row.integer("numbers"),
      }),
    ).all();
  }

  /** They were told. They stay missing: one that comes yet is late, not repeated. */
  setTold({ conversation, device }: Missing): void {
    this.#database.command("UPDATE missing SET told = 1 WHERE conversation = ? AND device = ?")
      .run(conversation, device);
  }
}

/** Payloads of a device that were sent and have not come. */
export interface Missing {
  readonly conversation: ConversationId;
  readonly device: DeviceId;
  readonly count: number;
}

interface Received {
  readonly device: DeviceId;
  readonly link: ReceivedLink;
  readonly verdict: ChainVerdict;
}

/** The device has come in, perhaps once more: what it said in an earlier time here is another chain. */
interface Arrival {
  readonly device: DeviceId;
  readonly verdict: { readonly result: "arrived" };
}

/** Judges payloads of one conversation one after the other, each as if those before it were written. */
export class ChainRun {
  readonly #chains: Chains;
  readonly #conversation: ConversationId;
  readonly #steps: (Received | Arrival)[] = [];

  constructor(chains: Chains, conversation: ConversationId) {
    this.#chains = chains;
    this.#conversation = conversation;
  }

  /** Judges a payload that was opened. */
  async take(
    device: DeviceId,
    payload: Bytes,
    place: Omit<ReceivedLink, "hash">,
  ): Promise<ChainVerdict> {
    return this.judge(device, { ...place, hash: await hashPayload(payload) });
  }

  judge(device: DeviceId, link: ReceivedLink): ChainVerdict {
    const verdict = judge(link, {
      last: this.#last(device),
      isMissing: this.#isMissing(device, link.number),
    });
    this.#steps.push({ device, link, verdict });
    return verdict;
  }

  /** A commit added the device, which was not in before. */
  beginAnew(device: DeviceId): void {
    this.#steps.push({ device, verdict: { result: "arrived" } });
  }

  /** Inside a transaction. Nobody else has received meanwhile: the caller holds the lease. */
  write(): void {
    for (const step of this.#steps) {
      if ("link" in step) this.#chains.receive(this.#conversation, step.device, step);
      else this.#chains.forget(this.#conversation, step.device);
    }
  }

  #last(device: DeviceId): ChainLink | undefined {
    let last = this.#chains.last(this.#conversation, device);
    for (const step of this.#of(device)) {
      const link = "link" in step ? step.link : undefined;
      const isFirst = last === undefined || step.verdict.result === "restarted";
      if (link === undefined || isFirst || link.number > (last?.number ?? 0)) last = link;
    }
    return last;
  }

  #isMissing(device: DeviceId, number: number): boolean {
    let isMissing = this.#chains.isMissing(this.#conversation, device, number);
    for (const step of this.#of(device)) {
      const { verdict } = step;
      if (verdict.result === "restarted" || verdict.result === "arrived") isMissing = false;
      if (verdict.result === "late" && "link" in step && step.link.number === number) {
        isMissing = false;
      }
      if (verdict.result === "gap" && number >= verdict.from && number <= verdict.to) {
        isMissing = number < verdict.from + MAX_LISTED_GAP;
      }
    }
    return isMissing;
  }

  #of(device: DeviceId): readonly (Received | Arrival)[] {
    return this.#steps.filter((step) => step.device === device);
  }
}
