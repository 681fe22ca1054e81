/** The calls about conversations, rooms, and what is in them. */

import type { Database } from "../../storage/database.ts";
import type { EnvelopeCallName, RoomCallName, StoreCalls } from "./calls.ts";
import { CommitTable } from "./commits.ts";
import { ConversationTable } from "./conversations.ts";
import type { EnvelopeLog } from "./envelope_log.ts";
import { MailboxTable } from "./mailbox.ts";
import { MessageTable } from "./messages.ts";
import type { SanctionTable } from "./sanctions.ts";
import { RoomCommits } from "./room_commits.ts";
import { RoomLists } from "./room_lists.ts";
import { RoomPeople } from "./room_people.ts";
import { RoomTable } from "./rooms.ts";
import { SubmissionTable } from "./submissions.ts";

/** Prepares the statements. */
export function envelopeCalls(
  database: Database,
  { log, sanctions }: { log: EnvelopeLog; sanctions: SanctionTable },
): Pick<StoreCalls, EnvelopeCallName | RoomCallName> {
  const submissions = new SubmissionTable(database);
  const commits = new CommitTable(database, log, submissions);
  const conversations = new ConversationTable(database, { log, submissions, commits });
  const messages = new MessageTable(database, { log, submissions, sanctions });
  const mailbox = new MailboxTable(database, log);
  const roomLists = new RoomLists(database);
  const roomPeople = new RoomPeople(database);
  const rooms = new RoomTable(database, { log, commits, lists: roomLists });
  const roomCommits = new RoomCommits(database, { submissions, commits });
  return {
    openDirect: (opening) => conversations.openDirect(opening),
    append: (submission) => messages.append(submission),
    commit: (submission) => commits.commit(submission),
    findGroup: (options) => conversations.findGroup(options),
    findWinner: (options) => conversations.findWinner(options),
    listConversations: (options) => conversations.list(options),
    countWaiting: (device) => mailbox.count(device),
    listWaiting: (device) => mailbox.list(device),
    fetch: (options) => mailbox.fetch(options),
    acknowledge: (options) => mailbox.acknowledge(options),
    highestNumber: (device) => mailbox.highestNumber(device),
    createRoom: (room) => rooms.create(room),
    findRoom: (options) => roomLists.find(options),
    findReplacedRoom: (options) => roomLists.findReplaced(options),
    hasRoom: (room) => roomLists.has(room),
    listRooms: (options) => roomLists.list(options),
    listEveryRoom: (options) => roomLists.listEvery(options),
    listRoomMembers: (conversation) => roomLists.listMembers(conversation),
    listRoomEntries: (options) => roomLists.listEntries(options),
    inviteToRoom: (options) => rooms.invite(options),
    findRoomInvitation: (options) => roomLists.findInvitation(options),
    declineRoomInvitation: (options) => rooms.declineInvitation(options),
    listKickedMembers: (options) => roomPeople.listKicked(options),
    listRoomsOf: (options) => roomPeople.listRoomsOf(options),
    listRoomMates: (account) => roomPeople.listMates(account),
    listRoomGuests: (options) => roomLists.listGuests(options),
    wantRemoval: (options) => rooms.wantRemoval(options),
    listRemovals: (options) => roomLists.listRemovals(options),
    commitToRoom: (submission) => roomCommits.commit(submission),
    closeRoom: (options) => rooms.closeRoom(options),
  };
}
