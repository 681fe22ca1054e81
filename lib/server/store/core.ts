/** The whole store as plain synchronous calls over one database connection. */

import { Database } from "../../storage/database.ts";
import type { Store } from "../store.ts";
import { AccountTable } from "./accounts.ts";
import { CommitTable } from "./commits.ts";
import { ConversationTable } from "./conversations.ts";
import { DeviceTable } from "./devices.ts";
import { EnvelopeLog } from "./envelope_log.ts";
import { Expiry } from "./expiry.ts";
import { KeyPackageTable } from "./key_packages.ts";
import { MailboxTable } from "./mailbox.ts";
import { MessageTable } from "./messages.ts";
import { MIGRATIONS } from "./schema.ts";
import { SubmissionTable } from "./submissions.ts";
import { TokenTable } from "./tokens.ts";

/** The calls of `Store` that go to the database. */
export type CallName = Exclude<keyof Store, "close" | typeof Symbol.asyncDispose>;

/** Every call of `Store`, without the waiting. */
export type StoreCalls = {
  readonly [Name in CallName]: (
    ...args: Parameters<Store[Name]>
  ) => Awaited<ReturnType<Store[Name]>>;
};

/** An open database with the calls over it. */
export interface StoreCore {
  readonly database: Database;
  /** To be made inside a transaction. */
  readonly calls: StoreCalls;
}

/** Opens or creates the database at `path`. Throws StorageError. The caller closes `database`. */
export function openCore(path: string): StoreCore {
  const database = Database.open(path, { migrations: MIGRATIONS });
  try {
    return { database, calls: makeCalls(database) };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Prepares the statements of every call. */
export function makeCalls(database: Database): StoreCalls {
  const log = new EnvelopeLog(database);
  const tokens = new TokenTable(database);
  const devices = new DeviceTable(database, log);
  const accounts = new AccountTable(database, devices, tokens);
  const keyPackages = new KeyPackageTable(database, devices);
  const submissions = new SubmissionTable(database);
  const commits = new CommitTable(database, log, submissions);
  const conversations = new ConversationTable(database, { log, submissions, commits });
  const messages = new MessageTable(database, log, submissions);
  const mailbox = new MailboxTable(database, log);
  const expiry = new Expiry(database, log);
  return {
    createAccount: (account) => accounts.create(account),
    findAccount: (account) => accounts.find(account),
    listAccounts: (options) => accounts.list(options),
    findRecoveryCopy: (account) => accounts.findRecoveryCopy(account),
    replacePassword: (options) => accounts.replacePassword(options),
    replaceIdentity: (identity) => accounts.replaceIdentity(identity),
    setLastSeen: (options) => accounts.setLastSeen(options),
    addToken: (options) => tokens.add(options),
    checkToken: (options) => tokens.check(options),
    addDevice: ({ account, device, nowMs }) => devices.add(accounts.number(account), device, nowMs),
    findDevice: (account, device) => devices.find(account, device),
    listDevices: (account) => devices.list(account),
    setSignedIn: (options) => devices.setSignedIn(options),
    findCertificate: (hash) => devices.findCertificate(hash),
    publishKeyPackages: (options) => keyPackages.publish(options),
    countKeyPackages: (device) => keyPackages.count(device),
    takeKeyPackage: (account) => keyPackages.take(account),
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
    expire: (nowMs) => expiry.expire(nowMs),
  };
}
