/** Who submits an envelope, who is to have it, and whether the same was submitted before: idempotent resending (SR-20). */

import { type EnvelopeType, requireSame, requireSender } from "../../../relay/log_rules.ts";
import type { Member, Submission } from "../../../relay/message_log.ts";
import { type FirstAnswer, firstAnswer, member, type Sender, sender } from "../columns.ts";
import { query, type Statements } from "./database.ts";

/** Whoever submits, and what its number led to before. */
export interface Found {
  readonly sender: Sender;
  readonly first: FirstAnswer | undefined;
}

/** The caller has locked the account. Throws Refusal as `requireSender` does. */
export async function findSender(
  statements: Statements,
  submission: Pick<Submission, "account" | "device" | "generation">,
): Promise<Sender> {
  const { device, account } = submission;
  return requireSender(await statements.first(FIND_SENDER, device, account), submission);
}

/** The caller has locked account and conversation. Throws Refusal as `findSender` and `requireSame` do. */
export async function findSubmitted(
  statements: Statements,
  submission: Submission,
  type: EnvelopeType,
): Promise<Found> {
  const { device, number } = submission;
  const [sender, first] = await Promise.all([
    findSender(statements, submission),
    statements.first(FIND_FIRST, device, number),
  ]);
  if (first !== undefined) requireSame(first, submission, type);
  return { sender, first };
}

/** Who is to have what a device submits to a conversation. */
export async function listRecipients(
  statements: Statements,
  conversation: number,
  sender: Pick<Sender, "id">,
): Promise<readonly Member[]> {
  return await statements.all(LIST_OTHERS, conversation, sender.id);
}

const FIND_SENDER = query(
  `SELECT d.id, d.owner, d.signed_in, a.generation FROM device d JOIN account a ON a.id = d.owner
    WHERE d.device = $1 AND d.removed = 0 AND a.account = $2`,
  sender,
);

const FIND_FIRST = query(
  `SELECT e.place, c.conversation, e.envelope, e.type, e.seq, e.epoch, e.at_ms
    FROM device d JOIN envelope e ON e.sender = d.id JOIN conversation c ON c.id = e.conversation
    WHERE d.device = $1 AND e.number = $2`,
  firstAnswer,
);

const LIST_OTHERS = query(
  `SELECT a.account, d.device FROM conversation_member m
    JOIN device d ON d.id = m.device JOIN account a ON a.id = d.owner
    WHERE m.conversation = $1 AND m.device <> $2 ORDER BY m.device`,
  member,
);
