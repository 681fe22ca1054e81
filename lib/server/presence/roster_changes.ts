/** Changes of who is there, gathered for a moment and told to those at this node whom they concern (row S4.06). */

import type { Clock } from "../../base/clock.ts";
import type { AccountId, AccountName, Fingerprint } from "../../base/ids.ts";
import { ROSTER_CHANGES } from "../../protocol/hop/roster.ts";
import { encodePacket } from "../../protocol/packet.ts";
import type { AccountNews } from "../bus/roll_news.ts";
import type { Session } from "../sessions/session.ts";

/** Changes within this time are told together, so that a restart of many clients is not quadratic. */
const JOIN_CHANGES_MS = 250;

/** Who somebody is. */
export interface Person {
  readonly name: AccountName;
  readonly identity: Fingerprint;
}

/** What is to be told of one account: news of it, and the last of its comings and goings. */
export interface PresenceUpdate extends Person {
  readonly news?: AccountNews;
  readonly state?: "online" | "offline" | "kicked";
  /** Who is told on a crowded server. */
  readonly peers: ReadonlySet<AccountId>;
}

type Change = Person & {
  readonly account: AccountId;
  readonly change: AccountNews | "online" | "offline" | "kicked";
};

/** Who may be told. */
export interface Audience {
  /** Whether changes go only to those who share a conversation. */
  isCrowded(): boolean;
  /** The accounts with a session at this node. */
  accounts(): Iterable<AccountId>;
  /** Theirs at this node: none for an account that is elsewhere. */
  sessionsOf(account: AccountId): Iterable<Session>;
}

/** Its owner closes it. */
export class RosterChanges {
  readonly #clock: Clock;
  readonly #audience: Audience;
  readonly #changes = new Map<AccountId, PresenceUpdate>();
  #cancelFlush: (() => void) | undefined;

  constructor(clock: Clock, audience: Audience) {
    this.#clock = clock;
    this.#audience = audience;
  }

  /** Told in a moment, with what comes until then. */
  add(account: AccountId, { name, identity, news, state, peers }: PresenceUpdate): void {
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

  close(): void {
    this.#cancelFlush?.();
  }

  #flush(): void {
    this.#cancelFlush = undefined;
    const changes = [...this.#changes];
    this.#changes.clear();
    if (this.#audience.isCrowded()) return this.#tellPeers(changes);
    this.#tell(
      this.#audience.accounts(),
      changes.flatMap(([account, told]) => listChanges(account, told)),
    );
  }

  /** Each change goes to those whom it concerns: the work is the number of acquaintances, not of all pairs. */
  #tellPeers(changes: readonly (readonly [AccountId, PresenceUpdate])[]): void {
    const byReceiver = new Map<AccountId, Change[]>();
    for (const [account, told] of changes) {
      for (const receiver of new Set([account, ...told.peers])) {
        const own = byReceiver.get(receiver) ?? [];
        own.push(...listChanges(account, told));
        byReceiver.set(receiver, own);
      }
    }
    for (const [receiver, own] of byReceiver) this.#tell([receiver], own);
  }

  #tell(receivers: Iterable<AccountId>, changes: readonly Change[]): void {
    const sessions = [...receivers].flatMap((account) => [...this.#audience.sessionsOf(account)]);
    if (sessions.length === 0) return;
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
