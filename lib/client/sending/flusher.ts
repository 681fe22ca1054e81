/**
 * Sends the outbox and writes down what the server said. Sending a row twice is safe, so a crash at any point, and several
 * processes at once, change nothing (SR-20, SR-21).
 */

import { Refusal } from "../../base/errors.ts";
import { type ConversationId, isRoom, type Peer } from "../../base/ids.ts";
import { OUTBOX_SOFT_BYTES } from "../../protocol/limits.ts";
import type { MembershipLog } from "../../crypto/room/membership_log.ts";
import type { Link } from "../link/link.ts";
import { sendChange } from "./changes.ts";
import { closeConversation, holdOutOfStep, leaveBehind } from "../groups/closing.ts";
import { type Messenger, noticeEntry, record } from "../store/messenger.ts";
import type { OutboxRow } from "../store/outbox.ts";
import { sealMessage } from "../../crypto/mls/seal.ts";
import { openPayload } from "../store/drafts.ts";
import { isHeldByRemoved } from "../groups/agreed_removals.ts";
import { logger } from "../../base/log.ts";

/** Messages on the way without an answer: fills a slow line, and bounds what a crash sends again. */
const WINDOW = 64;
/** And their bytes: far below `OUTBOX_HARD_BYTES`, at which the connection would be given up, each time again. */
const WINDOW_BYTES = OUTBOX_SOFT_BYTES;
/** What is sealed anew goes out in a further pass. Commits of others come between two of them at most now and then. */
const MAX_PASSES = 4;

/** What had to stay in the outbox. */
interface Flushed {
  /** The server does not take more of these now. */
  readonly refused: ReadonlyMap<ConversationId, Refusal>;
  /** Messages too old for the group: what waits in the mailbox must be processed first. */
  readonly behind: ReadonlySet<ConversationId>;
}

/** Whether anything may leave for an account or a room now (SR-07). `after`: who is in the room once that is done. */
type Gate = (peer: Peer, after?: MembershipLog) => Promise<boolean>;

/** Empties the outbox over one link. */
export class OutboxFlusher {
  readonly #messenger: Messenger;
  readonly #gate: Gate;
  #running: Promise<Flushed> | undefined;

  constructor(messenger: Messenger, gate: Gate) {
    this.#messenger = messenger;
    this.#gate = gate;
  }

  /** Sends everything. A flush that is under way is joined, then repeated for what came meanwhile. */
  async flush(link: Link): Promise<Flushed> {
    while (this.#running !== undefined) await this.#running;
    this.#running = new Flush(this.#messenger, link, this.#gate).run()
      .finally(() => this.#running = undefined);
    return await this.#running;
  }
}

class Flush implements Flushed {
  readonly #messenger: Messenger;
  readonly #link: Link;
  readonly #gate: Gate;
  readonly refused = new Map<ConversationId, Refusal>();
  readonly behind = new Set<ConversationId>();
  readonly #open = new Map<ConversationId, boolean>();
  #again = false;

  constructor(
    messenger: Messenger,
    link: Link,
    gate: Gate,
  ) {
    this.#messenger = messenger;
    this.#link = link;
    this.#gate = gate;
  }

  async run(): Promise<Flushed> {
    for (let pass = 0; pass < MAX_PASSES; pass++) {
      this.#again = false;
      await this.#pass();
      if (!this.#again) break;
    }
    return this;
  }

  async #pass(): Promise<void> {
    for (let last = 0;;) {
      const rows = this.#messenger.outbox.after(last, WINDOW);
      if (rows.length === 0) return;
      last = rows[rows.length - 1].number;
      await this.#sendWindow(rows);
    }
  }

  /** Messages go out together; an opening or a commit waits for its answer, since what follows depends on it. */
  async #sendWindow(rows: readonly OutboxRow[]): Promise<void> {
    let together: OutboxRow[] = [];
    let bytes = 0;
    for (const row of rows) {
      if (row.kind !== "message" || bytes + row.body.length > WINDOW_BYTES) {
        await this.#sendMessages(together);
        together = [];
        bytes = 0;
      }
      if (!await this.#mayLeave(row)) continue;
      if (row.kind === "message") {
        together.push(row);
        bytes += row.body.length;
        continue;
      }
      const refusal = await sendChange(this.#messenger, this.#link, row);
      if (refusal !== undefined) this.refused.set(row.conversation, refusal);
    }
    await this.#sendMessages(together);
  }

  /** Nothing leaves for a contact whose identity changed, nor in a conversation that is held. */
  async #mayLeave({ conversation, kind, envelope }: OutboxRow): Promise<boolean> {
    if (this.refused.has(conversation)) return false;
    // What waits for a later epoch may wait for this very commit.
    if (kind === "message" && this.behind.has(conversation)) return false;
    const found = this.#messenger.conversations.find(conversation);
    const state = kind === "open" ? "opening" : "active";
    if (found?.state !== state) return false;
    if (kind === "commit") {
      const pending = (await this.#messenger.groups.load(conversation))?.pending;
      const after = pending?.envelope === envelope ? pending.membershipLog : undefined;
      return await this.#gate(found.peer, after);
    }
    let isOpen = this.#open.get(conversation);
    if (isOpen === undefined) {
      isOpen = await this.#gate(found.peer);
      this.#open.set(conversation, isOpen);
    }
    return isOpen;
  }

  async #sendMessages(rows: readonly OutboxRow[]): Promise<void> {
    const answers = await Promise.allSettled(rows.map((row) =>
      this.#link.ask("relay.send", {
        ...row.fields,
        conversation: row.conversation,
        envelope: row.envelope,
        number: row.number,
        epoch: row.epoch,
      }, row.body)
    ));
    this.#sent(rows.flatMap((row, i) => {
      const answer = answers[i];
      return answer.status === "fulfilled" ? [{ row, ...answer.value.fields }] : [];
    }));
    for (const [i, answer] of answers.entries()) {
      if (answer.status === "fulfilled") continue;
      if (answer.reason instanceof Refusal) await this.#refused(rows[i], answer.reason);
      // The link ended: rejecting with its reason again.
      else await Promise.reject(answer.reason);
    }
  }

  #sent(answered: readonly { row: OutboxRow; seq?: number; place?: number | undefined }[]): void {
    if (answered.length === 0) return;
    const { profile, outbox, history, onEvent } = this.#messenger;
    const news = profile.database.transaction(() => {
      const mark = profile.database.command(
        "UPDATE delivery SET state = 'sent', seq = ? WHERE id = ? AND state = 'sealed'",
      );
      return answered.filter(({ row: { number, envelope }, seq, place }) => {
        if (place !== undefined) history.index.setNumber(envelope, place);
        history.index.setSent(envelope, profile.clock.nowMs());
        return outbox.remove(number) && mark.run(seq ?? null, envelope) > 0;
      });
    });
    for (const { row: { envelope }, place } of news) {
      onEvent({ type: "delivery", id: envelope, state: "sent", number: place });
    }
  }

  async #refused(row: OutboxRow, reason: Refusal): Promise<void> {
    const { profile, conversations } = this.#messenger;
    switch (reason.code) {
      case "envelope-known":
        // It was sent before this profile was restored from a copy (SR-23).
        return this.#sent([{ row }]);
      case "bad-message":
        return await noticeCopy(this.#messenger, row);
      case "stale-epoch":
        return await this.#stale(row, reason.details.epoch);
      case "not-member": {
        const room = conversations.find(row.conversation);
        // Somebody removed this account, and the word of it is still on its way.
        if (room !== undefined && isRoom(room.peer)) {
          return await leaveBehind(this.#messenger, room);
        }
        // The other side began it anew; what could not leave goes into the next conversation.
        return profile.database.transaction(() =>
          closeConversation(this.#messenger, row.conversation)
        );
      }
      default:
        this.refused.set(row.conversation, reason);
    }
  }

  async #stale(row: OutboxRow, serverEpoch: unknown): Promise<void> {
    const { conversation } = row;
    // It was sealed in an epoch that the server had accepted (SR-25).
    if (typeof serverEpoch === "number" && serverEpoch < row.epoch) {
      return await holdOutOfStep(this.#messenger, conversation, "went-back");
    }
    if (await reseal(this.#messenger, row)) this.#again = true;
    else this.behind.add(conversation);
  }
}

/**
 * Seals the same payload in the present epoch; it keeps its number, which was not taken. Returns false when the group has
 * not moved on here either, or a removed device is in it by now: it might be what the server waited for.
 */
async function reseal(messenger: Messenger, row: OutboxRow): Promise<boolean> {
  const { profile, groups, outbox, conversations } = messenger;
  const { conversation } = row;
  if (row.sealed === undefined) return false;
  const payload = await openPayload(profile, row.envelope, row.sealed);
  for (;;) {
    const group = await groups.load(conversation);
    if (group === undefined || !group.state.isActive || group.state.epoch <= row.epoch) {
      return false;
    }
    const { state } = group;
    const { next, message, epoch } = await sealMessage(state, payload);
    const prepared = await groups.prepare(next, group);
    const outcome = profile.database.transaction(() => {
      if (!conversations.isIn(conversation, "active")) return "closed";
      if (isHeldByRemoved(messenger, conversation, state)) return "held";
      // Another process may have sent or sealed it meanwhile.
      if (!outbox.holds(row)) return "done";
      if (!groups.replace(prepared, group.version)) return "lost";
      outbox.reseal(row, { epoch, body: message });
      profile.database.command("UPDATE delivery SET epoch = ? WHERE id = ?")
        .run(epoch, row.envelope);
      return "done";
    });
    if (outcome !== "lost") return outcome === "done";
  }
}

// When the ratchets on disk may have been used already, by the profile that a copy was made of or by another copy, none of
// them may be used again (SR-23): all keys of conversations are given up.

const log = logger("client", "rollback");

/** Looks whether the profile was restored, and if so gives up all keys on disk before any of them could be used. */
export function noticeRollback(messenger: Messenger, highestNumber: number): void {
  const { profile, outbox } = messenger;
  profile.database.transaction(() => {
    if (highestNumber <= outbox.highestNumber) return;
    log.warn("profile was restored from a copy", { highestNumber });
    outbox.skipTo(highestNumber);
    giveUpKeys(messenger);
  });
}

/**
 * The server has another envelope under the number of this message: a second copy of this profile is alive, and seals with
 * the same keys. They are given up, and the text goes out anew.
 */
async function noticeCopy(messenger: Messenger, row: OutboxRow): Promise<void> {
  const { conversations, drafts, outbox } = messenger;
  const { conversation } = row;
  const peer = conversations.find(conversation)?.peer;
  if (peer === undefined) return;
  log.warn("profile is in use elsewhere", { number: row.number });
  const text =
    "A copy of this profile is in use elsewhere: the conversation continues with fresh keys. Use only one of them";
  await record(
    messenger,
    [noticeEntry(messenger, { conversation, peer, code: "copied", text })],
    () => {
      // Another process has noticed it already.
      if (!outbox.holds(row)) return false;
      drafts.takeBack(row.envelope);
      outbox.remove(row.number);
      giveUpKeys(messenger);
      return true;
    },
  );
}

/** Inside a transaction. */
function giveUpKeys({ conversations }: Messenger): void {
  for (const { conversation, state } of conversations.list()) {
    if (state !== "out-of-step" && state !== "ahead") conversations.setState(conversation, "lost");
  }
}
