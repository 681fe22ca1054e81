/** The calls of the store on PostgreSQL: whether each only reads, and what it does. */

import type { Answer, CallName, Store } from "../store.ts";
import { readPage, writePage } from "./account_data.ts";
import { findAccount } from "./account_lookup.ts";
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
import * as mailbox from "./mailbox.ts";
import * as moderation from "./moderation.ts";
import { listOpenRooms } from "./open_rooms.ts";
import { findIncarnation, listRestored } from "./restores.ts";
import { commitToRoom } from "./room_commits.ts";
import * as roomLists from "./room_lists.ts";
import * as roomPeople from "./room_people.ts";
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

/** One row for each call: a call of `Store` without one does not compile. */
export const SINGLE_CALLS: { readonly [Name in SingleName]: SingleCall<Name> } = {
  // Accounts, tokens, devices, key packages, pages.
  createAccount: write(accounts.createAccount),
  importAccount: write(accounts.importAccount),
  hasName: read(accounts.hasName),
  findAccount: read(findAccount),
  findEntry: read(findEntry),
  enter: write(enter),
  checkEntry: read(checkEntry),
  listAccounts: read(accounts.listAccounts),
  findRecoveryCopy: read(accounts.findRecoveryCopy),
  replacePassword: write(accounts.replacePassword),
  replaceIdentity: write(accounts.replaceIdentity),
  deleteAccount: write(deleteAccount),
  setLastSeen: write(accounts.setLastSeen),
  addToken: write(accounts.addToken),
  checkToken: read(accounts.checkToken),
  setBotToken: write(devices.setBotToken),
  findBotToken: read(devices.findBotToken),
  removeBotToken: write(devices.removeBotToken),
  listBotTokens: read(devices.listBotTokens),
  addDevice: write(devices.addDevice),
  findDevice: read(devices.findDevice),
  listDevices: read(devices.listDevices),
  findRemovedDevice: read(devices.findRemovedDevice),
  removeDevices: write(devices.removeDevices),
  nameDevice: write(devices.nameDevice),
  setSignedIn: write(devices.setSignedIn),
  findCertificate: read(devices.findCertificate),
  publishKeyPackages: write(keyPackages.publishKeyPackages),
  countKeyPackages: read(keyPackages.countKeyPackages),
  takeKeyPackage: write(keyPackages.takeKeyPackage),
  readPage: read(readPage),
  writePage: write(writePage),
  // Conversations and what is in them.
  openDirect: write(conversations.openDirect),
  commit: write(commit),
  findGroup: read(conversations.findGroup),
  findWinner: read(conversations.findWinner),
  listConversations: read(conversations.listConversations),
  countWaiting: read(mailbox.countWaiting),
  listWaiting: read(mailbox.listWaiting),
  filterWaiting: read(mailbox.filterWaiting),
  fetch: read(mailbox.fetchEnvelopes),
  highestNumber: read(mailbox.highestNumber),
  // Rooms.
  createRoom: write(rooms.createRoom),
  findRoom: read(roomLists.findRoom),
  findReplacedRoom: read(roomLists.findReplacedRoom),
  hasRoom: read(roomLists.hasRoom),
  listRooms: read(roomLists.listRooms),
  listOpenRooms: read(listOpenRooms),
  listEveryRoom: read(roomLists.listEveryRoom),
  listRoomMembers: read(roomLists.listRoomMembers),
  listRoomEntries: read(roomLists.listRoomEntries),
  inviteToRoom: write(rooms.inviteToRoom),
  findRoomInvitation: read(roomLists.findRoomInvitation),
  declineRoomInvitation: write(rooms.declineRoomInvitation),
  listKickedMembers: read(roomPeople.listKickedMembers),
  listRoomsOf: read(roomPeople.listRoomsOf),
  listRoomMates: read(roomPeople.listRoomMates),
  listRoomGuests: read(roomLists.listRoomGuests),
  wantRemoval: write(rooms.wantRemoval),
  listRemovals: read(roomLists.listRemovals),
  commitToRoom: write(commitToRoom),
  closeRoom: write(rooms.closeRoom),
  // Roles, sanctions and the record.
  findRole: read(moderation.findRole),
  listRoles: read(moderation.listRoles),
  grantRole: write(moderation.grantRole),
  addSanction: write(moderation.addSanction),
  liftSanction: write(moderation.liftSanction),
  findSanction: read(moderation.findSanction),
  listSanctions: read(moderation.listSanctions),
  recordModerationAction: write(moderation.recordModerationAction),
  recordCommand: write(audit.recordCommand),
  listAudit: read(audit.listAudit),
  moderationActionsSince: read(audit.moderationActionsSince),
  // Broadcasts, uploads, restores, upkeep.
  addBroadcast: write(broadcasts.addBroadcast),
  listBroadcasts: read(broadcasts.listBroadcasts),
  openUpload: write(uploads.openUpload),
  hasUpload: read(uploads.hasUpload),
  reserveUpload: write(uploads.reserveUpload),
  findUploadFor: read(uploads.findUploadFor),
  releaseUpload: write(uploads.releaseUpload),
  listUploadsOf: read(uploads.listUploadsOf),
  expireUploads: write(uploads.expireUploads),
  findIncarnation: read(findIncarnation),
  listRestored: read(listRestored),
  expire: write(expire),
};
