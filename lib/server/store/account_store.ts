/** The store's calls about accounts and who may make one. What holds for all of them: `store.ts`. */

import type { Bytes } from "../../base/bytes.ts";
import type {
  AccountId,
  AccountName,
  ConversationId,
  DeviceId,
  Fingerprint,
} from "../../base/ids.ts";
import type { AccountDataPage } from "../../protocol/hop/device.ts";
import type { Scope } from "../../protocol/permissions.ts";
import type { Device, NewDevice } from "./device_store.ts";
import type { Sanction } from "./moderation_store.ts";

/** What an account starts with. */
export interface NewAccount {
  readonly account: AccountId;
  readonly name: AccountName;
  /** UTS #39 skeleton of the name; unique, so that no two names look alike (SR-46). */
  readonly skeleton: string;
  readonly identity: Fingerprint;
  readonly rosterEntry: Bytes;
  readonly recoveryCopy: Bytes;
  /** OPAQUE registration record as the library writes it. */
  readonly passwordRecord: string;
  readonly firstDevice: NewDevice;
  /** Hash of the registration token that this account uses up, when the server asks for one (SR-44). */
  readonly tokenHash?: Bytes;
  readonly nowMs: number;
}

/** What the server knows of an account; of its secrets only what it cannot open. */
export interface Account {
  readonly account: AccountId;
  readonly name: AccountName;
  readonly identity: Fingerprint;
  readonly rosterEntry: Bytes;
  /** Statement by which the identity before this one signed it, if there is one (SR-07). */
  readonly rotation: Bytes | undefined;
  readonly passwordRecord: string;
  /** The operator chose its password, and may know it. */
  readonly isImported: boolean;
  /** The devices that its identity gave up, as it signed them; its sequence is 0 while there are none (SR-10). */
  readonly revocation: Bytes | undefined;
  readonly revocationSequence: number;
  /** How often all its sessions were ended at once: what a session submits is judged by it. */
  readonly generation: number;
  readonly createdMs: number;
  readonly lastSeenMs: number;
}

/** What an account starts with that the operator brings in. Its owner's client makes its identity at the first sign-in. */
export type ImportedAccount = Pick<
  NewAccount,
  "account" | "name" | "skeleton" | "passwordRecord" | "nowMs"
>;

/** Whether its owner has signed in and made its identity. Nobody finds an account before. */
export function isClaimed({ rosterEntry }: Account): boolean {
  return rosterEntry.length > 0;
}

/** What an account starts again with. */
export interface NewIdentity {
  readonly account: AccountId;
  readonly identity: Fingerprint;
  readonly rosterEntry: Bytes;
  readonly recoveryCopy: Bytes;
  readonly rotation: Bytes | undefined;
  readonly device: NewDevice;
  readonly nowMs: number;
}

/** Who asks to come in, and what it was let on until here by: the conditions of `enter`. */
export interface EntryClaim {
  readonly account: AccountId;
  /** Undefined: by password, to link a device, recover or reset. */
  readonly device?: DeviceId;
  /** What the password was proved against: a device is signed in by it. Without one it MUST be signed in. */
  readonly passwordRecord?: string;
  readonly nowMs: number;
}

/** What came of it. */
export type EntryResult =
  | {
    readonly result: "entered";
    readonly account: Account;
    readonly botToken: BotToken | undefined;
    /** Who hears when it comes and goes: sharers of conversations, and of rooms that are not too large. */
    readonly peers: readonly AccountId[];
    /** Of its outbox; 0 for none (SR-23). */
    readonly highestNumber: number;
  }
  | { readonly result: "kicked"; readonly kick: Sanction }
  | { readonly result: "password-changed" | "not-signed-in" };

/** Accounts and registration tokens. */
export interface AccountStore {
  /** One transaction: token, account, identity and first device (SR-44). The token is judged before the name. */
  createAccount(
    account: NewAccount,
  ): Promise<"created" | "name-taken" | "token-refused">;
  importAccount(account: ImportedAccount): Promise<"created" | "name-taken">;
  /** Whether nobody can have this name any more: it, or one that looks like it, is or was somebody's. */
  hasName(name: Pick<NewAccount, "account" | "skeleton">): Promise<boolean>;
  findAccount(account: AccountId): Promise<Account | undefined>;
  /** What is known of an account, and of a device of it, that asks to come in: everything in one look. */
  findEntry(options: { account: AccountId; device?: DeviceId; nowMs: number }): Promise<{
    readonly account: Account | undefined;
    readonly device: Device | undefined;
    /** The device, when it was removed: only who proves to be it is told. */
    readonly removed: Device | undefined;
    readonly kick: Sanction | undefined;
    readonly botToken: BotToken | undefined;
  }>;
  /**
   * Lets a device in whose conditions hold: judged, signed in and noted as seen in one transaction. Whoever ends sessions
   * afterwards finds this one, if it is among the account's before this is asked.
   */
  enter(claim: EntryClaim): Promise<EntryResult>;
  /** The same without a trace, for a device that is signed in already: a full disk keeps nobody from reading what waits. */
  checkEntry(claim: EntryClaim): Promise<EntryResult>;
  /** In order of the account id, after `after`; with `claimedOnly`, only those whose owner has signed in once. */
  listAccounts(
    options: { after?: AccountId; limit: number; claimedOnly?: boolean },
  ): Promise<{ accounts: readonly Account[]; total: number }>;
  findRecoveryCopy(account: AccountId): Promise<Bytes | undefined>;
  /**
   * Ends the device sign-in of all other devices (SR-47), and returns the account's next generation, for the session that
   * stays. Refused with `unknown-account`, as in the next.
   */
  replacePassword(
    options: { account: AccountId; passwordRecord: string; keepDevice?: DeviceId },
  ): Promise<number>;
  /**
   * Replaces identity, roster entry and recovery copy; removes all devices, their key packages, mailboxes and places in
   * conversations; adds the one. Certificates of removed devices can still be found: others have yet to verify what they
   * sent.
   */
  replaceIdentity(identity: NewIdentity): Promise<void>;
  /**
   * As if it had never been, but for its id, which is never given out again (SR-06), and the certificates of its devices,
   * which others still need. `last-owner`: it is that of the server. `rooms`: those that it is in, each at the version at
   * which somebody looked who else owns it; `stale` when they are others by now; left out, they may be without an owner.
   * With `trial` nothing is done, and what may be done is `allowed`. Refused with `unknown-account`.
   */
  deleteAccount(
    options: {
      account: AccountId;
      nowMs: number;
      rooms?: readonly { conversation: ConversationId; version: number }[];
      trial?: boolean;
    },
  ): Promise<"deleted" | "allowed" | "last-owner" | "stale">;
  /** Never goes back. */
  setLastSeen(options: { account: AccountId; device?: DeviceId; nowMs: number }): Promise<void>;

  // --- registration tokens ---
  /** One that is known stays as it is. */
  addToken(options: { hash: Bytes; uses: number; expiresMs: number }): Promise<void>;
  /** Whether the token could be used now; using it up is part of `createAccount`. */
  checkToken(options: { hash: Bytes; nowMs: number }): Promise<boolean>;
}

// What the server remembers of account data. Part of the store; see `store.ts` for what every call must promise.

/** A page of an account's devices, as they sealed it. */
export interface KeptPage {
  readonly version: string;
  readonly body: Bytes;
}

/** The calls about account data. They go with their account, and with its identity, under which they are sealed. */
export interface AccountDataStore {
  readPage(options: { account: AccountId; page: AccountDataPage }): Promise<KeptPage | undefined>;
  /** False, and nothing happens, when the page is not `follows` any more. Refused with `unknown-account`. */
  writePage(
    options: KeptPage & {
      account: AccountId;
      page: AccountDataPage;
      follows: string | undefined;
    },
  ): Promise<boolean>;
}

// What the server remembers of bots' tokens. Part of the store; see `store.ts` for what every call must promise.

/** A device that has one signs in with it only, and may do only what it allows (SR-48). */
export interface BotToken {
  readonly account: AccountId;
  readonly device: DeviceId;
  /** SHA-256: a copy of the database lets nobody in (SR-47). */
  readonly hash: Bytes;
  readonly scopes: readonly Scope[];
  readonly createdMs: number;
  readonly expiresMs: number;
}

/** What a session of a bot's device is bound by. */
export type BotLimits = Pick<BotToken, "scopes" | "expiresMs">;

/** The calls about bots' tokens. They go with their device. */
export interface BotTokenStore {
  /** In place of any that the device has. Refused with `device-refused` when it is not a device of the account. */
  setBotToken(token: BotToken): Promise<void>;
  findBotToken(device: DeviceId): Promise<BotToken | undefined>;
  /** False when there was none. */
  removeBotToken(device: DeviceId): Promise<boolean>;
  /** In the order of the accounts, those after `after`. */
  listBotTokens(
    options: { after?: AccountId; limit: number },
  ): Promise<readonly BotToken[]>;
}
