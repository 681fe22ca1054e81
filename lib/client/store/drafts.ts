/**
 * Own texts that wait to be sealed, in the order in which they were written. A draft is the payload that it will become,
 * with an empty place in the chain, sealed as the outbox seals payloads: so a text that could not leave goes back to the
 * drafts by moving its row, in the middle of any transaction.
 */

import type { Bytes } from "../../base/bytes.ts";
import { StorageError } from "../../base/errors.ts";
import { type ConversationId, type EnvelopeId, newEnvelopeId, type Peer } from "../../base/ids.ts";
import { SIGNED_IN_PACKET_LIMITS } from "../../protocol/limits.ts";
import { encodePacket, PacketDecoder } from "../../protocol/packet.ts";
import { PEER_FORMAT, type SealedMessage } from "../../protocol/peer/payload.ts";
import type { FieldsOf } from "../../protocol/schema.ts";
import type { Profile } from "../profile/profile.ts";
import { ChangeStore } from "./change_store.ts";
import { Timers } from "./timers.ts";
import type { ChainFields } from "./chain.ts";
import { HistoryIndex } from "./history_index.ts";

/** A text, a change to one, or word about a transfer or a stream, that was written and is not sealed yet. */
export interface Draft {
  readonly id: EnvelopeId;
  readonly kind: string;
  /** Of a change: the text that it is about. */
  readonly target: string | undefined;
  /** The payload, once it has a place in the chain. */
  payload(chain: ChainFields): Bytes;
}

/** The fields of a kind before it has a place in a chain. */
export type DraftFields<Kind> = Omit<FieldsOf<Kind>, keyof ChainFields>;

/** A message before it has a place in a chain. */
export interface DraftMessage extends SealedMessage {
  readonly payload?: Bytes | undefined;
}

/** One of a kind. */
export function draftMessage<Kind extends { readonly kind: string }>(
  { kind }: Kind,
  fields: DraftFields<Kind>,
  payload?: Bytes,
): DraftMessage {
  return { kind, fields, payload };
}

/** Its chain fields before it has a place in a chain. */
function draftChain(id: EnvelopeId): ChainFields {
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

  seal(id: EnvelopeId, { kind, fields, payload }: DraftMessage): Promise<Bytes> {
    const packet = encodePacket({ kind, ...fields, ...draftChain(id) }, payload);
    return sealPayload(this.#profile, id, packet);
  }

  /** Seals one. `writeDown` is called inside a transaction, for more than one in one. */
  async prepare(
    peer: Peer,
    message: DraftMessage,
    id: EnvelopeId = newEnvelopeId(this.#profile.random),
  ): Promise<{ readonly id: EnvelopeId; readonly writeDown: () => void }> {
    const sealed = await this.seal(id, message);
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
    const decoder = new PacketDecoder(SIGNED_IN_PACKET_LIMITS);
    decoder.push(await openPayload(this.#profile, id, sealed));
    const packet = decoder.next();
    const { kind, target } = packet?.header ?? {};
    if (packet === undefined || typeof kind !== "string") {
      throw new StorageError("newer-format", "Cannot read a message that waits to be sent");
    }
    return {
      id,
      kind,
      target: typeof target === "string" ? target : undefined,
      payload: (chain) => encodePacket({ ...packet.header, ...chain, kind }, packet.payload),
    };
  }
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
