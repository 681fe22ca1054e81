/** What is judged of rooms before it is written, whatever keeps them, and how much is kept and told of them. */

import { judgeCommit, type Submitted } from "../../relay/log_rules.ts";
import type { AccountId } from "../../base/ids.ts";
import type { RoomStore } from "./room_store.ts";

/** So long may whoever founds a room take to invite those whom it named. */
export const AWAITED_MS = 30 * 24 * 60 * 60 * 1000;
/** In larger rooms nobody is told who comes and goes: each would be told of each. */
export const MAX_MEMBERS_WITH_PRESENCE = 200;
/** As many mates of one account are told: what a sign-in costs does not grow with the rooms that it is in. */
export const MAX_MATES = 2_000;

/** Where a room is, and what the committing device is in it. */
export interface RoomPlace {
  readonly id: number;
  readonly epoch: number;
  readonly lastSeq: number;
  readonly version: number;
  readonly isMember: boolean;
  /** Its account is in the room, and nobody wants it out. */
  readonly isIn: boolean;
}

type RoomCommit = Pick<
  Parameters<RoomStore["commitToRoom"]>[0],
  "account" | "joins" | "epoch" | "change"
>;

/** What becomes of a commit to a room; with `fits` it may be stored, and `version` is the room's then. */
export type JudgedRoomCommit =
  | { readonly result: "known"; readonly seq: number; readonly epoch: number; version: number }
  | { readonly result: "conflict"; readonly epoch: number; readonly version: number }
  | { readonly result: "not-member" }
  | { readonly result: "fits"; readonly place: RoomPlace; readonly version: number };

/** The first commit in an epoch wins it, if the membership log is where it was judged too (SR-21, SR-34, SR-35). */
export function judgeRoomCommit(
  { joins, epoch, change, account }: RoomCommit,
  { first, found }: {
    readonly first: Submitted<{ seq: number; epoch: number }, RoomPlace>["first"];
    readonly found: RoomPlace | undefined;
  },
): JudgedRoomCommit {
  const version = change.version + (change.entry === undefined ? 0 : 1);
  const admitted: AccountId | undefined = change.admits;
  const mayJoin = found?.isIn === true || admitted === account;
  const mayCommit = found?.isMember === true || joins && mayJoin;
  const judged = judgeCommit({ first, epoch, place: mayCommit ? found : undefined });
  if (judged.result === "known") return { ...judged, version };
  if (judged.result === "not-member" || found === undefined) return { result: "not-member" };
  if (judged.result === "conflict" || change.version !== found.version) {
    return { result: "conflict", epoch: found.epoch, version: found.version };
  }
  return { result: "fits", place: judged.place, version };
}
