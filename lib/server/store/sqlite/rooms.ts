/** Rooms: founding, inviting, removing, closing. */

import { Refusal } from "../../../base/errors.ts";
import type { AccountId, ConversationId } from "../../../base/ids.ts";
import type { Database } from "../../../storage/database.ts";
import { readPeopleOfRoom, readRoom } from "../room_rows.ts";
import { AWAITED_MS } from "../room_rules.ts";
import type { RepairedRoom, RoomStore } from "../room_store.ts";
import { rowNumber } from "../columns.ts";
import type { CommitTable } from "./commits.ts";
import type { EnvelopeLog } from "./envelope_log.ts";
import type { LookUp } from "./lookups.ts";
import type { SubmissionTable } from "./submissions.ts";

type NewRoom = Parameters<RoomStore["createRoom"]>[0];
type Created = Awaited<ReturnType<RoomStore["createRoom"]>>;

/** The rooms that there are. Commits are appended by `RoomCommits`. */
export class RoomTable {
  readonly #log: EnvelopeLog;
  readonly #commits: CommitTable;
  readonly #lookUp: LookUp;
  readonly #submissions: SubmissionTable;
  readonly #statements;

  constructor(
    database: Database,
    parts: {
      log: EnvelopeLog;
      commits: CommitTable;
      lookUp: LookUp;
      submissions: SubmissionTable;
    },
  ) {
    this.#log = parts.log;
    this.#commits = parts.commits;
    this.#lookUp = parts.lookUp;
    this.#submissions = parts.submissions;
    this.#statements = prepare(database);
  }

  create(room: NewRoom): Created {
    const { conversation, replaces } = room;
    const creator = this.#submissions.findSender(room);
    const first = this.#statements.findCreated.first(conversation, creator.id);
    if (first !== undefined) return { result: "known", room: first, conversation };
    const old = replaces === undefined ? undefined : this.#findRepaired(replaces, creator.owner);
    if (replaces !== undefined && old === undefined) return { result: "stale" };
    const members = room.members.map((account) => this.#account(account));
    const accounts = [...new Set([creator.owner, ...members])];
    const same = room.forceNew || replaces !== undefined ? undefined : this.#findSame(accounts);
    if (same !== undefined) return { result: "same-members", ...same };
    // Once known is known for ever, as for direct conversations (SR-18).
    if (this.#statements.findConversation.first(conversation) !== undefined) {
      throw new Refusal("bad-message", "This conversation id was used before");
    }
    const number = old?.number ??
      room.numbers.find((it) => this.#statements.findNumber.first(it) === undefined);
    if (number === undefined) return { result: "no-number" };
    if (this.#isNameTaken(room, old?.id ?? 0)) return { result: "name-taken" };
    if (old !== undefined) this.#close(old.id);
    this.#insert(room, { number, creator, accounts, replaced: old?.id });
    return { result: "created", room: number, conversation };
  }

  invite(
    { conversation, by, account, entry, version, expiresMs }: Parameters<
      RoomStore["inviteToRoom"]
    >[0],
  ): "invited" | "stale" {
    const room = this.#require(conversation);
    if (room.version !== version || !this.#isIn(room.id, this.#account(by))) return "stale";
    this.#statements.invite.run(room.id, this.#account(account), expiresMs, entry);
    return "invited";
  }

  declineInvitation(
    { conversation, account }: { conversation: ConversationId; account: AccountId },
  ): void {
    this.#statements.decline.run(this.#require(conversation).id, this.#account(account));
  }

  wantRemoval(
    { conversation, by, account, entry, version }: Parameters<RoomStore["wantRemoval"]>[0],
  ): "wanted" | "stale" {
    const room = this.#require(conversation);
    if (room.version !== version || !this.#isIn(room.id, this.#account(by))) return "stale";
    const target = this.#account(account);
    this.#statements.dropInvitation.run(room.id, target);
    this.#statements.want.run(room.id, target, entry);
    for (const device of this.#statements.listDevices.all(room.id, target)) {
      this.#log.leave(room, device);
    }
    return "wanted";
  }

  closeRoom(
    { conversation, account }: { conversation: ConversationId; account: AccountId },
  ): boolean {
    const room = this.#require(conversation);
    const members = this.#lookUp("listRoomMembers", conversation);
    if (members.length !== 1 || members[0] !== account) return false;
    this.#close(room.id);
    return true;
  }

  /** A room with exactly these accounts in it or invited, and none of them on the way out (row S3.28). */
  #findSame(
    accounts: readonly number[],
  ): { room: number; conversation: ConversationId } | undefined {
    const wanted = [...accounts].sort((left, right) => left - right).join();
    const found = this.#statements.listPeopleOfRooms.all(accounts[0])
      .find(({ people }) => people === wanted);
    return found && { room: found.room, conversation: found.conversation };
  }

  /** Whether an open room has this name, but for the one that is replaced. */
  #isNameTaken({ open }: NewRoom, replaced: number): boolean {
    return open !== undefined &&
      this.#statements.findName.first(open.name, replaced) !== undefined;
  }

  /** As it was when the owner was judged to be one. */
  #findRepaired(
    { conversation, version }: RepairedRoom,
    owner: number,
  ) {
    const room = this.#statements.findRoom.first(conversation);
    if (room === undefined || room.version !== version) return undefined;
    return this.#isIn(room.id, owner) ? room : undefined;
  }

  /** Whether an account is in a room, and nobody wants it out. */
  #isIn(id: number, account: number): boolean {
    return this.#statements.findMember.first(id, account) !== undefined;
  }

  #insert(
    room: NewRoom,
    facts: {
      number: number;
      creator: { id: number; owner: number };
      accounts: readonly number[];
      replaced: number | undefined;
    },
  ): void {
    const { number, creator, accounts, replaced } = facts;
    const id = this.#statements.insertConversation.first(room.conversation) ?? 0;
    const said = replaced === undefined ? 0 : this.#statements.findLastPlace.first(replaced) ?? 0;
    this.#statements.insert.run(id, number, creator.id, replaced ?? null, said);
    const { open } = room;
    if (open !== undefined) this.#statements.setOpen.run(open.name, open.topic, open.size, id);
    this.#statements.insertEntry.run(id, 1, room.entry);
    this.#statements.insertMember.run(id, creator.owner);
    for (const account of accounts) {
      if (account === creator.owner) continue;
      this.#statements.invite.run(id, account, room.nowMs + AWAITED_MS, null);
    }
    this.#log.join(id, creator.id, 0);
    this.#commits.saveGroupInfo(id, 0, room.groupInfo);
  }

  #close(id: number): void {
    this.#statements.close.run(id);
    this.#statements.dropInvitations.run(id);
    this.#statements.dropRemovals.run(id);
    this.#commits.forgetGroupInfos(id);
  }

  #require(conversation: ConversationId) {
    const room = this.#statements.findRoom.first(conversation);
    if (room === undefined) throw new Refusal("unknown-room", "No such room");
    return room;
  }

  #account(account: AccountId): number {
    const id = this.#statements.findAccount.first(account);
    if (id === undefined) {
      throw new Refusal("unknown-account", `No account "${account}" on this server`);
    }
    return id;
  }
}

function prepare(database: Database) {
  return {
    findAccount: database.query("SELECT id FROM account WHERE account = ?", rowNumber),
    findConversation: database.query(
      "SELECT id FROM conversation WHERE conversation = ?",
      rowNumber,
    ),
    findCreated: database.query(
      `SELECT r.number FROM room r JOIN conversation c ON c.id = r.conversation
        WHERE c.conversation = ? AND r.creator = ?`,
      (row) => row.integer("number"),
    ),
    findNumber: database.query(
      "SELECT number FROM room WHERE number = ?",
      (row) => row.integer("number"),
    ),
    findRoom: database.query(
      `SELECT c.id, c.last_seq, r.number, r.version FROM room r JOIN conversation c ON c.id = r.conversation
        WHERE c.conversation = ? AND c.open = 1`,
      readRoom,
    ),
    insertConversation: database.query(
      "INSERT INTO conversation (conversation, epoch) VALUES (?, 0) RETURNING id",
      rowNumber,
    ),
    insert: database.command(
      `INSERT INTO room (conversation, number, version, creator, replaced, last_place)
        VALUES (?, ?, 1, ?, ?, ?)`,
    ),
    findLastPlace: database.query(
      "SELECT last_place FROM room WHERE conversation = ?",
      (row) => row.integer("last_place"),
    ),
    findName: database.query(
      `SELECT c.id FROM room r JOIN conversation c ON c.id = r.conversation
        WHERE r.open_name = ? AND c.open = 1 AND c.id <> ?`,
      rowNumber,
    ),
    setOpen: database.command(
      "UPDATE room SET open_name = ?, open_topic = ?, open_size = ? WHERE conversation = ?",
    ),
    listPeopleOfRooms: preparePeople(database),
    insertEntry: database.command(
      "INSERT INTO room_entry (conversation, version, entry) VALUES (?, ?, ?)",
    ),
    findMember: database.query(
      `SELECT p.account AS id FROM conversation_account p WHERE p.conversation = ? AND p.account = ?
        AND NOT EXISTS (SELECT 1 FROM room_removal r WHERE r.conversation = p.conversation AND r.account = p.account)`,
      rowNumber,
    ),
    insertMember: database.command(
      "INSERT INTO conversation_account (conversation, account) VALUES (?, ?)",
    ),
    invite: database.command(
      `INSERT INTO room_invitation (conversation, account, expires_ms, entry) VALUES (?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET expires_ms = excluded.expires_ms, entry = excluded.entry, declined = 0`,
    ),
    decline: database.command(
      "UPDATE room_invitation SET declined = 1 WHERE conversation = ? AND account = ?",
    ),
    dropInvitation: database.command(
      "DELETE FROM room_invitation WHERE conversation = ? AND account = ?",
    ),
    dropInvitations: database.command("DELETE FROM room_invitation WHERE conversation = ?"),
    dropRemovals: database.command("DELETE FROM room_removal WHERE conversation = ?"),
    want: database.command(
      `INSERT INTO room_removal (conversation, account, entry) VALUES (?, ?, ?)
        ON CONFLICT DO UPDATE SET entry = excluded.entry`,
    ),
    listDevices: database.query(
      `SELECT m.device AS id FROM conversation_member m JOIN device d ON d.id = m.device
        WHERE m.conversation = ? AND d.owner = ?`,
      rowNumber,
    ),
    close: database.command("UPDATE conversation SET open = 0 WHERE id = ?"),
  };
}

/** The rooms that an account is in or invited to, each with its people. */
function preparePeople(database: Database) {
  // Who is in a room or invited, without those who are on the way out, as a sorted list.
  const people = `(SELECT group_concat(account) FROM (
      SELECT account FROM conversation_account p WHERE p.conversation = c.id
        AND NOT EXISTS (SELECT 1 FROM room_removal x WHERE x.conversation = c.id AND x.account = p.account)
      UNION SELECT account FROM room_invitation i WHERE i.conversation = c.id AND i.declined = 0 ORDER BY account))`;
  return database.query(
    `SELECT r.number, c.conversation, ${people} AS people FROM (
          SELECT conversation FROM conversation_account WHERE account = ?1
          UNION SELECT conversation FROM room_invitation WHERE account = ?1 AND declined = 0) mine
        CROSS JOIN conversation c ON c.id = mine.conversation AND c.open = 1
        CROSS JOIN room r ON r.conversation = c.id AND r.open_name IS NULL ORDER BY r.number`,
    readPeopleOfRoom,
  );
}
