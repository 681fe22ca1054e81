/** The calls of the store, each defined once: whether it only reads, and what it does over the tables of a database. */

import type { EntryClaim, EntryResult } from "../account_store.ts";
import { judgeEntry } from "../entry_rules.ts";
import type { JudgedAction } from "../moderation_rules.ts";
import type { Denial, ModerationStore } from "../moderation_store.ts";
import { eachLookup, type LookupName } from "../lookups.ts";
import type { Answer, CallName, Store } from "../store.ts";
import type { RoleTable } from "./roles.ts";
import type { Tables } from "./tables.ts";

/** What a call does. Made inside a transaction, unless it only reads. */
type Run<Name extends CallName> = (
  tables: Tables,
  ...args: Parameters<Store[Name]>
) => Answer<Name>;

/**
 * `read` changes nothing: it needs no savepoint, and can be made again when a commit failed. `write` undoes itself alone when
 * it fails. `draft` writes to `tables.places` and changes nothing when it fails, so it needs no savepoint either.
 */
type CallEffect = "read" | "write" | "draft";

interface DefinedCall<Name extends CallName> {
  readonly effect: CallEffect;
  readonly run: Run<Name>;
}

const read = <Name extends CallName>(run: Run<Name>): DefinedCall<Name> => ({
  effect: "read",
  run,
});
const write = <Name extends CallName>(run: Run<Name>): DefinedCall<Name> => ({
  effect: "write",
  run,
});
const draft = <Name extends CallName>(run: Run<Name>): DefinedCall<Name> => ({
  effect: "draft",
  run,
});

// The cast: `lookUp` answers each call with what that call answers.
const LOOKUP_CALLS = eachLookup((name) =>
  read<LookupName>(({ lookUp }, ...args) => lookUp(name, ...args))
) as { readonly [Name in LookupName]: DefinedCall<Name> };

/** One row for each call: a call of `Store` without one does not compile. */
export const CALLS: { readonly [Name in CallName]: DefinedCall<Name> } = {
  ...LOOKUP_CALLS,
  // Accounts, tokens, devices, key packages, pages.
  createAccount: write(({ accounts }, account) => accounts.create(account)),
  importAccount: write(({ accounts }, account) => accounts.createImported(account)),
  findEntry: read(({ lookUp }, { account, device, nowMs }) => ({
    account: lookUp("findAccount", account),
    device: device && lookUp("findDevice", account, device),
    removed: device && lookUp("findRemovedDevice", account, device),
    kick: lookUp("findSanction", { kind: "kick", account, nowMs }),
    botToken: device && lookUp("findBotToken", device),
  })),
  enter: write(enter),
  checkEntry: read(checkEntry),
  listAccounts: read(({ accounts }, options) => accounts.list(options)),
  replacePassword: write(({ accounts }, options) => accounts.replacePassword(options)),
  replaceIdentity: write(({ accounts }, identity) => accounts.replaceIdentity(identity)),
  deleteAccount: write(({ deletion }, options) => deletion.delete(options)),
  setLastSeen: write(({ accounts }, options) => accounts.setLastSeen(options)),
  addToken: write(({ tokens }, options) => tokens.add(options)),
  setBotToken: write(({ botTokens }, token) => botTokens.set(token)),
  removeBotToken: write(({ botTokens }, device) => botTokens.remove(device)),
  addDevice: write(({ accounts }, options) => accounts.addDevice(options)),
  removeDevices: write(({ accounts }, options) => accounts.removeDevices(options)),
  nameDevice: write(({ devices }, { device, name }) => devices.setName(device, name)),
  setSignedIn: write(({ devices }, options) => devices.setSignedIn(options)),
  publishKeyPackages: write(({ keyPackages }, options) => keyPackages.publish(options)),
  takeKeyPackage: write(({ keyPackages }, account, except) => keyPackages.take(account, except)),
  writePage: write(({ accountData }, options) => accountData.write(options)),
  // Conversations and what is in them.
  openDirect: write(({ conversations }, opening) => conversations.openDirect(opening)),
  append: draft(({ messages }, submission) => messages.append(submission)),
  commit: write(({ commits }, submission) => commits.commit(submission)),
  countWaiting: read(({ mailbox }, device) => mailbox.count(device)),
  listWaiting: read(({ mailbox }, device) => mailbox.list(device)),
  filterWaiting: read(({ mailbox }, devices) =>
    devices.filter((device) => mailbox.list(device).length > 0)
  ),
  fetch: read(({ mailbox }, options) => mailbox.fetch(options)),
  acknowledge: draft(({ places }, { conversation, device, seq }) =>
    places.acknowledge(conversation, device, seq)
  ),
  highestNumber: read(({ mailbox }, device) => mailbox.highestNumber(device)),
  // Rooms.
  createRoom: write(({ rooms }, room) => rooms.create(room)),
  inviteToRoom: write(({ rooms }, options) => rooms.invite(options)),
  declineRoomInvitation: write(({ rooms }, options) => rooms.declineInvitation(options)),
  wantRemoval: write(({ rooms }, options) => rooms.wantRemoval(options)),
  commitToRoom: write(({ roomCommits }, submission) => roomCommits.commit(submission)),
  closeRoom: write(({ rooms }, options) => rooms.closeRoom(options)),
  // Roles, sanctions and the record.
  grantRole: write(grantRole),
  addSanction: write(addSanction),
  liftSanction: write(liftSanction),
  recordModerationAction: write(recordModerationAction),
  recordCommand: write(({ audit }, command) =>
    audit.write({ by: null, target: null }, { ...command, action: "console" })
  ),
  moderationActionsSince: read(({ audit }, entry) => audit.moderationActionsSince(entry)),
  // Broadcasts, uploads, restores, upkeep.
  addBroadcast: write(({ broadcasts }, options) => broadcasts.addBroadcast(options)),
  listBroadcasts: read(({ broadcasts }, options) => broadcasts.listBroadcasts(options)),
  openUpload: write(({ uploads }, options) => uploads.openUpload(options)),
  reserveUpload: write(({ uploads }, options) => uploads.reserveUpload(options)),
  releaseUpload: write(({ uploads }, options) => uploads.releaseUpload(options)),
  expireUploads: write(({ uploads }, options) => uploads.expireUploads(options)),
  expire: write(({ expiry }, nowMs) => expiry.expire(nowMs)),
};

/** Every name of the table. */
export const CALL_NAMES = Object.keys(CALLS) as readonly CallName[];

// Who may come in: judged over the tables of accounts, devices and sanctions in one transaction.

type EntryTables = Pick<Tables, "accounts" | "devices" | "lookUp" | "mailbox">;

/** Whether the conditions of a claim hold; changes nothing. */
function checkEntry({ lookUp, mailbox }: EntryTables, claim: EntryClaim): EntryResult {
  const { account: id, device, nowMs } = claim;
  const judged = judgeEntry(claim, {
    kick: lookUp("findSanction", { kind: "kick", account: id, nowMs }),
    account: lookUp("findAccount", id),
    device: device && lookUp("findDevice", id, device),
  });
  if (judged.result !== "fits") return judged;
  const { account } = judged;
  if (device === undefined) {
    return { result: "entered", account, botToken: undefined, peers: [], highestNumber: 0 };
  }
  const peers = new Set([
    ...lookUp("listConversations", { account: id, device }).map(({ peer }) => peer),
    ...lookUp("listRoomMates", id),
  ]);
  return {
    result: "entered",
    account,
    botToken: lookUp("findBotToken", device),
    peers: [...peers],
    highestNumber: mailbox.highestNumber(device),
  };
}

/** The same, and lets the device in. */
function enter(tables: EntryTables, claim: EntryClaim): EntryResult {
  const checked = checkEntry(tables, claim);
  const { account, device, passwordRecord, nowMs } = claim;
  if (checked.result !== "entered" || device === undefined) return checked;
  if (passwordRecord !== undefined) tables.devices.setSignedIn({ account, device, signedIn: true });
  tables.accounts.setLastSeen({ account, device, nowMs });
  return checked;
}

// The calls about order: judged, done and written down in one transaction.

type Arguments<Name extends keyof ModerationStore> = Parameters<ModerationStore[Name]>[0];

type ModerationTables = Pick<Tables, "accounts" | "roles" | "sanctions" | "audit" | "lookUp">;

function isDenied(judged: JudgedAction | Denial): judged is Denial {
  return "result" in judged;
}

/** Whether it may be done, with the rows that it is about. */
function judge(
  { roles, lookUp }: ModerationTables,
  action: Parameters<RoleTable["judge"]>[0] & { readonly nowMs: number },
): JudgedAction | Denial {
  const { by, nowMs } = action;
  const kick = by === "operator"
    ? undefined
    : lookUp("findSanction", { kind: "kick", account: by, nowMs });
  return roles.judge(action, kick);
}

/** What the account had already is granted again, without a line in the record. */
function grantRole(
  tables: ModerationTables,
  ordered: Arguments<"grantRole">,
): Answer<"grantRole"> {
  const { roles, audit } = tables;
  const { role, nowMs } = ordered;
  const judged = judge(tables, { ...ordered, action: "grant" });
  if (isDenied(judged)) return judged;
  const before = judged.role;
  if (before === role) return { result: "done", before, moderationAction: undefined } as const;
  if (roles.isLastOwner(judged, nowMs)) return { result: "last-owner" } as const;
  roles.set(judged, role);
  const moderationAction = audit.writeModerationAction(judged, {
    action: "grant",
    nowMs,
    detail: `${before} to ${role}`,
  });
  return { result: "done", before, moderationAction } as const;
}

/** Replaces one of the same kind. A kick ends sessions: nothing that they still say counts. */
function addSanction(
  tables: ModerationTables,
  moderationAction: Arguments<"addSanction">,
): Answer<"addSanction"> {
  const { accounts, roles, sanctions, audit } = tables;
  const { kind, nowMs, untilMs, reason } = moderationAction;
  const judged = judge(tables, { ...moderationAction, action: kind });
  if (isDenied(judged)) return judged;
  if (judged.by === judged.target) return { result: "yourself" } as const;
  if (kind === "kick" && roles.isLastOwner(judged, nowMs)) return { result: "last-owner" } as const;
  sanctions.put(judged, { kind, nowMs, untilMs, reason });
  if (kind === "kick") accounts.endSessions(judged.target);
  const line = { action: kind, nowMs, untilMs, detail: reason };
  return { result: "done", moderationAction: audit.writeModerationAction(judged, line) } as const;
}

/** Takes back what holds. */
function liftSanction(
  tables: ModerationTables,
  moderationAction: Arguments<"liftSanction">,
): Answer<"liftSanction"> {
  const { sanctions, audit } = tables;
  const { kind, nowMs } = moderationAction;
  const action = kind === "kick" ? "unkick" : "unmute";
  const judged = judge(tables, { ...moderationAction, action });
  if (isDenied(judged)) return judged;
  if (!sanctions.remove(kind, judged.target, nowMs)) return { result: "none" } as const;
  audit.write(judged, { action, nowMs, detail: "" });
  return { result: "done" } as const;
}

/** Writes down what was done elsewhere. */
function recordModerationAction(
  tables: ModerationTables,
  moderationAction: Arguments<"recordModerationAction">,
): Answer<"recordModerationAction"> {
  const judged = judge(tables, moderationAction);
  if (isDenied(judged)) return judged;
  tables.audit.write(judged, moderationAction);
  return { result: "done" } as const;
}
