/** Openings and commits on their way: what waits for the server's yes, and what its answer means here (SR-19, SR-21). */

import { Refusal } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { mergeCommit } from "../../crypto/mls/commit.ts";
import type { RequestFields } from "../../protocol/hop/mod.ts";
import type { Link } from "../link/link.ts";
import { closeConversation } from "../groups/closing.ts";
import { type Messenger, record } from "../store/messenger.ts";
import type { OutboxRow } from "../store/outbox.ts";
import { kindOf } from "../store/conversation_kinds.ts";

const log = logger("client", "changes");

/** Sends an opening or a commit and settles it. Returns why the server said no, when that is for the person. */
export async function sendChange(
  messenger: Messenger,
  link: Link,
  row: OutboxRow,
): Promise<Refusal | undefined> {
  if (row.kind === "open") return await sendOpen(messenger, link, row);
  await sendCommit(messenger, link, row);
  return undefined;
}

/** Asks for the slot of the two accounts. The same number again brings the same answer. */
export async function askToOpen(link: Link, row: OutboxRow): Promise<boolean> {
  const { conversation, envelope, number, epoch } = row;
  const { fields } = await link.ask("relay.open", {
    // Written by `startConversation` and checked by the server.
    ...row.fields as RequestFields<"relay.open">,
    conversation,
    envelope,
    number,
    epoch,
  }, row.body);
  return fields.opened;
}

async function sendOpen(
  messenger: Messenger,
  link: Link,
  row: OutboxRow,
): Promise<Refusal | undefined> {
  const { profile, outbox, conversations } = messenger;
  const { conversation } = row;
  let opened = false;
  let refusal: Refusal | undefined;
  try {
    opened = await askToOpen(link, row);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    log.info("opening refused", { code: error.code });
    refusal = error;
  }
  profile.database.transaction(() => {
    if (!outbox.remove(row.number) || !conversations.isIn(conversation, "opening")) return;
    // The loser's group is thrown away; what was to be said in it is still a draft (SR-19).
    if (opened) conversations.setState(conversation, "active");
    else closeConversation(messenger, conversation);
  });
  return refusal;
}

async function sendCommit(messenger: Messenger, link: Link, row: OutboxRow): Promise<void> {
  const { conversation, envelope, number, epoch } = row;
  const at = { conversation, envelope, number, epoch };
  const peer = messenger.conversations.find(conversation)?.peer;
  let won: boolean;
  try {
    // The fields were written by `propose` and are checked by the server.
    const answer = peer !== undefined && kindOf(peer).join === "invitation"
      ? await link.ask(
        "room.commit",
        { ...row.fields as RequestFields<"room.commit">, ...at },
        row.body,
      )
      : await link.ask(
        "relay.commit",
        { ...row.fields as RequestFields<"relay.commit">, ...at },
        row.body,
      );
    won = answer.fields.accepted || await askWinner(link, row);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    log.info("commit refused", { code: error.code });
    // A server that failed may have stored it all the same; our keys of that epoch would be gone for good.
    won = error.code === "internal" && await askWinner(link, row);
  }
  await settleCommit(messenger, row, won);
}

/** The server forgets what it answered after 30 days; which commit won an epoch it keeps (SR-21). */
async function askWinner(link: Link, { conversation, epoch, envelope }: OutboxRow) {
  const { fields } = await link.ask("relay.winner", { conversation, epoch });
  return fields.envelope === envelope;
}

async function settleCommit(messenger: Messenger, row: OutboxRow, won: boolean): Promise<void> {
  const { profile, groups, outbox, features: { roomCommits } } = messenger;
  const { conversation } = row;
  for (;;) {
    const group = await groups.load(conversation);
    const pending = group?.pending;
    if (group === undefined || pending?.envelope !== row.envelope) {
      outbox.remove(row.number);
      return;
    }
    const state = won ? mergeCommit(group.state, pending.next) : group.state;
    const prepared = await groups.prepare(state, {
      conversation,
      membershipLog: won ? pending.membershipLog : group.membershipLog,
      pending: undefined,
      refreshedMs: won ? profile.clock.nowMs() : group.refreshedMs,
      sentSince: won ? 0 : group.sentSince,
    });
    const { membershipLog: before } = group;
    const { membershipLog: after } = pending;
    const news = won && before !== undefined && after !== undefined
      ? await roomCommits.changedHere(messenger, row, { before, after })
      : undefined;
    const isWritten = await record(messenger, news?.entries ?? [], () => {
      if (!groups.replace(prepared, group.version)) return false;
      news?.write();
      outbox.remove(row.number);
      return true;
    });
    if (isWritten) return;
  }
}
