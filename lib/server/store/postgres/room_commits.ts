/** Commits of rooms: one wins each epoch and each version of the membership log, and with it who is in (SR-21, SR-34, SR-35). */

import { readRoomPlace } from "../room_rows.ts";
import { judgeRoomCommit } from "../room_rules.ts";
import type { RoomStore } from "../room_store.ts";
import type { Answer } from "../store.ts";
import { appendCommit } from "./commits.ts";
import { query, type Transaction } from "./database.ts";
import { lockAccounts, lockConversations } from "./locks.ts";
import { findSubmitted } from "./submissions.ts";

type RoomCommit = Parameters<RoomStore["commitToRoom"]>[0];

/** Appends what `Rooms` judged, if the room is still where it was judged. */
export async function commitToRoom(
  transaction: Transaction,
  submission: RoomCommit,
): Promise<Answer<"commitToRoom">> {
  const { account, device, conversation, epoch, change } = submission;
  const judgedBy = [account, ...[change.admits, change.expels].filter((one) => one !== undefined)];
  const [, , { sender, first }, found] = await Promise.all([
    lockAccounts(transaction, { judged: judgedBy }),
    lockConversations(transaction, [conversation]),
    findSubmitted(transaction, submission, "commit"),
    transaction.first(FIND_PLACE, device, account, conversation),
  ]);
  const judged = judgeRoomCommit(submission, { first, found });
  if (judged.result !== "fits") return judged;
  const { place, version } = judged;
  await enter(transaction, place.id, change);
  const recipients = await appendCommit(transaction, submission, { place, sender });
  return { result: "committed", seq: place.lastSeq + 1, epoch: epoch + 1, version, recipients };
}

async function enter(
  transaction: Transaction,
  id: number,
  { version, entry, admits, expels }: RoomCommit["change"],
): Promise<void> {
  if (entry === undefined) return;
  const changes = [
    transaction.run(INSERT_ENTRY, id, version + 1, entry),
    transaction.run(SET_VERSION, version + 1, id),
  ];
  if (admits !== undefined) {
    changes.push(
      transaction.run(ADMIT, id, admits),
      transaction.run(DROP_INVITATION, id, admits),
    );
  }
  if (expels !== undefined) {
    changes.push(
      transaction.run(EXPEL, id, expels),
      transaction.run(DROP_INVITATION, id, expels),
      transaction.run(DROP_REMOVAL, id, expels),
    );
  }
  await Promise.all(changes);
}

const OF_ACCOUNT =
  "conversation = $1 AND account = (SELECT id FROM account WHERE account = $2::text)";

const FIND_PLACE = query(
  `SELECT c.id, c.epoch, c.last_seq, r.version,
      EXISTS (SELECT 1 FROM conversation_member m JOIN device d ON d.id = m.device
        WHERE m.conversation = c.id AND d.device = $1)::int AS is_member,
      EXISTS (SELECT 1 FROM conversation_account p WHERE p.conversation = c.id AND p.account = own.id
        AND NOT EXISTS (SELECT 1 FROM room_removal x
          WHERE x.conversation = c.id AND x.account = own.id))::int AS is_in
    FROM conversation c JOIN room r ON r.conversation = c.id CROSS JOIN account own
    WHERE own.account = $2 AND c.conversation = $3 AND c.open = 1`,
  readRoomPlace,
);

const INSERT_ENTRY = "INSERT INTO room_entry (conversation, version, entry) VALUES ($1, $2, $3)";
const SET_VERSION = "UPDATE room SET version = $1 WHERE conversation = $2";
const ADMIT = `INSERT INTO conversation_account (conversation, account)
  SELECT $1::bigint, id FROM account WHERE account = $2 ON CONFLICT DO NOTHING`;
const EXPEL = `DELETE FROM conversation_account WHERE ${OF_ACCOUNT}`;
const DROP_INVITATION = `DELETE FROM room_invitation WHERE ${OF_ACCOUNT}`;
const DROP_REMOVAL = `DELETE FROM room_removal WHERE ${OF_ACCOUNT}`;
