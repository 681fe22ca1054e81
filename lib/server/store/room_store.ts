/** What the server remembers of rooms: a part of `Store`, with its rules. */

import type { Bytes } from "../../base/bytes.ts";
import type { AccountId, ConversationId } from "../../base/ids.ts";
import type { CommitSubmission, Member, Submission } from "../../relay/message_log.ts";

/** How an account stands to a room. */
export type RoomMembership = "member" | "invited";
/** The same where open rooms count: anybody may come into one of those. */
export type RoomStanding = RoomMembership | "open";
/** As it is listed: `awaited` has still to be invited into the room that took the place of one of its own (SR-35). */
export type ListedMembership = RoomMembership | "awaited";

/** A room as an account that is in it, or invited, may know it. */
export interface RoomSummary {
  readonly room: number;
  readonly conversation: ConversationId;
  readonly epoch: number;
  /** Entries of its membership log. */
  readonly version: number;
  readonly standing: ListedMembership;
  /** Whether the asking device is on the delivery list. */
  readonly member: boolean;
  readonly wanted: boolean;
  /** Whether somebody turned an invitation down. */
  readonly declined: boolean;
  /** Whether a member is kicked from the server now: it can still read what comes (SR-37). */
  readonly kicked: boolean;
  /** The conversation that it took the place of. */
  readonly replaced: ConversationId | undefined;
}

/** A room as the operator may know it: its name and topic are sealed. */
export interface RoomFacts {
  readonly room: number;
  /** Who founded it. */
  readonly founder: string;
  readonly members: number;
  readonly invited: number;
  /** How many things were said in it. */
  readonly said: number;
}

/** What the first entry of an open room says of it. */
export interface OpenFacts {
  readonly name: string;
  readonly topic: string;
  readonly size: number;
}

/** An open room as any account may know it. */
export interface OpenRoomSummary extends OpenFacts {
  readonly room: number;
  readonly conversation: ConversationId;
  readonly members: number;
  /** Whether the asking account is in it. */
  readonly member: boolean;
}

/** A room that an account is in. */
export interface RoomOfAccount {
  readonly room: number;
  readonly version: number;
  readonly conversation: ConversationId;
}

/** Somebody who was invited to a room. */
export interface RoomGuest {
  readonly account: AccountId;
  /** The signed invitation. */
  readonly entry: Bytes;
  readonly expiresMs: number;
  readonly declined: boolean;
}

/** What an entry does to a room, as its membership log says. The server's membership log judged it at `version`. */
export interface RoomChange {
  /** The version that it was judged at; the commit is refused when there is another by now. */
  readonly version: number;
  readonly entry: Bytes | undefined;
  /** The account that it lets in. */
  readonly admits: AccountId | undefined;
  /** The account that it removes, a member's or an invited one. */
  readonly expels: AccountId | undefined;
}

/** A room in whose place another one comes. */
export interface RepairedRoom {
  readonly conversation: ConversationId;
  /** Of the membership log in which the account is an owner; undefined when it is in no such open room. */
  readonly version: number | undefined;
}

/** The calls about rooms. Whether an entry is right is judged before, by `Rooms`; these keep it true. */
export interface RoomStore {
  /**
   * Founds a room with its first entry, under a number that no room ever had, or that of `replaces`, which is closed.
   * `same-members`: a room of exactly these accounts is there, and `forceNew` is not said. The same conversation again by
   * the same device is `known` and gives the first answer again. `replaces` names the room and the version of its membership log in
   * which the account is an owner: `stale` when it has moved on, was closed, or the account is to go. Members that are no account are refused with `unknown-account`. They are
   * to be invited within 30 days. What is said goes on with the numbers of the room that is replaced. `open`: every account
   * finds it by its name; `name-taken` when another open room has that.
   */
  createRoom(
    room: Omit<Submission, "envelope" | "number" | "epoch"> & {
      /** What to try as a number, in this order. */
      numbers: readonly number[];
      members: readonly AccountId[];
      forceNew: boolean;
      replaces: RepairedRoom | undefined;
      open?: OpenFacts;
      groupInfo: Bytes;
      entry: Bytes;
    },
  ): Promise<
    | { result: "created" | "known" | "same-members"; room: number; conversation: ConversationId }
    | { result: "no-number" | "stale" | "name-taken" }
  >;
  /** The room of a conversation, if the account is in it or invited, or it is open. Closed ones are not found. */
  findRoom(
    options: { conversation: ConversationId; account: AccountId },
  ): Promise<{ room: number; version: number; standing: RoomStanding } | undefined>;
  /**
   * A closed room that another one took the place of, at last one that the account is in, invited to or awaited in: what it
   * still may ask about (SR-35).
   */
  findReplacedRoom(
    options: { conversation: ConversationId; account: AccountId },
  ): Promise<{ version: number } | undefined>;
  /** Whether a room of this number is open. */
  hasRoom(room: number): Promise<boolean>;
  /** In order of the room's number, after `after`. */
  listRooms(
    options: Member & { after: number; limit: number; nowMs: number },
  ): Promise<readonly RoomSummary[]>;
  /** Rooms that let every account in, in order of the number, after `after`. */
  listOpenRooms(
    options: { account: AccountId; after: number; limit: number },
  ): Promise<readonly OpenRoomSummary[]>;
  /** Rooms of everybody that are not closed, in order of the number, after `after`: for the operator. */
  listEveryRoom(options: { after: number; limit: number }): Promise<readonly RoomFacts[]>;
  /** Members who are kicked from the server now, and on whom no removal waits. */
  listKickedMembers(
    options: { conversation: ConversationId; nowMs: number; limit: number },
  ): Promise<readonly AccountId[]>;
  /** The open rooms that an account is in, by number. */
  listRoomsOf(options: { account: AccountId; limit: number }): Promise<readonly RoomOfAccount[]>;
  /** Accounts that share a room of at most 200 members with this one, which does not let everybody in: they hear when it comes and goes. */
  listRoomMates(account: AccountId): Promise<readonly AccountId[]>;
  /** The accounts in a room. */
  listRoomMembers(conversation: ConversationId): Promise<readonly AccountId[]>;
  /** Entries after a version, in order. */
  listRoomEntries(
    options: { conversation: ConversationId; after: number; limit: number },
  ): Promise<readonly Bytes[]>;
  /** An invitation in place of any before. `stale` when the membership log has moved on from `version`, or `by` is to go. */
  inviteToRoom(
    options: {
      conversation: ConversationId;
      by: AccountId;
      account: AccountId;
      entry: Bytes;
      version: number;
      expiresMs: number;
    },
  ): Promise<"invited" | "stale">;
  findRoomInvitation(
    options: { conversation: ConversationId; account: AccountId },
  ): Promise<Bytes | undefined>;
  /** It is of no use from then on; those in charge see that it was turned down. */
  declineRoomInvitation(
    options: { conversation: ConversationId; account: AccountId },
  ): Promise<void>;
  /** Who is invited and has not come in, in the order of account ids, after `after`. */
  listRoomGuests(
    options: { conversation: ConversationId; after: AccountId | undefined; limit: number },
  ): Promise<readonly RoomGuest[]>;
  /**
   * Takes an account's devices off the delivery list at once, and its invitation, and keeps the order until a commit carries
   * it out. `stale` when the membership log has moved on from `version`, or `by` is to go already.
   */
  wantRemoval(
    options: {
      conversation: ConversationId;
      by: AccountId;
      account: AccountId;
      entry: Bytes;
      version: number;
    },
  ): Promise<"wanted" | "stale">;
  listRemovals(
    options: { conversation: ConversationId; limit: number },
  ): Promise<readonly Bytes[]>;
  /**
   * `Store.commit` for a room: compare-and-set on epoch and version both. `joins`: the device becomes a member from its own
   * commit on; its account must be in the room, or be the one that the change admits.
   */
  commitToRoom(
    submission: Omit<CommitSubmission, "added" | "welcome"> & { change: RoomChange },
  ): Promise<
    | {
      result: "committed";
      seq: number;
      epoch: number;
      version: number;
      recipients: readonly Member[];
    }
    | { result: "known"; seq: number; epoch: number; version: number }
    | { result: "conflict"; epoch: number; version: number }
    | { result: "not-member" }
  >;
  /** Closes a room whose only member is this account; false when it is not. */
  closeRoom(options: { conversation: ConversationId; account: AccountId }): Promise<boolean>;
}
