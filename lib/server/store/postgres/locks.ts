/**
 * Who waits for whom. What a transaction judges must still be so when it commits, and several nodes write at once: so each
 * locks what it judges by **before** it reads that, and reads it in statements of its own. (A condition in a sub-select of the
 * statement that waits is judged by what was there before the wait.)
 *
 * All in this order, else two wait for each other: one named lock, then accounts, then conversations by their number, then mailboxes, then
 * single rows (`upload_total`, `counter`, key packages). A transaction takes each of the five once, with everything that
 * it will need of it.
 */

import type { AccountId, ConversationId } from "../../../base/ids.ts";
import { integerArray, textArray } from "./arrays.ts";
import { query, type Transaction } from "./database.ts";

/**
 * Classes of advisory locks; they end with their transaction. They are the whole database's: what stands behind the class has the
 * schema in it, so that two servers in one database do not wait for each other.
 */
const NAMED = 4_801;
const ACCOUNTS = 4_802;
const MAILBOXES = 4_803;
/** Mailboxes share as many locks: of a large room thousands may be crowded, and the server has room for some thousand locks. */
const MAILBOX_LOCKS = 64;

/**
 * What is judged over many rows at once.
 * `roles`: who is owner and who is kicked. `rooms`: which numbers and names of rooms are taken, and which rooms have the same members.
 */
export type NamedLock = "roles" | "rooms";
const NAMED_LOCKS: Readonly<Record<NamedLock, number>> = { roles: 1, rooms: 2 };

/** Nobody else has it until this transaction ends. */
export async function lockNamed(transaction: Transaction, name: NamedLock): Promise<void> {
  await transaction.first(LOCK_NAMED, NAMED, NAMED_LOCKS[name]);
}

/**
 * `changed`: their devices, keys, sessions or right to be here change, and nobody else judges by them meanwhile. `judged`: they
 * stay as they are until this transaction ends; several transactions may have that at once. Names that no account has yet can be
 * locked too, and skeletons of names.
 */
export async function lockAccounts(
  transaction: Transaction,
  { changed = [], judged = [] }: {
    changed?: readonly string[];
    judged?: readonly string[];
  },
): Promise<void> {
  await transaction.all(LOCK_ACCOUNTS, ACCOUNTS, textArray(changed), textArray(judged));
}

/** Nobody else appends to them or changes their list, epoch or members until this transaction ends. */
export async function lockConversations(
  transaction: Transaction,
  conversations: readonly ConversationId[],
): Promise<void> {
  await transaction.all(LOCK_CONVERSATIONS, textArray(conversations));
}

/** Nobody else adds to the mailboxes of these devices, as far as they are crowded, until this transaction ends. */
export async function lockMailboxes(
  transaction: Transaction,
  devices: readonly number[],
): Promise<void> {
  const locks = new Set(devices.map((device) => device % MAILBOX_LOCKS));
  await transaction.all(LOCK_MAILBOXES, MAILBOXES, integerArray([...locks]));
}

/** Those that a device of the account is a member of, and those that the account itself is in. */
export async function lockConversationsOf(
  transaction: Transaction,
  account: AccountId,
): Promise<void> {
  await transaction.all(LOCK_CONVERSATIONS_OF, account);
}

const LOCK_NAMED = query(
  "SELECT pg_advisory_xact_lock($1::int, hashtext(current_schema() || ' ' || $2::int))",
  () => true,
);

// By hash, so that nobody looks for the number first, in its order: two of one hash are one lock.
const LOCK_ACCOUNTS = query(
  `SELECT CASE WHEN changed THEN pg_advisory_xact_lock($1::int, hash)::text
      ELSE pg_advisory_xact_lock_shared($1::int, hash)::text END
    FROM (SELECT hash, bool_or(changed) AS changed FROM (
        SELECT hashtext(current_schema() || ' ' || a) AS hash, true AS changed FROM unnest($2::text[]) a
        UNION ALL SELECT hashtext(current_schema() || ' ' || a), false FROM unnest($3::text[]) a) AS each
      GROUP BY hash ORDER BY hash OFFSET 0) AS ordered`,
  () => true,
);

const LOCK_MAILBOXES = query(
  `SELECT pg_advisory_xact_lock($1::int, lock)::text
    FROM (SELECT hashtext(current_schema() || ' ' || number) AS lock FROM unnest($2::int[]) AS number
      ORDER BY lock OFFSET 0) AS ordered`,
  () => true,
);

const LOCK_CONVERSATIONS = query(
  "SELECT id FROM conversation WHERE conversation = ANY ($1::text[]) ORDER BY id FOR NO KEY UPDATE",
  () => true,
);

const LOCK_CONVERSATIONS_OF = query(
  `SELECT id FROM conversation WHERE id IN (
      SELECT m.conversation FROM conversation_member m JOIN device d ON d.id = m.device
        JOIN account a ON a.id = d.owner WHERE a.account = $1
      UNION SELECT c.conversation FROM conversation_account c
        JOIN account a ON a.id = c.account WHERE a.account = $1)
    ORDER BY id FOR NO KEY UPDATE`,
  () => true,
);
