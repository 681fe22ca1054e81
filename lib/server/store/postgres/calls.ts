/** The calls of the store on PostgreSQL: whether each only reads, and what it does. */

import { eachLookup, type LookupName } from "../lookups.ts";
import type { Answer, CallName, Store } from "../store.ts";
import { writePage } from "./account_data.ts";
import * as accounts from "./accounts.ts";
import * as audit from "./audit.ts";
import * as broadcasts from "./broadcasts.ts";
import { commit } from "./commits.ts";
import * as conversations from "./conversations.ts";
import type { Statements, Transaction } from "./database.ts";
import { deleteAccount } from "./deletion.ts";
import * as devices from "./devices.ts";
import { checkEntry, enter, findEntry } from "./entries.ts";
import { expire } from "./expiry.ts";
import * as keyPackages from "./key_packages.ts";
import { lookUp } from "./lookups.ts";
import * as mailbox from "./mailbox.ts";
import * as moderation from "./moderation.ts";
import { commitToRoom } from "./room_commits.ts";
import * as rooms from "./rooms.ts";
import * as uploads from "./uploads.ts";

/** Those that many make at once: they are gathered (`message_batches.ts`). */
export type GatheredName = "append" | "acknowledge";

/** Those that are made one by one. */
export type SingleName = Exclude<CallName, GatheredName>;

type Run<Over, Name extends CallName> = (
  database: Over,
  ...args: Parameters<Store[Name]>
) => Promise<Answer<Name>>;

/** `read` changes nothing, and is made over any connection; `write` in a transaction of its own. */
export type SingleCall<Name extends SingleName> =
  | { readonly effect: "read"; readonly run: Run<Statements, Name> }
  | { readonly effect: "write"; readonly run: Run<Transaction, Name> };

const read = <Name extends SingleName>(run: Run<Statements, Name>): SingleCall<Name> => ({
  effect: "read",
  run,
});
const write = <Name extends SingleName>(run: Run<Transaction, Name>): SingleCall<Name> => ({
  effect: "write",
  run,
});

// The cast: `lookUp` answers each call with what that call answers.
const LOOKUP_CALLS = eachLookup((name) =>
  read<LookupName>((database, ...args) => lookUp(database, name, ...args))
) as { readonly [Name in LookupName]: SingleCall<Name> };

/** One row for each call: a call of `Store` without one does not compile. */
export const SINGLE_CALLS: { readonly [Name in SingleName]: SingleCall<Name> } = {
  ...LOOKUP_CALLS,
  // Accounts, tokens, devices, key packages, pages.
  createAccount: write(accounts.createAccount),
  importAccount: write(accounts.importAccount),
  findEntry: read(findEntry),
  enter: write(enter),
  checkEntry: read(checkEntry),
  listAccounts: read(accounts.listAccounts),
  replacePassword: write(accounts.replacePassword),
  replaceIdentity: write(accounts.replaceIdentity),
  deleteAccount: write(deleteAccount),
  setLastSeen: write(accounts.setLastSeen),
  addToken: write(accounts.addToken),
  setBotToken: write(devices.setBotToken),
  removeBotToken: write(devices.removeBotToken),
  addDevice: write(devices.addDevice),
  removeDevices: write(devices.removeDevices),
  nameDevice: write(devices.nameDevice),
  setSignedIn: write(devices.setSignedIn),
  publishKeyPackages: write(keyPackages.publishKeyPackages),
  takeKeyPackage: write(keyPackages.takeKeyPackage),
  writePage: write(writePage),
  // Conversations and what is in them.
  openDirect: write(conversations.openDirect),
  commit: write(commit),
  countWaiting: read(mailbox.countWaiting),
  listWaiting: read(mailbox.listWaiting),
  filterWaiting: read(mailbox.filterWaiting),
  fetch: read(mailbox.fetchEnvelopes),
  highestNumber: read(mailbox.highestNumber),
  // Rooms.
  createRoom: write(rooms.createRoom),
  inviteToRoom: write(rooms.inviteToRoom),
  declineRoomInvitation: write(rooms.declineRoomInvitation),
  wantRemoval: write(rooms.wantRemoval),
  commitToRoom: write(commitToRoom),
  closeRoom: write(rooms.closeRoom),
  // Roles, sanctions and the record.
  grantRole: write(moderation.grantRole),
  addSanction: write(moderation.addSanction),
  liftSanction: write(moderation.liftSanction),
  recordModerationAction: write(moderation.recordModerationAction),
  recordCommand: write(audit.recordCommand),
  moderationActionsSince: read(audit.moderationActionsSince),
  // Broadcasts, uploads, restores, upkeep.
  addBroadcast: write(broadcasts.addBroadcast),
  listBroadcasts: read(broadcasts.listBroadcasts),
  openUpload: write(uploads.openUpload),
  reserveUpload: write(uploads.reserveUpload),
  releaseUpload: write(uploads.releaseUpload),
  expireUploads: write(uploads.expireUploads),
  expire: write(expire),
};
