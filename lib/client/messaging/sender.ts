/**
 * From a text that a person wrote to bytes in the outbox: written down first, sealed as soon as there is a conversation and
 * the contact is trusted, in the order in which it was written.
 */

import { decodeUtf8, utf8 } from "../../base/bytes.ts";
import { UsageError } from "../../base/errors.ts";
import {
  type AccountId,
  type ConversationId,
  type EnvelopeId,
  newEnvelopeId,
} from "../../base/ids.ts";
import { encodeBase64 } from "../../base/bytes.ts";
import { encodePacket } from "../../protocol/packet.ts";
import { MAX_TEXT_BYTES } from "../../protocol/peer/chat.ts";
import { MAX_RECEIPT_ITEMS } from "../../protocol/peer/receipt.ts";
import { SHORT_HASH_BYTES } from "../../protocol/peer/payload.ts";
import { requireTrust } from "./contacts.ts";
import type { HistoryEntry } from "./history.ts";
import type { Messenger } from "./messenger.ts";
import { seal } from "./sealer.ts";

interface Draft {
  readonly place: number;
  readonly id: EnvelopeId;
  readonly text: string;
  readonly sentAtMs: number;
}

export class Sender {
  readonly #messenger: Messenger;

  constructor(messenger: Messenger) {
    this.#messenger = messenger;
  }

  /**
   * Writes a text down: from here on it survives everything, and is sealed and sent when that is possible. Returns its id.
   * Throws UsageError `text-too-long` or `text-empty`.
   */
  async write(peer: AccountId, text: string): Promise<EnvelopeId> {
    const { profile, history } = this.#messenger;
    const size = utf8(text).length;
    if (size === 0) throw new UsageError("text-empty", "There is nothing to send");
    if (size > MAX_TEXT_BYTES) {
      throw new UsageError(
        "text-too-long",
        `The text is too long: ${size.toLocaleString("en")} bytes, limit is ${
          MAX_TEXT_BYTES.toLocaleString("en")
        }. Send it as a file`,
      );
    }
    const { own, database, vault, clock } = profile;
    const id = newEnvelopeId(profile.random);
    const sentAtMs = clock.nowMs();
    const entry: HistoryEntry = {
      id,
      conversation: undefined,
      peer,
      from: own.account,
      device: own.device,
      own: true,
      kind: "text",
      text,
      sentAtMs,
      atMs: sentAtMs,
    };
    const sealed = await vault.seal("draft", id, utf8(JSON.stringify({ text, sentAtMs })));
    await history.append([entry], () => {
      database.command("INSERT INTO draft (peer, id, sealed) VALUES (?, ?, ?)")
        .run(peer, id, sealed);
      database.command("INSERT INTO delivery (id, state) VALUES (?, 'queued')").run(id);
      return true;
    });
    return id;
  }

  /** The accounts that have texts waiting to be sealed. */
  peersWithDrafts(): readonly AccountId[] {
    return this.#messenger.profile.database.query(
      "SELECT DISTINCT peer FROM draft",
      // Written by `write` from a branded value.
      (row) => row.text("peer") as AccountId,
    ).all();
  }

  /**
   * Seals every waiting text for `peer` into its conversation. Throws TrustError when the contact's identity changed, or
   * the conversation is out of step: the texts stay written down (SR-07, SR-25).
   */
  async sealDrafts(peer: AccountId, conversation: ConversationId): Promise<void> {
    await this.#requireOpen(peer);
    for (let draft = await this.#firstDraft(peer); draft; draft = await this.#firstDraft(peer)) {
      await this.#sealDraft(draft, conversation);
    }
  }

  /** Seals the receipts that are due in a conversation. Held like everything else after an identity change. */
  async sealReceipts(peer: AccountId, conversation: ConversationId): Promise<void> {
    const { profile, groups } = this.#messenger;
    await this.#requireOpen(peer);
    for (;;) {
      const due = this.#receiptsDue(conversation);
      const items = due.flatMap(({ id, epoch }) => {
        const transcript = groups.transcriptOf(conversation, epoch);
        return transcript === undefined
          ? []
          : [{ id, epoch, transcript: encodeBase64(transcript.slice(0, SHORT_HASH_BYTES)) }];
      });
      if (items.length === 0) return;
      const envelope = newEnvelopeId(profile.random);
      await seal(this.#messenger, {
        conversation,
        envelope,
        payload: (chain) => encodePacket({ kind: "receipt.delivered", ...chain, items }),
        isDue: () => this.#receiptsDue(conversation)[0]?.id === due[0].id,
        commit: () => {
          const remove = profile.database.command(
            "DELETE FROM receipt_due WHERE conversation = ? AND id = ?",
          );
          for (const { id } of due) remove.run(conversation, id);
        },
      });
    }
  }

  async #requireOpen(peer: AccountId): Promise<void> {
    const { contacts } = this.#messenger;
    const contact = await contacts.find(peer);
    if (contact !== undefined) requireTrust(contact);
  }

  async #sealDraft(draft: Draft, conversation: ConversationId): Promise<void> {
    const { database } = this.#messenger.profile;
    await seal(this.#messenger, {
      conversation,
      envelope: draft.id,
      payload: (chain) =>
        encodePacket({ kind: "chat.text", ...chain, sentAtMs: draft.sentAtMs }, utf8(draft.text)),
      isDue: () =>
        database.query("SELECT place FROM draft WHERE place = ?", (row) => row.integer("place"))
          .first(draft.place) !== undefined,
      commit: ({ epoch }) => {
        database.command("DELETE FROM draft WHERE place = ?").run(draft.place);
        database.command(
          "UPDATE delivery SET state = 'sealed', conversation = ?, epoch = ? WHERE id = ?",
        ).run(conversation, epoch, draft.id);
      },
    });
  }

  async #firstDraft(peer: AccountId): Promise<Draft | undefined> {
    const { database, vault } = this.#messenger.profile;
    const row = database.query(
      "SELECT place, id, sealed FROM draft WHERE peer = ? ORDER BY place LIMIT 1",
      (row) => ({
        place: row.integer("place"),
        // Written by `write` from a branded value.
        id: row.text("id") as EnvelopeId,
        sealed: row.bytes("sealed"),
      }),
    ).first(peer);
    if (row === undefined) return undefined;
    const opened = await vault.open("draft", row.id, row.sealed);
    return { place: row.place, id: row.id, ...JSON.parse(decodeUtf8(opened) ?? "{}") };
  }

  #receiptsDue(conversation: ConversationId) {
    return this.#messenger.profile.database.query(
      "SELECT id, epoch FROM receipt_due WHERE conversation = ? ORDER BY id LIMIT ?",
      (row) => ({ id: row.text("id"), epoch: row.integer("epoch") }),
    ).all(conversation, MAX_RECEIPT_ITEMS);
  }
}
