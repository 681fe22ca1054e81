/**
 * Carries a profile's messages over one link: what waits in the mailbox in, what waits in the outbox out. Any number of
 * processes may send; the one that holds the lease also receives.
 */

import { CryptoError, Refusal, TrustError } from "../../base/errors.ts";
import {
  type AccountId,
  type ConversationId,
  type Peer,
  type RoomHandle,
  roomNumber,
} from "../../base/ids.ts";
import type { Link } from "../link/link.ts";
import { keepRooms } from "../rooms/keeping.ts";
import { enterLooked } from "../rooms/open_rooms.ts";
import { ensureConversation } from "../contacts/conversation_with.ts";
import { OutboxFlusher } from "../sending/flusher.ts";
import { MailboxReader } from "./mailbox_reader.ts";
import type { Messenger } from "../store/messenger.ts";
import { contactRecipient, type Recipient, sealDrafts } from "../sending/sender.ts";
import type { Lease } from "../profile/lease.ts";
import type { Held } from "../sending/online_link.ts";
import { sweep, sweepAll } from "../devices/sweeping.ts";
import { TrustGate } from "../contacts/trust_gate.ts";
import { keepUp } from "../groups/committing.ts";
import { isDirect } from "../store/conversation_kinds.ts";

/** A conversation that is gone when the text arrives is followed by another one; a server that never agrees is not. */
const MAX_TRIES = 3;

/** One link's messenger: sends when woken, receives while it holds the lease. */
export class SyncEngine {
  readonly #messenger: Messenger;
  readonly #link: Link;
  /** Open rooms that are being come into. */
  readonly #entering = new Map<RoomHandle, Promise<void>>();
  readonly #gate: TrustGate;
  readonly #flusher: OutboxFlusher;
  #reader: MailboxReader | undefined;

  constructor(messenger: Messenger, link: Link) {
    this.#messenger = messenger;
    this.#link = link;
    this.#gate = new TrustGate(messenger, link);
    this.#flusher = new OutboxFlusher(messenger, (peer, after) => this.#gate.isOpen(peer, after));
  }

  /**
   * Sends what waits. Returns what had to stay; it stays written down and goes out by a later call. Rejects with
   * TransportError when the link ends.
   */
  async send(): Promise<readonly Held[]> {
    const { drafts, outbox } = this.#messenger;
    const held: Held[] = [];
    // First what is sealed already, so that the order stays, and so that an opening is settled.
    await this.#flush();
    for (const peer of new Set([...drafts.peers(), ...outbox.peers()])) {
      const stopped = await this.#sendTo(peer);
      if (stopped !== undefined) held.push(stopped);
    }
    return held;
  }

  /**
   * Receives until the link ends or `signal` aborts, calling `onCaughtUp` each time that nothing waits any more. Returns when
   * the lease was lost. The caller holds the lease and releases it afterwards.
   */
  async receive(
    lease: Lease,
    options: { signal: AbortSignal; onCaughtUp: () => void },
  ): Promise<void> {
    this.#reader = new MailboxReader(this.#messenger, this.#link, {
      lease,
      isOpen: (peer) => this.#gate.isOpen(peer),
      flush: async () => {
        await this.#flush();
      },
      send: async () => {
        await this.send();
      },
      sweep: (options) => this.#sweep(options),
      keepRooms: (isCaughtUp) => this.keepRooms(isCaughtUp),
    });
    try {
      await this.#reader.run(options);
    } finally {
      this.#reader = undefined;
    }
  }

  /** Does what is due in rooms: coming in, inviting, removing. Rejects with TransportError when the link ends. */
  async keepRooms(isCaughtUp = true): Promise<void> {
    const flush = async () => {
      await this.#flush();
    };
    await keepRooms(this.#messenger, this.#link, { flush, isCaughtUp });
  }

  /** Whether anything may leave for an account or a room now (SR-07). */
  isOpen(peer: Peer): Promise<boolean> {
    return this.#gate.isOpen(peer);
  }

  /** What waited for a person's decision may be taken up now. */
  retryHeld(): void {
    this.#reader?.retryHeld();
  }

  /** The server announced that an account has another identity, or has removed a device. */
  announced(account: string): void {
    if (account === this.#messenger.profile.own.account) this.#reader?.devicesChanged();
    else this.#gate.announced(account);
  }

  /** Resolves when nothing that the server's news began is under way. Once the link is closed that is soon. */
  settled(): Promise<void> {
    return this.#gate.settled();
  }

  /** What another commit has won meanwhile is swept when that one has been read. */
  async #sweep({ isNews }: { isNews: boolean }): Promise<void> {
    const link = isNews ? this.#link : undefined;
    if (await sweepAll(this.#messenger, link) === 0) return;
    await this.#flush();
    await sweepAll(this.#messenger);
  }

  async #sendTo(peer: Peer): Promise<Held | undefined> {
    try {
      for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
        const held = isDirect(peer) ? await this.#trySendTo(peer) : await this.#trySendToRoom(peer);
        // What was refused with its conversation is a draft again.
        const isDone = held !== undefined || !this.#messenger.drafts.peers().includes(peer);
        if (isDone) return held;
      }
      return { peer, error: undefined };
    } catch (error) {
      if (error instanceof TrustError || error instanceof Refusal) return { peer, error };
      if (error instanceof CryptoError) {
        return { peer, error: new TrustError("bad-directory", error.message, { cause: error }) };
      }
      throw error;
    }
  }

  async #trySendTo(peer: AccountId): Promise<Held | undefined> {
    const { conversations } = this.#messenger;
    const waiting: Held = { peer, error: undefined };
    const contact = await this.#gate.contact(peer);
    const conversation = await ensureConversation(this.#messenger, this.#link, contact);
    if (conversation === undefined) return waiting;
    const opening = await this.#flush();
    const refusal = opening.refused.get(conversation);
    if (refusal !== undefined) return { peer, error: refusal };
    const open = conversations.openWith(peer);
    // Somebody else was first: the text waits for the conversation that the other side began.
    if (open === undefined || !isSealable(open)) return waiting;
    return await this.#sealAndFlush(contactRecipient(this.#messenger, contact), open.conversation);
  }

  async #trySendToRoom(peer: RoomHandle): Promise<Held | undefined> {
    const { conversations } = this.#messenger;
    // Who writes to an open room that they look at comes in by that.
    if (conversations.openWith(peer) === undefined) await this.#enter(peer);
    const open = conversations.openWith(peer);
    if (open === undefined) {
      return {
        peer,
        error: new Refusal("not-member", `You are not a member of room ${roomNumber(peer)}.`),
      };
    }
    if (!isSealable(open)) return { peer, error: undefined };
    const requireOpen = () => this.#gate.requireOpen(peer);
    return await this.#sealAndFlush({ peer, name: peer, requireOpen }, open.conversation);
  }

  /** Once, though several texts are sent at the same time. */
  async #enter(peer: RoomHandle): Promise<void> {
    const entering = this.#entering.get(peer) ??
      enterLooked(this.#messenger, this.#link, peer).finally(() => this.#entering.delete(peer));
    this.#entering.set(peer, entering);
    await entering;
  }

  async #sealAndFlush(
    recipient: Recipient,
    conversation: ConversationId,
  ): Promise<Held | undefined> {
    const { peer } = recipient;
    // Nothing is said to a device that was removed (SR-10, SR-12).
    let swept = await sweep(this.#messenger, conversation, this.#link);
    if (swept === "removing" || swept === "carrying") {
      await this.#flush();
      swept = await sweep(this.#messenger, conversation);
    }
    if (swept === "removing") return { peer, error: undefined };
    // Nobody who should not read it is in, whether the list is yet or not.
    if (swept !== "clean" && swept !== "carrying") return { peer, error: swept };
    if (!await sealDrafts(this.#messenger, recipient, conversation)) return undefined;
    await keepUp(this.#messenger, conversation);
    const { refused, behind } = await this.#flush();
    const error = refused.get(conversation);
    if (error !== undefined) return { peer, error };
    return behind.has(conversation) ? { peer, error: undefined } : undefined;
  }

  #flush() {
    return this.#flusher.flush(this.#link);
  }
}

/** In one that is out of step, sealing says so. */
function isSealable({ state }: { readonly state: string }): boolean {
  return state === "active" || state === "out-of-step";
}
