/** Every session of a server, and whose it is: what a change of password or identity ends (SR-47). */

import type { Clock } from "../../base/clock.ts";
import type { AccountId, DeviceId } from "../../base/ids.ts";
import type { Random } from "../../base/random.ts";
import { LinkRequests } from "./link_requests.ts";
import type { Session } from "./session.ts";

/** A client that does not read its farewell does not stay for it. */
const FAREWELL_MS = 500;

/** Why sessions end: for the log, and what their clients are told, if anything. */
export interface EndReason {
  readonly log: string;
  readonly told?: { readonly code: string; readonly message: string };
}

/** What is known of a session beside its state. */
interface Held {
  /** When it was accepted. */
  readonly atMs: number;
  readonly account?: AccountId;
  readonly device?: DeviceId | undefined;
}

/** The one list of sessions, from when they are accepted until they have ended. */
export class Sessions {
  /** Those that ask to be linked. */
  readonly links: LinkRequests;
  readonly #clock: Clock;
  readonly #held = new Map<Session, Held>();
  /** The same by account. */
  readonly #accounts = new Map<AccountId, Set<Session>>();

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.links = new LinkRequests(clock, random);
  }

  /** A session was accepted. */
  add(session: Session): void {
    this.#held.set(session, { atMs: this.#clock.nowMs() });
  }

  /** A session has ended. */
  remove(session: Session): void {
    this.leave(session);
    this.#held.delete(session);
  }

  get count(): number {
    return this.#held.size;
  }

  /** In the order in which they came. */
  [Symbol.iterator](): IterableIterator<Session> {
    return this.#held.keys();
  }

  /** When a session was accepted; undefined when it has ended. */
  acceptedAtMs(session: Session): number | undefined {
    return this.#held.get(session)?.atMs;
  }

  /**
   * Before the store is asked whether it may: so whoever signs out or kicks at the same time either came before, and the store
   * refuses, or finds the session here, whichever answer comes first. Joining twice is fine. Undo it when the store refuses.
   */
  join(session: Session, account: AccountId, device?: DeviceId): () => void {
    const before = this.#held.get(session) ?? { atMs: this.#clock.nowMs() };
    this.#held.set(session, { ...before, account, device });
    const known = this.#accounts.get(account) ?? new Set<Session>();
    this.#accounts.set(account, known.add(session));
    return () => {
      if (before.account === undefined) this.leave(session);
      else this.#held.set(session, before);
    };
  }

  /** It is nobody's any more. Leaving twice is fine. */
  leave(session: Session): void {
    const held = this.#held.get(session);
    if (held?.account === undefined) return;
    this.links.end(session, held.account);
    this.#held.set(session, { atMs: held.atMs });
    const known = this.#accounts.get(held.account);
    if (known?.delete(session) === true && known.size === 0) this.#accounts.delete(held.account);
  }

  /** Those of one device, if one is named; of others also those that are about to come in. */
  of(account: AccountId, device?: DeviceId): readonly Session[] {
    const all = [...this.#accounts.get(account) ?? []];
    return device === undefined ? all : all.filter((one) => this.#held.get(one)?.device === device);
  }

  /** Those of a device, whosever it is. */
  ofDevice(device: string): readonly Session[] {
    return [...this.#held].filter(([, held]) => held.device === device).map(([session]) => session);
  }

  /** Ends sessions, each told why if there is something to say. */
  end(ended: readonly Session[], { log, told }: EndReason): void {
    for (const session of ended) {
      if (told !== undefined) session.push("moderation.dismissed", told);
      // Not awaited: it ends by itself.
      session.connection.close(log, told === undefined ? undefined : FAREWELL_MS);
    }
  }
}
