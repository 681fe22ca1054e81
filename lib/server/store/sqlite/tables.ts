/** The tables of a store's database, their statements prepared. */

import type { Database } from "../../../storage/database.ts";
import { AccountTable } from "./accounts.ts";
import { AuditTable } from "./audit.ts";
import { BotTokenTable, TokenTable } from "./tokens.ts";
import { broadcastTable } from "./broadcasts.ts";
import { CommitTable } from "./commits.ts";
import { ConversationTable } from "./conversations.ts";
import { AccountDeletion } from "./deletion.ts";
import { DeviceTable } from "./devices.ts";
import { EnvelopeLog } from "./envelope_log.ts";
import { Expiry } from "./expiry.ts";
import { KeyPackageTable } from "./key_packages.ts";
import { type LookUp, prepareLookups } from "./lookups.ts";
import { MailboxTable } from "./mailbox.ts";
import { MessageTable } from "./messages.ts";
import { AccountDataTable } from "./account_data.ts";
import { OpenConversations } from "./open_conversations.ts";
import { RoleTable } from "./roles.ts";
import { RoomCommits } from "./room_commits.ts";
import { RoomTable } from "./rooms.ts";
import { SanctionTable } from "./sanctions.ts";
import { SubmissionTable } from "./submissions.ts";
import { uploadTable } from "./uploads.ts";

/** All of them over one connection. */
export interface Tables {
  readonly lookUp: LookUp;
  readonly sanctions: SanctionTable;
  readonly tokens: TokenTable;
  readonly devices: DeviceTable;
  readonly accounts: AccountTable;
  /** What `append` and `acknowledge` leave to be written. */
  readonly places: OpenConversations;
  readonly botTokens: BotTokenTable;
  readonly deletion: AccountDeletion;
  readonly keyPackages: KeyPackageTable;
  readonly accountData: AccountDataTable;
  readonly commits: CommitTable;
  readonly conversations: ConversationTable;
  readonly messages: MessageTable;
  readonly mailbox: MailboxTable;
  readonly rooms: RoomTable;
  readonly roomCommits: RoomCommits;
  readonly roles: RoleTable;
  readonly audit: AuditTable;
  readonly broadcasts: ReturnType<typeof broadcastTable>;
  readonly uploads: ReturnType<typeof uploadTable>;
  readonly expiry: Expiry;
}

/** Prepares every statement. */
export function prepareTables(database: Database): Tables {
  const lookUp = prepareLookups(database);
  const log = new EnvelopeLog(database);
  const sanctions = new SanctionTable(database);
  const tokens = new TokenTable(database);
  const devices = new DeviceTable(database, log);
  const accounts = new AccountTable(database, { devices, tokens, lookUp });
  const places = new OpenConversations(database, log);
  const submissions = new SubmissionTable(database, places);
  const commits = new CommitTable(database, log, submissions);
  const roles = new RoleTable(database, lookUp);
  const audit = new AuditTable(database);
  return {
    lookUp,
    sanctions,
    tokens,
    devices,
    accounts,
    places,
    botTokens: new BotTokenTable(database),
    deletion: new AccountDeletion(database, { accounts, roles, audit, lookUp }),
    keyPackages: new KeyPackageTable(database, { devices, lookUp }),
    accountData: new AccountDataTable(database, accounts),
    commits,
    conversations: new ConversationTable(database, { log, submissions, commits }),
    messages: new MessageTable(database, { log, places, submissions, sanctions }),
    mailbox: new MailboxTable(database),
    rooms: new RoomTable(database, { log, commits, lookUp, submissions }),
    roomCommits: new RoomCommits(database, { submissions, commits }),
    roles,
    audit,
    broadcasts: broadcastTable(database, lookUp),
    uploads: uploadTable(database),
    expiry: new Expiry(database),
  };
}
