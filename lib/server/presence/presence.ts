/** Who is connected, and the announcement of changes to everyone (row S4.06). */

import type { Bytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { logger } from "../../base/log.ts";
import type { AccountId, AccountName, Fingerprint } from "../../base/ids.ts";
import { ROSTER_CHANGES } from "../../protocol/hop/roster.ts";
import { encodePacket } from "../../protocol/packet.ts";
import { OrderedIds } from "./ordered_ids.ts";
import type { Session } from "../sessions/session.ts";

const log = logger("server", "presence");

type News = "registered" | "identity" | "devices" | "deleted";

/** Changes within this time are told together, so that a restart of many clients is not quadratic. */
const JOIN_CHANGES_MS = 250;
/** Above this many accounts online, changes are told only to the accounts that share a conversation. */
const MAX_PUBLIC_ONLINE = 500;

interface Person {
  readonly name: AccountName;
  readonly identity: Fingerprint;
}

/** What an account says of being busy. */
export interface BusyState {
  readonly sinceMs: number;
  /** Undefined until further notice. */
  readonly untilMs: number | undefined;
  /** Signed; its readers check it (SR-61). */
  readonly statement: Bytes;
}

interface Online extends Person {
  /** With their running numbers, the oldest first. */
  readonly sessions: Map<Session, number | undefined>;
  readonly sinceMs: number;
  /** In memory only (SR-61). */
  readonly busy: BusyState | undefined;
  /** Accounts that share a conversation with this one, or a room that is not too large. */
  readonly peers: Set<AccountId>;
}

/** What is to be told of one account: news of it, and the last of its comings and goings. */
interface PresenceUpdate extends Person {
  readonly news?: News;
  readonly state?: "online" | "offline" | "kicked";
  /** Who is told on a crowded server. */
  readonly peers: ReadonlySet<AccountId>;
}

type Change = Person & {
  readonly account: AccountId;
  readonly change: News | "online" | "offline" | "kicked";
};

/** An account on a page of the list. */
export interface OnlinePerson extends Person {
  readonly account: AccountId;
}

/** What is known of an account only while it is online. */
export interface Attendance {
  readonly sinceMs: number;
  /** Running number of its oldest session. */
  readonly session: number | undefined;
  /** Network address of that session. */
  readonly address: string | undefined;
  readonly port: number | undefined;
  readonly busy: BusyState | undefined;
}

const NOBODY: ReadonlySet<AccountId> = new Set();

/** The accounts online. Its owner closes it. */
export class Presence {
  readonly #clock: Clock;
  readonly #online = new Map<AccountId, Online>();
  readonly #inOrder = new OrderedIds<AccountId>();
  readonly #changes = new Map<AccountId, PresenceUpdate>();
  #cancelFlush: (() => void) | undefined;
  #sessionNumber = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The running number of a session (row S3.04). */
  nextSessionNumber(): number {
    return ++this.#sessionNumber;
  }

  /** Sessions that signed in since the start. */
  get sessionsSoFar(): number {
    return this.#sessionNumber;
  }

  get onlineCount(): number {
    return this.#online.size;
  }

  isOnline(account: AccountId): boolean {
    return this.#online.has(account);
  }

  /** Undefined while it is not online. */
  attendance(account: AccountId): Attendance | undefined {
    const online = this.#online.get(account);
    if (online === undefined) return undefined;
    const { sinceMs, sessions, busy } = online;
    const [oldest] = sessions;
    const isOver = busy?.untilMs !== undefined && busy.untilMs <= this.#clock.nowMs();
    return {
      sinceMs,
      session: oldest?.[1],
      address: oldest?.[0].address,
      port: oldest?.[0].port,
      busy: isOver ? undefined : busy,
    };
  }

  /** Every session that is ready. */
  *everyone(): Iterable<Session> {
    for (const { sessions } of this.#online.values()) yield* sessions.keys();
  }

  /**
   * Says a line to every session that is ready, and returns to how many. It is the server's own word, of a kind of its own:
   * no broadcast, which only a person's device can sign (SR-60).
   */
  notify(text: string): number {
    const packet = encodePacket({ kind: "server.notice", text });
    let told = 0;
    for (const { connection } of this.everyone()) if (connection.send(packet, "control")) told++;
    log.info("notice", { told });
    return told;
  }

  /** An account is busy, or free again; told at once to those who are told about it, and to itself. */
  setBusy(account: AccountId, busy: BusyState | undefined): void {
    const online = this.#online.get(account);
    if (online === undefined) return;
    this.#online.set(account, { ...online, busy });
    if (busy !== undefined || online.busy !== undefined) this.#tellBusy(account, online, busy);
  }

  /** Accounts online in the order of their ids, `limit` of those after `after`. */
  page(
    { after, limit }: { after: AccountId | undefined; limit: number },
  ): readonly OnlinePerson[] {
    return this.#inOrder.after(after, limit).flatMap((account) => {
      const online = this.#online.get(account);
      return online === undefined
        ? []
        : [{ account, name: online.name, identity: online.identity }];
    });
  }

  /** A session of an account became ready. */
  join(
    session: Session,
    account: AccountId,
    person: Person & { peers: ReadonlySet<AccountId>; session?: number },
  ): void {
    const { name, identity } = person;
    const online = this.#online.get(account);
    const sessions = online?.sessions ?? new Map<Session, number | undefined>();
    sessions.set(session, person.session);
    // Name and identity are those of now: a reset changes them under a session that is there already.
    const { sinceMs } = online ?? { sinceMs: this.#clock.nowMs() };
    const peers = new Set(person.peers);
    const { busy } = online ?? {};
    this.#online.set(account, { name, identity, sessions, sinceMs, peers, busy });
    this.#inOrder.add(account);
    if (online === undefined) this.#announce(account, { name, identity, state: "online", peers });
  }

  /** Two accounts share a conversation from now on. */
  meet(left: AccountId, right: AccountId): void {
    this.#online.get(left)?.peers.add(right);
    this.#online.get(right)?.peers.add(left);
  }

  /** A session ended. Leaving twice is fine. */
  leave(session: Session, account: AccountId): void {
    const online = this.#online.get(account);
    if (online === undefined || !online.sessions.delete(session) || online.sessions.size > 0) {
      return;
    }
    // Who leaves and comes back within a moment is not told as having left.
    if (online.busy !== undefined) this.setBusy(account, undefined);
    this.#online.delete(account);
    this.#inOrder.remove(account);
    this.#announce(account, { ...online, state: "offline" });
  }

  /** An account was kicked: it is gone at once, and in one line. Its sessions leave later. */
  dismiss(account: AccountId): void {
    const online = this.#online.get(account);
    if (online === undefined) return;
    if (online.busy !== undefined) this.setBusy(account, undefined);
    this.#online.delete(account);
    this.#inOrder.remove(account);
    this.#announce(account, { ...online, state: "kicked" });
  }

  /** An account is new, has a new identity, or has removed a device. */
  announce(account: AccountId, person: Person, news: News): void {
    log.info("keys.broadcast", { account, news });
    const peers = this.#online.get(account)?.peers ?? NOBODY;
    this.#announce(account, { ...person, news, peers });
  }

  close(): void {
    this.#cancelFlush?.();
  }

  #tellBusy(account: AccountId, { peers }: Online, busy: BusyState | undefined): void {
    const sinceMs = busy?.sinceMs ?? this.#clock.nowMs();
    const packet = encodePacket(
      { kind: "presence.change", account, busy: busy !== undefined, sinceMs },
      busy?.statement,
    );
    const isCrowded = this.#online.size > MAX_PUBLIC_ONLINE;
    const receivers = isCrowded ? new Set([account, ...peers]) : this.#online.keys();
    for (const { connection } of this.#sessionsOf(receivers)) connection.send(packet, "control");
  }

  #sessionsOf(receivers: Iterable<AccountId>): readonly Session[] {
    return [...receivers].flatMap((account) => [
      ...this.#online.get(account)?.sessions.keys() ?? [],
    ]);
  }

  #announce(account: AccountId, { name, identity, news, state, peers }: PresenceUpdate): void {
    const earlier = this.#changes.get(account);
    this.#changes.set(account, {
      name,
      identity,
      // Who hears of a new identity, or of a new account, looks at everything.
      news: news === "devices" ? earlier?.news ?? news : news ?? earlier?.news,
      state: state ?? earlier?.state,
      peers,
    });
    this.#cancelFlush ??= this.#clock.after(JOIN_CHANGES_MS, () => this.#flush());
  }

  #flush(): void {
    this.#cancelFlush = undefined;
    const changes = [...this.#changes];
    this.#changes.clear();
    if (this.#online.size > MAX_PUBLIC_ONLINE) return this.#tellPeers(changes);
    this.#tell(
      this.#online.keys(),
      changes.flatMap(([account, told]) => listChanges(account, told)),
    );
  }

  /** Each change goes to those whom it concerns: the work is the number of acquaintances, not of all pairs. */
  #tellPeers(changes: readonly (readonly [AccountId, PresenceUpdate])[]): void {
    const byReceiver = new Map<AccountId, Change[]>();
    for (const [account, told] of changes) {
      for (const receiver of new Set([account, ...told.peers])) {
        if (!this.#online.has(receiver)) continue;
        const own = byReceiver.get(receiver) ?? [];
        own.push(...listChanges(account, told));
        byReceiver.set(receiver, own);
      }
    }
    for (const [receiver, own] of byReceiver) this.#tell([receiver], own);
  }

  #tell(receivers: Iterable<AccountId>, changes: readonly Change[]): void {
    const sessions = this.#sessionsOf(receivers);
    for (let i = 0; i < changes.length; i += ROSTER_CHANGES) {
      const part = changes.slice(i, i + ROSTER_CHANGES);
      const packet = encodePacket({ kind: "roster.change", changes: part });
      for (const { connection } of sessions) connection.send(packet, "control");
    }
  }
}

function listChanges(
  account: AccountId,
  { name, identity, news, state }: PresenceUpdate,
): Change[] {
  return [news, state].filter((change) => change !== undefined)
    .map((change) => ({ account, name, identity, change }));
}
