/** The chains of a profile on disk, and as they will be after payloads that are judged but not written yet. */

import type { Bytes } from "../../base/bytes.ts";
import type { ConversationId, DeviceId } from "../../base/ids.ts";
import type { Database } from "../../storage/database.ts";
import {
  type ChainLink,
  type ChainVerdict,
  hashPayload,
  judge,
  type KnownChain,
  type ReceivedLink,
} from "./chain.ts";

/** A gap so wide is an attack on our disk; its numbers are not listed one by one. */
const MAX_LISTED_GAP = 1000;
/** Numbers of a device that are listed at once; a sender who leaves out ever more fills no disk. */
const MAX_LISTED = 10_000;

/** In place of a number: whatever comes next is the next. */
const ANY_NUMBER = -1;
const UNKNOWN_HASH: Bytes = new Uint8Array(0);

/** A chain as it is kept. */
interface KeptChain extends KnownChain {
  /** The device contradicted itself: nothing of it is taken until it comes in with fresh keys (SR-28). */
  readonly isHeld: boolean;
}

const UNKNOWN: KeptChain = { last: undefined, sinceEpoch: 0, isTakenUp: false, isHeld: false };

/** All methods are synchronous and meant for the middle of a transaction. */
export class Chains {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  last(conversation: ConversationId, device: DeviceId): ChainLink | undefined {
    return this.find(conversation, device).last;
  }

  /** What is known of a device's chain. */
  find(conversation: ConversationId, device: DeviceId): KeptChain {
    return this.#database.query(
      "SELECT number, hash, since_epoch, held FROM chain WHERE conversation = ? AND device = ?",
      (row) => {
        const number = row.integer("number");
        return {
          last: number > 0 ? { number, hash: row.bytes("hash") } : undefined,
          sinceEpoch: row.integer("since_epoch"),
          isTakenUp: number === ANY_NUMBER,
          isHeld: row.boolean("held"),
        };
      },
    ).first(conversation, device) ?? UNKNOWN;
  }

  advance(conversation: ConversationId, device: DeviceId, link: ChainLink): void {
    this.#database.command(`
      INSERT INTO chain (conversation, device, number, hash) VALUES (?1, ?2, ?3, ?4)
      ON CONFLICT DO UPDATE SET number = ?3, hash = ?4
    `).run(conversation, device, link.number, link.hash);
  }

  /** A device came in, perhaps once more: what it said before that was another chain. */
  begin(conversation: ConversationId, device: DeviceId, sinceEpoch: number): void {
    this.#forgetMissing(conversation, device);
    this.#database.command(`
      INSERT OR REPLACE INTO chain (conversation, device, number, hash, since_epoch)
      VALUES (?, ?, 0, ?, ?)
    `).run(conversation, device, UNKNOWN_HASH, sinceEpoch);
  }

  /**
   * This device came in, perhaps once more. Those that were there before go on, or have begun anew unseen, those that were held
   * too: their next payload is taken for what it is, and the next contradiction is seen again.
   */
  arrive(conversation: ConversationId, own: DeviceId, sinceEpoch: number): void {
    this.#database.command("UPDATE chain SET hash = ?, held = 0 WHERE conversation = ?")
      .run(UNKNOWN_HASH, conversation);
    this.begin(conversation, own, sinceEpoch);
  }

  /** Payloads of a device were passed over unread. */
  takeUp(conversation: ConversationId, device: DeviceId): void {
    this.advance(conversation, device, { number: ANY_NUMBER, hash: UNKNOWN_HASH });
  }

  /** Until it comes in anew. */
  hold(conversation: ConversationId, device: DeviceId): void {
    this.#database.command(`
      INSERT INTO chain (conversation, device, number, hash, held) VALUES (?1, ?2, 0, ?3, 1)
      ON CONFLICT DO UPDATE SET held = 1
    `).run(conversation, device, UNKNOWN_HASH);
  }

  /** All of them: those of others are taken up wherever they are, the own one begins anew. */
  forgetAll(conversation: ConversationId): void {
    for (const table of ["chain", "missing"]) {
      this.#database.command(`DELETE FROM ${table} WHERE conversation = ?`).run(conversation);
    }
  }

  #forgetMissing(conversation: ConversationId, device: DeviceId): void {
    this.#database.command("DELETE FROM missing WHERE conversation = ? AND device = ?")
      .run(conversation, device);
  }

  isMissing(conversation: ConversationId, device: DeviceId, number: number): boolean {
    return this.#database.has(
      "SELECT number FROM missing WHERE conversation = ? AND device = ? AND number = ?",
      conversation,
      device,
      number,
    );
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
    if (verdict.result === "restarted") this.#forgetMissing(conversation, device);
    if (movesOn(verdict)) this.advance(conversation, device, link);
  }

  #countMissing(conversation: ConversationId, device: DeviceId): number {
    return this.#database.integer(
      "SELECT count(*) AS numbers FROM missing WHERE conversation = ? AND device = ?",
      conversation,
      device,
    ) ?? 0;
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

/** Whether the payload is the newest of its chain. */
function movesOn({ result }: ChainVerdict): boolean {
  return result === "next" || result === "gap" || result === "restarted" || result === "broken";
}

/** What happened to a chain. */
type Step =
  | { readonly type: "received"; readonly link: ReceivedLink; readonly verdict: ChainVerdict }
  | { readonly type: "begun"; readonly epoch: number }
  | { readonly type: "passed-over" }
  | { readonly type: "held" };

/** Judges payloads of one conversation one after the other, each as if those before it were written. */
export class ChainRun {
  readonly #chains: Chains;
  readonly #conversation: ConversationId;
  readonly #steps: { readonly device: DeviceId; readonly step: Step }[] = [];
  readonly #known = new Map<DeviceId, KeptChain>();

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
    const known = this.find(device);
    const verdict = judge(link, { ...known, isMissing: this.#isMissing(device, link.number) });
    const after = movesOn(verdict) ? { ...known, last: link, isTakenUp: false } : known;
    this.#step(device, { type: "received", link, verdict }, after);
    return verdict;
  }

  /** A commit brought the device in, perhaps once more. */
  begin(device: DeviceId, epoch: number): void {
    this.#step(device, { type: "begun", epoch }, { ...UNKNOWN, sinceEpoch: epoch });
  }

  /** Something of the device is not read. */
  passOver(device: DeviceId): void {
    const known = this.find(device);
    if (known.isTakenUp) return;
    this.#step(device, { type: "passed-over" }, { ...known, last: undefined, isTakenUp: true });
  }

  /** Nothing of the device is taken any more, until it comes in anew. */
  hold(device: DeviceId): void {
    this.#step(device, { type: "held" }, { ...this.find(device), isHeld: true });
  }

  /** Its chain after what was judged so far. */
  find(device: DeviceId): KeptChain {
    return this.#known.get(device) ?? this.#chains.find(this.#conversation, device);
  }

  /** Inside a transaction. Nobody else has received meanwhile: the caller holds the lease. */
  write(): void {
    for (const { device, step } of this.#steps) this.#write(device, step);
  }

  #write(device: DeviceId, step: Step): void {
    switch (step.type) {
      case "received":
        return this.#chains.receive(this.#conversation, device, step);
      case "begun":
        return this.#chains.begin(this.#conversation, device, step.epoch);
      case "passed-over":
        return this.#chains.takeUp(this.#conversation, device);
      case "held":
        return this.#chains.hold(this.#conversation, device);
    }
  }

  #step(device: DeviceId, step: Step, after: KeptChain): void {
    this.#steps.push({ device, step });
    this.#known.set(device, after);
  }

  #isMissing(device: DeviceId, number: number): boolean {
    let isMissing = this.#chains.isMissing(this.#conversation, device, number);
    for (const { device: of, step } of this.#steps) {
      if (of !== device) continue;
      if (step.type === "begun") isMissing = false;
      if (step.type !== "received") continue;
      const { link, verdict } = step;
      if (verdict.result === "restarted") isMissing = false;
      if (verdict.result === "late" && link.number === number) isMissing = false;
      if (verdict.result === "gap" && number >= verdict.from && number <= verdict.to) {
        isMissing = number < verdict.from + MAX_LISTED_GAP;
      }
    }
    return isMissing;
  }
}
