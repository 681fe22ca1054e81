/**
 * Messages that do not open, as a sign of a fork (SR-25). A server that shows two histories makes what others say unreadable; but
 * so does a member who sends noise, and nothing tells the two apart: noise carries no signature. So what one account alone has
 * sent, as the server says, is shown and holds no room: else one member could stop it for all (SR-28).
 */

import type { ConversationId } from "../../base/ids.ts";
import type { Database } from "../../storage/database.ts";

/** Messages of the present epoch in a row that did not open. */
export interface Unreadable {
  readonly count: number;
  /** The account that they came from, by the server's word; '' for nobody yet, `SEVERAL` for more than one. */
  readonly of: string;
}

/** None, since something opened. */
export const NONE_UNREADABLE: Unreadable = { count: 0, of: "" };

/** In place of an account; no name has this sign. */
const SEVERAL = "*";
/** Before a fork is assumed. */
const MAX_UNREADABLE = 3;

/** What is to be done about one more. */
export type UnreadableVerdict =
  | "nothing"
  /** Somebody sends noise, or the server shows two histories. */
  | "doubtful"
  /** A fork. */
  | "forked";

/** Counts one more, of a group with this many other accounts. */
export function addUnreadable(
  before: Unreadable,
  one: { readonly account: string; readonly others: number },
): { readonly after: Unreadable; readonly verdict: UnreadableVerdict } {
  const isSame = before.of === "" || before.of === one.account;
  const after = { count: before.count + 1, of: isSame ? one.account : SEVERAL };
  return { after, verdict: judge(before, after, one.others) };
}

function judge(before: Unreadable, after: Unreadable, others: number): UnreadableVerdict {
  if (after.count < MAX_UNREADABLE) return "nothing";
  const isFork = others <= 1 || after.of === SEVERAL;
  if (isFork) return "forked";
  return before.count < MAX_UNREADABLE ? "doubtful" : "nothing";
}

/** As it was written last. */
export function findUnreadable(database: Database, conversation: ConversationId): Unreadable {
  return database.query(
    "SELECT unreadable, unreadable_of FROM mls_group WHERE conversation = ?",
    (row) => ({ count: row.integer("unreadable"), of: row.text("unreadable_of") }),
  ).first(conversation) ?? NONE_UNREADABLE;
}

/** Inside a transaction. */
export function setUnreadable(
  database: Database,
  conversation: ConversationId,
  { count, of }: Unreadable,
): void {
  database.command("UPDATE mls_group SET unreadable = ?, unreadable_of = ? WHERE conversation = ?")
    .run(count, of, conversation);
}
