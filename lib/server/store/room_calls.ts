/** The calls about rooms. */

import type { Database } from "../../storage/database.ts";
import type { RoomCallName, StoreCalls } from "./calls.ts";
import type { CommitTable } from "./commits.ts";
import type { EnvelopeLog } from "./envelope_log.ts";
import { RoomCommits } from "./room_commits.ts";
import { RoomLists } from "./room_lists.ts";
import { RoomPeople } from "./room_people.ts";
import { RoomTable } from "./rooms.ts";
import type { SubmissionTable } from "./submissions.ts";

/** Prepares the statements. */
export function roomCalls(
  database: Database,
  { log, submissions, commits }: {
    log: EnvelopeLog;
    submissions: SubmissionTable;
    commits: CommitTable;
  },
): Pick<StoreCalls, RoomCallName> {
  const lists = new RoomLists(database);
  const people = new RoomPeople(database);
  const rooms = new RoomTable(database, { log, commits, lists });
  const roomCommits = new RoomCommits(database, { submissions, commits });
  return {
    createRoom: (room) => rooms.create(room),
    findRoom: (options) => lists.find(options),
    findReplacedRoom: (options) => lists.findReplaced(options),
    hasRoom: (room) => lists.has(room),
    listRooms: (options) => lists.list(options),
    listEveryRoom: (options) => lists.listEvery(options),
    listRoomMembers: (conversation) => lists.listMembers(conversation),
    listRoomEntries: (options) => lists.listEntries(options),
    inviteToRoom: (options) => rooms.invite(options),
    findRoomInvitation: (options) => lists.findInvitation(options),
    declineRoomInvitation: (options) => rooms.declineInvitation(options),
    listKickedMembers: (options) => people.listKicked(options),
    listRoomsOf: (options) => people.listRoomsOf(options),
    listRoomMates: (account) => people.listMates(account),
    listRoomGuests: (options) => lists.listGuests(options),
    wantRemoval: (options) => rooms.wantRemoval(options),
    listRemovals: (options) => lists.listRemovals(options),
    commitToRoom: (submission) => roomCommits.commit(submission),
    closeRoom: (options) => rooms.closeRoom(options),
  };
}
