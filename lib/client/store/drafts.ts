/**
 * Own texts that wait to be sealed, in the order in which they were written. A draft is the payload that it will become,
 * with an empty place in the chain, sealed as the outbox seals payloads: so a text that could not leave goes back to the
 * drafts by moving its row, in the middle of any transaction.
 */

import type { Bytes } from "../../base/bytes.ts";
import { StorageError } from "../../base/errors.ts";
import { type ConversationId, type EnvelopeId, newEnvelopeId, type Peer } from "../../base/ids.ts";
import type { PeerFields } from "../../protocol/peer/mod.ts";
import { PEER_FORMAT } from "../../protocol/peer/payload.ts";
import type { Profile } from "../profile/profile.ts";
import { ChangeStore } from "./change_store.ts";
import { Timers } from "./timers.ts";
import type { ChainFields } from "./chain.ts";
import { HistoryIndex } from "./history_index.ts";
import { encodeMessage, type PeerMessage, readPayload } from "./inbound.ts";

/** What a person says or does, as it waits. */
export type DraftMessage = Extract<
  PeerMessage,
  { readonly kind: `chat.${string}` | `file.${string}` | `stream.${string}` | `direct.${string}` }
>;

/** A text, a change to one, or word about a transfer or a stream, that was written and is not sealed yet. */
export interface Draft {
  readonly id: EnvelopeId;
  /** Its chain fields are of no meaning. */
  readonly message: DraftMessage;
}

type ControlKind = Exclude<DraftMessage["kind"], `chat.${string}`>;

/** Word about a transfer, a stream or a direct connection, before it has a place in a chain. */
export type ControlMessage<Kind extends ControlKind = ControlKind> = {
  [Each in Kind]: { readonly kind: Each } & Omit<PeerFields<Each>, keyof ChainFields>;
}[Kind];

/** Its chain fields before it has a place in a chain. */
export function draftChain(id: EnvelopeId): ChainFields {
  return { v: PEER_FORMAT, id, number: 0, previous: "" };
}

/** The drafts of a profile, oldest first. */
export class Drafts {
  readonly #profile: Profile;
  readonly #index: HistoryIndex;

  constructor(profile: Profile) {
    this.#profile = profile;
    this.#index = new HistoryIndex(profile.database);
  }

  /** The accounts and rooms that have texts waiting. */
  peers(): readonly Peer[] {
    return this.#profile.database.query(
      "SELECT DISTINCT peer FROM draft",
      // Written by `insert` from a branded value.
      (row) => row.text("peer") as Peer,
    ).all();
  }

  seal({ id, message }: Draft): Promise<Bytes> {
    return sealPayload(this.#profile, id, encodeMessage(message, draftChain(id)));
  }

  /** Seals a control message. `writeDown` is called inside a transaction, for more than one in one. */
  async prepare(
    peer: Peer,
    { kind, ...fields }: ControlMessage,
    id: EnvelopeId = newEnvelopeId(this.#profile.random),
  ): Promise<{ readonly id: EnvelopeId; readonly writeDown: () => void }> {
    // Kind and fields come from one message, which the union does not show.
    const message = { kind, fields: { ...draftChain(id), ...fields } } as DraftMessage;
    const sealed = await this.seal({ id, message });
    return { id, writeDown: () => this.insert(peer, id, sealed) };
  }

  /** Inside a transaction: a new text, sealed before. */
  insert(peer: Peer, id: EnvelopeId, sealed: Bytes): void {
    const { database } = this.#profile;
    database.command("INSERT INTO delivery (id, state) VALUES (?, 'queued')").run(id);
    database.command("INSERT INTO draft (id, peer, sealed) VALUES (?, ?, ?)").run(id, peer, sealed);
  }

  /** The oldest for this account, at most `count`. */
  async first(peer: Peer, count: number): Promise<readonly Draft[]> {
    const rows = this.#profile.database.query(
      "SELECT id, sealed FROM draft JOIN delivery USING (id) WHERE peer = ? ORDER BY place LIMIT ?",
      (row) => ({
        // Written by `insert` from a branded value.
        id: row.text("id") as EnvelopeId,
        sealed: row.bytes("sealed"),
      }),
    ).all(peer, count);
    return await Promise.all(rows.map(({ id, sealed }) => this.#open(id, sealed)));
  }

  /** Inside a transaction: it is not sent after all. False when it was sealed already. */
  drop(id: string): boolean {
    const { database } = this.#profile;
    const isDropped = database.command("DELETE FROM draft WHERE id = ?").run(id) > 0;
    if (isDropped) {
      database.command("UPDATE delivery SET state = 'failed' WHERE id = ? AND state = 'queued'")
        .run(id);
    }
    return isDropped;
  }

  /** Inside a transaction: whether nobody has sealed it yet. */
  has(id: string): boolean {
    return this.#profile.database.has("SELECT id FROM draft WHERE id = ?", id);
  }

  /** Inside the transaction that seals it. */
  sealed(id: EnvelopeId, place: { conversation: ConversationId; epoch: number }): void {
    const { database } = this.#profile;
    database.command("DELETE FROM draft WHERE id = ?").run(id);
    database.command(
      "UPDATE delivery SET state = 'sealed', conversation = ?, epoch = ? WHERE id = ?",
    ).run(place.conversation, place.epoch, id);
    this.#move(id, place.conversation);
  }

  /** Inside a transaction: the text of an outbox row becomes a draft again. What is no text (a receipt) does not. */
  takeBack(envelope: EnvelopeId): void {
    const { database } = this.#profile;
    database.command(`
      INSERT OR IGNORE INTO draft (id, peer, sealed)
      SELECT envelope, peer, sealed FROM outbox JOIN conversation USING (conversation)
      JOIN delivery ON delivery.id = envelope
      WHERE envelope = ? AND sealed IS NOT NULL AND delivery.state = 'sealed'
    `).run(envelope);
    const isBack = database.command(
      "UPDATE delivery SET state = 'queued', conversation = NULL, epoch = NULL WHERE id = ? AND state = 'sealed'",
    ).run(envelope) > 0;
    if (isBack) this.#move(envelope, undefined);
  }

  /** A text, what was done to it here, and a timer, go into a conversation together. */
  #move(id: EnvelopeId, conversation: ConversationId | undefined): void {
    const { database } = this.#profile;
    this.#index.setConversation(id, conversation);
    new ChangeStore(database).move(id, conversation);
    if (conversation !== undefined) new Timers(database).sealed(id, conversation);
  }

  async #open(id: EnvelopeId, sealed: Bytes): Promise<Draft> {
    const read = readPayload(await openPayload(this.#profile, id, sealed), id);
    if (read.result !== "message" || !isDraft(read.message)) {
      throw new StorageError("newer-format", "Cannot read a text that waits to be sent");
    }
    return { id, message: read.message };
  }
}

function isDraft(message: PeerMessage): message is DraftMessage {
  return ["chat.", "file.", "stream.", "direct."].some((family) => message.kind.startsWith(family));
}

/** Payloads are sealed for their envelope, not for a table: drafts and outbox hand them to each other. */
export function sealPayload(
  { vault }: Profile,
  envelope: EnvelopeId,
  payload: Bytes,
): Promise<Bytes> {
  return vault.seal("payload", envelope, payload);
}

/** Opens what `sealPayload` sealed. Throws StorageError `damaged`. */
export function openPayload(
  { vault }: Profile,
  envelope: EnvelopeId,
  sealed: Bytes,
): Promise<Bytes> {
  return vault.open("payload", envelope, sealed);
}
