/**
 * New devices that ask the other devices of their account to be linked: in memory only, and only as long as the connection
 * that asks. The server hands bytes over and understands none of them.
 */

import type { Bytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import type { AccountId } from "../../base/ids.ts";
import { encodeHex } from "../../base/bytes.ts";
import type { Random } from "../../base/random.ts";
import { LINK_REQUEST_MS, LINK_REQUESTS_MAX } from "../../protocol/limits.ts";
import { refuse } from "../../protocol/failure.ts";
import type { Session } from "./session.ts";

/** What the account's devices are told of a request. */
export interface LinkRequestFacts {
  /** 16 random bytes, hex. */
  readonly link: string;
  readonly atMs: number;
  readonly expiresMs: number;
  readonly address: string;
}

/** A device that waits to be linked. */
export interface WaitingLink extends LinkRequestFacts {
  readonly body: Bytes;
}

interface Waiting extends WaitingLink {
  readonly session: Session;
  cancelExpiry(): void;
}

/** What the account's devices are told. */
export function factsOf({ link, atMs, expiresMs, address }: WaitingLink): LinkRequestFacts {
  return { link, atMs, expiresMs, address };
}

/** The requests of all accounts, by account. */
export class LinkRequests {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #waiting = new Map<AccountId, Waiting[]>();

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** A session asks once more in the place of its request before. Throws Refusal `too-many`. */
  ask(session: Session, account: AccountId, body: Bytes): WaitingLink {
    this.end(session, account);
    const others = this.#waiting.get(account) ?? [];
    if (others.length >= LINK_REQUESTS_MAX) {
      throw refuse(
        "too-many",
        "Too many devices ask to be linked to this account: if they are not yours, change the password",
      );
    }
    const atMs = this.#clock.nowMs();
    const waiting: Waiting = {
      link: encodeHex(this.#random.bytes(16)),
      atMs,
      expiresMs: atMs + LINK_REQUEST_MS,
      address: session.address,
      body: body.slice(),
      session,
      cancelExpiry: this.#clock.after(LINK_REQUEST_MS, () => {
        session.push("device.link-result", { result: "expired" });
        this.end(session, account);
      }),
    };
    this.#waiting.set(account, [...others, waiting]);
    return waiting;
  }

  list(account: AccountId): readonly WaitingLink[] {
    return this.#waiting.get(account) ?? [];
  }

  /** Hands the answer over; `undefined` for a no. False when nobody waits for it here. */
  answer(account: AccountId, link: string, answer: Bytes | undefined): boolean {
    const waiting = this.#waiting.get(account)?.find((it) => it.link === link);
    if (waiting === undefined) return false;
    const { session } = waiting;
    if (answer === undefined) session.push("device.link-result", { result: "declined" });
    else session.push("device.link-result", { result: "approved" }, { payload: answer });
    this.end(session, account);
    return true;
  }

  /** The session asks no more. Twice is fine. */
  end(session: Session, account: AccountId): void {
    const all = this.#waiting.get(account);
    const left = all?.filter((waiting) => waiting.session !== session);
    if (all === undefined || left === undefined || left.length === all.length) return;
    for (const waiting of all) if (waiting.session === session) waiting.cancelExpiry();
    if (left.length === 0) this.#waiting.delete(account);
    else this.#waiting.set(account, left);
  }
}
