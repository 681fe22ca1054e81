/**
 * Sends the outbox and writes down what the server said. Sending a row twice is safe, so a crash at any point, and several
 * processes at once, change nothing (SR-20, SR-21).
 */

import { Refusal, TransportError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { mergeCommit } from "../../crypto/mls/commit.ts";
import { sealMessage } from "../../crypto/mls/seal.ts";
import type { RequestFields } from "../../protocol/hop/mod.ts";
import type { Link } from "../link.ts";
import type { Messenger } from "./messenger.ts";
import type { OutboxRow } from "./outbox.ts";

const log = logger("client", "flusher");

/** Messages on the way without an answer: fills a slow line, and bounds what a crash sends again. */
const WINDOW = 64;

/** What a flush ended with. */
export type Flushed =
  | { readonly result: "empty" }
  /** A message is too old for the group: what waits in the mailbox must be processed first. */
  | { readonly result: "behind" }
  /** The server does not take more now. */
  | { readonly result: "refused"; readonly refusal: Refusal };

export class OutboxFlusher {
  readonly #messenger: Messenger;
  #running: Promise<Flushed> | undefined;

  constructor(messenger: Messenger) {
    this.#messenger = messenger;
  }

  /** Sends everything. A flush that is under way is joined, then repeated for what came meanwhile. */
  async flush(link: Link): Promise<Flushed> {
    while (this.#running !== undefined) await this.#running;
    this.#running = this.#flush(link).finally(() => this.#running = undefined);
    return await this.#running;
  }

  async #flush(link: Link): Promise<Flushed> {
    let last = 0;
    for (;;) {
      const rows = this.#messenger.outbox.after(last, WINDOW);
      if (rows.length === 0) return { result: "empty" };
      last = rows[rows.length - 1].number;
      const flushed = await this.#sendWindow(link, rows);
      if (flushed !== undefined) return flushed;
    }
  }

  /** Messages go out together; an opening or a commit waits for its answer, since what follows depends on it. */
  async #sendWindow(link: Link, rows: readonly OutboxRow[]): Promise<Flushed | undefined> {
    let together: OutboxRow[] = [];
    for (const row of rows) {
      if (row.kind === "message") {
        together.push(row);
        continue;
      }
      const flushed = await this.#sendMessages(link, together);
      if (flushed !== undefined) return flushed;
      together = [];
      await (row.kind === "open" ? this.#sendOpen(link, row) : this.#sendCommit(link, row));
    }
    return await this.#sendMessages(link, together);
  }

  async #sendMessages(link: Link, rows: readonly OutboxRow[]): Promise<Flushed | undefined> {
    const answers = await Promise.allSettled(rows.map((row) =>
      link.ask("relay.send", {
        conversation: row.conversation,
        envelope: row.envelope,
        number: row.number,
        epoch: row.epoch,
      }, row.body)
    ));
    let outcome: Flushed | undefined;
    for (const [i, answer] of answers.entries()) {
      const row = rows[i];
      if (answer.status === "fulfilled") this.#sent(row);
      else outcome ??= await this.#messageRefused(row, answer.reason);
    }
    return outcome;
  }

  #sent(row: OutboxRow): void {
    const { profile, outbox, onEvent } = this.#messenger;
    const isNews = profile.database.transaction(() =>
      outbox.remove(row.number) &&
      profile.database.command(
          "UPDATE delivery SET state = 'sent' WHERE id = ? AND state = 'sealed'",
        ).run(row.envelope) > 0
    );
    if (isNews) onEvent({ type: "delivery", id: row.envelope, state: "sent" });
  }

  async #messageRefused(row: OutboxRow, reason: unknown): Promise<Flushed | undefined> {
    if (!(reason instanceof Refusal)) throw reason;
    switch (reason.code) {
      case "stale-epoch":
        return await this.#reseal(row) ? undefined : { result: "behind" };
      case "not-member":
        this.#fail(row);
        return { result: "refused", refusal: reason };
      default:
        return { result: "refused", refusal: reason };
    }
  }

  /** Seals the same payload in the present epoch. False when the group has not moved on here either. */
  async #reseal(row: OutboxRow): Promise<boolean> {
    const { profile, groups, outbox } = this.#messenger;
    const { conversation } = row;
    if (row.sealed === undefined) return false;
    const payload = await profile.vault.open("outbox", row.envelope, row.sealed);
    for (;;) {
      const group = await groups.load(conversation);
      if (group === undefined || group.state.epoch <= row.epoch) return false;
      const { next, message, epoch } = await sealMessage(group.state, payload);
      const prepared = await groups.prepare(next, { ...group, conversation });
      const done = profile.database.transaction(() => {
        if (!groups.replace(prepared, group.version)) return false;
        outbox.reseal(row, { epoch, body: message });
        profile.database.command("UPDATE delivery SET epoch = ? WHERE id = ?")
          .run(epoch, row.envelope);
        return true;
      });
      if (done) return true;
    }
  }

  /** This device is in the conversation no more: the text can be read here, and goes nowhere. */
  #fail(row: OutboxRow): void {
    const { profile, outbox, conversations, onEvent } = this.#messenger;
    profile.database.transaction(() => {
      outbox.remove(row.number);
      conversations.setState(row.conversation, "closed");
      profile.database.command("UPDATE delivery SET state = 'failed' WHERE id = ?")
        .run(row.envelope);
    });
    onEvent({ type: "delivery", id: row.envelope, state: "failed" });
  }

  async #sendOpen(link: Link, row: OutboxRow): Promise<void> {
    const { profile, outbox, conversations, groups } = this.#messenger;
    const { conversation, envelope, number, epoch } = row;
    let opened = false;
    try {
      const answer = await link.ask("relay.open", {
        // Written by `startConversation` and checked by the server.
        ...row.fields as RequestFields<"relay.open">,
        conversation,
        envelope,
        number,
        epoch,
      }, row.body);
      opened = answer.fields.opened;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      log.info("opening refused", { code: error.code });
    }
    profile.database.transaction(() => {
      if (!outbox.remove(number)) return;
      // The loser's group is thrown away; what was to be said in it is still a draft (SR-19).
      conversations.setState(conversation, opened ? "active" : "closed");
      if (!opened) groups.remove(conversation);
    });
  }

  async #sendCommit(link: Link, row: OutboxRow): Promise<void> {
    const { conversation, envelope, number, epoch } = row;
    let won: boolean;
    try {
      const answer = await link.ask("relay.commit", {
        // Written by `refreshKeys` and checked by the server.
        ...row.fields as RequestFields<"relay.commit">,
        conversation,
        envelope,
        number,
        epoch,
      }, row.body);
      won = answer.fields.accepted || await this.#askWinner(link, row);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      log.info("commit refused", { code: error.code });
      won = false;
    }
    await this.#settleCommit(row, won);
  }

  /** The server forgets what it answered after 30 days; which commit won an epoch it keeps (SR-21). */
  async #askWinner(link: Link, row: OutboxRow): Promise<boolean> {
    const { fields } = await link.ask("relay.winner", {
      conversation: row.conversation,
      epoch: row.epoch,
    });
    return fields.envelope === row.envelope;
  }

  async #settleCommit(row: OutboxRow, won: boolean): Promise<void> {
    const { profile, groups, outbox } = this.#messenger;
    const { conversation } = row;
    for (;;) {
      const group = await groups.load(conversation);
      const pending = group?.pending;
      if (group === undefined || pending?.envelope !== row.envelope) {
        outbox.remove(row.number);
        return;
      }
      const nowMs = profile.clock.nowMs();
      const state = won ? mergeCommit(group.state, pending.next) : group.state;
      const prepared = await groups.prepare(state, {
        conversation,
        pending: undefined,
        refreshedMs: won ? nowMs : group.refreshedMs,
        sentSince: won ? 0 : group.sentSince,
      });
      const done = profile.database.transaction(() => {
        if (!groups.replace(prepared, group.version)) return false;
        outbox.remove(row.number);
        return true;
      });
      if (done) return;
    }
  }
}

/** Whether an error only means that the server is away now. */
export function isOffline(error: unknown): boolean {
  return error instanceof TransportError;
}
