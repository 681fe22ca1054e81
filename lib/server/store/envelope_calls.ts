/** The calls about conversations, rooms, and what is in them. */

import type { Database } from "../../storage/database.ts";
import type { EnvelopeCallName, RoomCallName, StoreCalls, Unsettled } from "./calls.ts";
import { CommitTable } from "./commits.ts";
import { ConversationTable } from "./conversations.ts";
import type { EnvelopeLog } from "./envelope_log.ts";
import { MailboxTable } from "./mailbox.ts";
import { MessageTable } from "./messages.ts";
import { OpenPlaces } from "./open_places.ts";
import type { SanctionTable } from "./sanctions.ts";
import { roomCalls } from "./room_calls.ts";
import { SubmissionTable } from "./submissions.ts";

/** Prepares the statements. */
export function envelopeCalls(
  database: Database,
  { log, sanctions }: { log: EnvelopeLog; sanctions: SanctionTable },
): { calls: Pick<StoreCalls, EnvelopeCallName | RoomCallName>; unsettled: Unsettled } {
  const places = new OpenPlaces(database, log);
  const submissions = new SubmissionTable(database);
  const commits = new CommitTable(database, log, submissions);
  const conversations = new ConversationTable(database, { log, submissions, commits });
  const messages = new MessageTable(database, { log, places, submissions, sanctions });
  const mailbox = new MailboxTable(database);
  const calls: Pick<StoreCalls, EnvelopeCallName | RoomCallName> = {
    openDirect: (opening) => conversations.openDirect(opening),
    append: (submission) => messages.append(submission),
    commit: (submission) => commits.commit(submission),
    findGroup: (options) => conversations.findGroup(options),
    findWinner: (options) => conversations.findWinner(options),
    listConversations: (options) => conversations.list(options),
    countWaiting: (device) => mailbox.count(device),
    listWaiting: (device) => mailbox.list(device),
    fetch: (options) => mailbox.fetch(options),
    acknowledge: ({ conversation, device, seq }) => places.acknowledge(conversation, device, seq),
    highestNumber: (device) => mailbox.highestNumber(device),
    ...roomCalls(database, { log, submissions, commits }),
  };
  return { calls, unsettled: places };
}
