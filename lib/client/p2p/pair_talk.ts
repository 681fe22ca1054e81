/** Sends and receives for one pair, over whichever link is the newest, one at a time. */

import type { Held } from "../sending/online_link.ts";
import type { Messenger } from "../store/messenger.ts";
import { describeError, Refusal, TransportError, TrustError } from "../../base/errors.ts";
import { Channel } from "../../base/channel.ts";
import type { AccountId, Peer } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import { anySignal, Scope } from "../../base/scope.ts";
import type { Link } from "../link/link.ts";
import { ensureConversation } from "../contacts/conversation_with.ts";
import { SyncEngine } from "../sync/sync_engine.ts";
import { refillKeyPackages } from "../groups/key_packages.ts";
import { Lease } from "../profile/lease.ts";
import type { Transfers } from "../transfers/transfers.ts";
import type { Clock } from "../../base/clock.ts";

const log = logger("client", "pair");

/** One conversation takes one, the next one another. */
const KEY_PACKAGES = 2;
/** With which a link is left for a newer one. */
const NEWER = new DOMException("There is a newer connection", "AbortError");

/** Whoever makes it runs it, and closes it before the databases. */
export class PairTalk {
  readonly #messenger: Messenger;
  readonly #transfers: Pick<Transfers, "runOver">;
  readonly #peer: AccountId;
  readonly #links: Link[] = [];
  /** Something is to be sent, or a link has come or gone. */
  readonly #news = new Channel<"link">();
  #sending = new Channel<"send">();
  #leave: () => void = () => {};
  #begins = false;
  #syncEngine: { readonly link: Link; readonly syncEngine: SyncEngine } | undefined;

  constructor(
    messenger: Messenger,
    transfers: Pick<Transfers, "runOver">,
    peer: AccountId,
  ) {
    this.#messenger = messenger;
    this.#transfers = transfers;
    this.#peer = peer;
  }

  /** From now on everything goes over this link. `begins`: see `begin`. */
  use(link: Link, begins: boolean): void {
    leaveOlder([...this.#links], link, this.#messenger.profile.clock);
    this.#links.push(link);
    if (begins) this.#begins = true;
    link.closed.then(() => this.#gone(link));
    this.#leave();
    this.#news.push("link");
  }

  /** Makes the conversation, if there is none, without waiting for a text. */
  begin(): void {
    this.#begins = true;
    this.wake();
  }

  /** What everything goes over now. Throws TransportError `offline` when they are not here. */
  get link(): Link {
    const used = this.#syncEngine;
    if (used?.link.isOpen === true) return used.link;
    throw new TransportError("offline", "They are not connected");
  }

  get isOnline(): boolean {
    return this.#syncEngine?.link.isOpen === true;
  }

  /** Sends what waits; returns what could not leave. Throws TransportError. */
  async flush(): Promise<readonly Held[]> {
    const { link } = this;
    if (this.#syncEngine?.link !== link) return [];
    return await this.#syncEngine.syncEngine.send();
  }

  /** Something was written down. */
  wake(): void {
    if (this.#sending.size === 0) this.#sending.push("send");
  }

  /** Until `signal` aborts, or it is closed. */
  async run(signal: AbortSignal): Promise<void> {
    for (;;) {
      const link = this.#links.findLast(({ isOpen }) => isOpen);
      if (link === undefined) {
        if (await this.#news.next({ signal }) === undefined) return;
        continue;
      }
      try {
        await this.#over(link, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (error === NEWER) continue;
        log.warn("talk ended", { reason: describeError(error) });
      }
      // What failed would fail again at once: the connection is made anew.
      if (link.isOpen) await link.abandon();
    }
  }

  /** Ends every link. */
  async close(): Promise<void> {
    this.#news.close();
    await Promise.all(this.#links.map((link) => link.close()));
  }

  #gone(link: Link): void {
    this.#links.splice(this.#links.indexOf(link), 1);
    this.#news.push("link");
  }

  async #over(link: Link, signal: AbortSignal): Promise<void> {
    const newer = new AbortController();
    this.#leave = () => newer.abort(NEWER);
    const { profile } = this.#messenger;
    const syncEngine = new SyncEngine(this.#messenger, link);
    this.#syncEngine = { link, syncEngine };
    using lease = Lease.take(profile.database, "receiver", profile);
    if (lease === undefined) return;
    await using scope = new Scope(anySignal(signal, newer.signal));
    await refillKeyPackages(profile, link, { atMost: KEY_PACKAGES });
    this.#sending = new Channel();
    this.wake();
    scope.run("send", (stop) => this.#send(syncEngine, link, stop));
    scope.run("transfers", (stop) => this.#transfer(syncEngine, link, stop));
    await syncEngine.receive(lease, { signal: scope.signal, onCaughtUp: () => this.wake() });
  }

  async #transfer(syncEngine: SyncEngine, link: Link, signal: AbortSignal): Promise<void> {
    const { profile } = this.#messenger;
    using lease = Lease.take(profile.database, "transfers", profile);
    if (lease === undefined) return;
    const send = async () => void await syncEngine.send();
    const mayLeave = (peer: Peer) => syncEngine.isOpen(peer);
    await this.#transfers.runOver({ link, lease, send, mayLeave }, signal);
  }

  async #send(syncEngine: SyncEngine, link: Link, signal: AbortSignal): Promise<void> {
    while (await this.#sending.next({ signal }) !== undefined) {
      try {
        if (this.#begins) await this.#makeConversation(link);
        await syncEngine.send();
      } catch (error) {
        if (error instanceof TransportError) return;
        // It stays written down, and goes with the next one.
        if (!(error instanceof Refusal || error instanceof TrustError)) throw error;
        log.warn("not sent", { code: error.code });
      }
    }
  }

  async #makeConversation(link: Link): Promise<void> {
    const contact = await this.#messenger.contacts.find(this.#peer);
    // Pinned when the pair was opened.
    if (contact === undefined) return;
    await ensureConversation(this.#messenger, link, contact);
    this.#begins = false;
  }
}

// What becomes of the links that were there when another one comes.

/**
 * Who keeps the order ends a connection at once that another one follows. One that it leaves open for longer is unknown to it:
 * its program was killed and has come back, and by QUIC nothing else tells that for 12 s.
 */
export const OLDER_MS = 3_000;

/** Gives up in a while what is still open of `older`, unless `newest` has ended before. */
export function leaveOlder(older: readonly Link[], newest: Link, clock: Clock): void {
  if (older.length === 0) return;
  const cancel = clock.after(OLDER_MS, () => {
    for (const link of older) link.abandon();
  });
  newest.closed.then(cancel);
}
