/** The `Store` that collects calls into batches, whoever runs them. */

import { StorageError } from "../../base/errors.ts";
import type { Store } from "../store.ts";
import type { Outcome, StoreCall } from "./batch.ts";
import type { CallName } from "./calls.ts";
import { unpackError } from "./packed_error.ts";

/** Runs batches one after the other. `run` is not called again before it is settled. */
export interface BatchRunner {
  /** Resolves when the batch is on disk, with an outcome for each call in order. Rejects when it cannot tell. */
  run(calls: readonly StoreCall[]): Promise<readonly Outcome[]>;
  close(): Promise<void>;
}

/** Bounds the memory of a batch and how long the first call in it waits for the last. */
const MAX_BATCH_CALLS = 1000;

/** Calls that are never parted: a commit costs as much for one. */
const LEAST_BATCH_CALLS = 64;

/**
 * Half of what waits, and the rest while the answers to the first half are being dealt with: else everybody who waits for an
 * answer would ask again at the same time, and this thread and the store's would take turns instead of working together.
 */
function batchSize(waitingCalls: number): number {
  return Math.min(MAX_BATCH_CALLS, Math.max(LEAST_BATCH_CALLS, Math.ceil(waitingCalls / 2)));
}

interface Waiting {
  readonly call: StoreCall;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * All calls of one turn of the event loop go in one batch, and so do all that come while a batch is being committed. Bytes
 * are copied when the call is made: the caller may use its buffer again at once.
 */
export class BatchedStore implements Store {
  readonly #runner: BatchRunner;
  #waiting: Waiting[] = [];
  #draining: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(runner: BatchRunner) {
    this.#runner = runner;
  }

  readonly createAccount: Store["createAccount"] = this.#caller("createAccount");
  readonly importAccount: Store["importAccount"] = this.#caller("importAccount");
  readonly findAccount: Store["findAccount"] = this.#caller("findAccount");
  readonly findEntry: Store["findEntry"] = this.#caller("findEntry");
  readonly listAccounts: Store["listAccounts"] = this.#caller("listAccounts");
  readonly findRecoveryCopy: Store["findRecoveryCopy"] = this.#caller("findRecoveryCopy");
  readonly replacePassword: Store["replacePassword"] = this.#caller("replacePassword");
  readonly replaceIdentity: Store["replaceIdentity"] = this.#caller("replaceIdentity");
  readonly deleteAccount: Store["deleteAccount"] = this.#caller("deleteAccount");
  readonly setLastSeen: Store["setLastSeen"] = this.#caller("setLastSeen");
  readonly addToken: Store["addToken"] = this.#caller("addToken");
  readonly checkToken: Store["checkToken"] = this.#caller("checkToken");
  readonly addDevice: Store["addDevice"] = this.#caller("addDevice");
  readonly findDevice: Store["findDevice"] = this.#caller("findDevice");
  readonly listDevices: Store["listDevices"] = this.#caller("listDevices");
  readonly findRemovedDevice: Store["findRemovedDevice"] = this.#caller("findRemovedDevice");
  readonly removeDevices: Store["removeDevices"] = this.#caller("removeDevices");
  readonly nameDevice: Store["nameDevice"] = this.#caller("nameDevice");
  readonly setSignedIn: Store["setSignedIn"] = this.#caller("setSignedIn");
  readonly findCertificate: Store["findCertificate"] = this.#caller("findCertificate");
  readonly publishKeyPackages: Store["publishKeyPackages"] = this.#caller("publishKeyPackages");
  readonly countKeyPackages: Store["countKeyPackages"] = this.#caller("countKeyPackages");
  readonly takeKeyPackage: Store["takeKeyPackage"] = this.#caller("takeKeyPackage");
  readonly readPage: Store["readPage"] = this.#caller("readPage");
  readonly writePage: Store["writePage"] = this.#caller("writePage");
  readonly openDirect: Store["openDirect"] = this.#caller("openDirect");
  readonly append: Store["append"] = this.#caller("append");
  readonly commit: Store["commit"] = this.#caller("commit");
  readonly findGroup: Store["findGroup"] = this.#caller("findGroup");
  readonly findWinner: Store["findWinner"] = this.#caller("findWinner");
  readonly listConversations: Store["listConversations"] = this.#caller("listConversations");
  readonly countWaiting: Store["countWaiting"] = this.#caller("countWaiting");
  readonly listWaiting: Store["listWaiting"] = this.#caller("listWaiting");
  readonly fetch: Store["fetch"] = this.#caller("fetch");
  readonly acknowledge: Store["acknowledge"] = this.#caller("acknowledge");
  readonly highestNumber: Store["highestNumber"] = this.#caller("highestNumber");
  readonly addBroadcast: Store["addBroadcast"] = this.#caller("addBroadcast");
  readonly listBroadcasts: Store["listBroadcasts"] = this.#caller("listBroadcasts");
  readonly findRole: Store["findRole"] = this.#caller("findRole");
  readonly listRoles: Store["listRoles"] = this.#caller("listRoles");
  readonly grantRole: Store["grantRole"] = this.#caller("grantRole");
  readonly addSanction: Store["addSanction"] = this.#caller("addSanction");
  readonly liftSanction: Store["liftSanction"] = this.#caller("liftSanction");
  readonly findSanction: Store["findSanction"] = this.#caller("findSanction");
  readonly listSanctions: Store["listSanctions"] = this.#caller("listSanctions");
  readonly recordDeed: Store["recordDeed"] = this.#caller("recordDeed");
  readonly recordCommand: Store["recordCommand"] = this.#caller("recordCommand");
  readonly listAudit: Store["listAudit"] = this.#caller("listAudit");
  readonly kickedSince: Store["kickedSince"] = this.#caller("kickedSince");
  readonly createRoom: Store["createRoom"] = this.#caller("createRoom");
  readonly findRoom: Store["findRoom"] = this.#caller("findRoom");
  readonly findReplacedRoom: Store["findReplacedRoom"] = this.#caller("findReplacedRoom");
  readonly hasRoom: Store["hasRoom"] = this.#caller("hasRoom");
  readonly listRooms: Store["listRooms"] = this.#caller("listRooms");
  readonly listEveryRoom: Store["listEveryRoom"] = this.#caller("listEveryRoom");
  readonly listRoomMembers: Store["listRoomMembers"] = this.#caller("listRoomMembers");
  readonly listRoomEntries: Store["listRoomEntries"] = this.#caller("listRoomEntries");
  readonly inviteToRoom: Store["inviteToRoom"] = this.#caller("inviteToRoom");
  readonly findRoomInvitation: Store["findRoomInvitation"] = this.#caller("findRoomInvitation");
  readonly declineRoomInvitation: Store["declineRoomInvitation"] = this.#caller(
    "declineRoomInvitation",
  );
  readonly listKickedMembers: Store["listKickedMembers"] = this.#caller("listKickedMembers");
  readonly listRoomsOf: Store["listRoomsOf"] = this.#caller("listRoomsOf");
  readonly listRoomMates: Store["listRoomMates"] = this.#caller("listRoomMates");
  readonly listRoomGuests: Store["listRoomGuests"] = this.#caller("listRoomGuests");
  readonly wantRemoval: Store["wantRemoval"] = this.#caller("wantRemoval");
  readonly listRemovals: Store["listRemovals"] = this.#caller("listRemovals");
  readonly commitToRoom: Store["commitToRoom"] = this.#caller("commitToRoom");
  readonly closeRoom: Store["closeRoom"] = this.#caller("closeRoom");
  readonly openUpload: Store["openUpload"] = this.#caller("openUpload");
  readonly reserveUpload: Store["reserveUpload"] = this.#caller("reserveUpload");
  readonly hasUpload: Store["hasUpload"] = this.#caller("hasUpload");
  readonly findUploadFor: Store["findUploadFor"] = this.#caller("findUploadFor");
  readonly releaseUpload: Store["releaseUpload"] = this.#caller("releaseUpload");
  readonly listUploadsOf: Store["listUploadsOf"] = this.#caller("listUploadsOf");
  readonly expireUploads: Store["expireUploads"] = this.#caller("expireUploads");
  readonly setBotToken: Store["setBotToken"] = this.#caller("setBotToken");
  readonly findBotToken: Store["findBotToken"] = this.#caller("findBotToken");
  readonly removeBotToken: Store["removeBotToken"] = this.#caller("removeBotToken");
  readonly listBotTokens: Store["listBotTokens"] = this.#caller("listBotTokens");
  readonly findIncarnation: Store["findIncarnation"] = this.#caller("findIncarnation");
  readonly listRestored: Store["listRestored"] = this.#caller("listRestored");
  readonly expire: Store["expire"] = this.#caller("expire");

  /** Waits for what was called before, then ends the runner. */
  close(): Promise<void> {
    this.#closing ??= this.#drainAndClose();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #drainAndClose(): Promise<void> {
    await this.#draining;
    await this.#runner.close();
  }

  #caller<Name extends CallName>(name: Name): Store[Name] {
    const caller = (...args: Parameters<Store[Name]>) => this.#call(name, args);
    // TypeScript does not see that a function of Name's parameters and result is Store[Name] while Name is open.
    return caller as Store[Name];
  }

  #call(name: CallName, args: readonly unknown[]): Promise<unknown> {
    if (this.#closing !== undefined) {
      return Promise.reject(new StorageError("closed", "Cannot use the store: it is closed"));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ call: { name, args: args.map(copyBytes) }, resolve, reject });
      this.#draining ??= this.#drain();
    });
  }

  /** Never rejects: each failure is handed to the calls that it is about. */
  async #drain(): Promise<void> {
    // Lets the other calls of this turn come in first.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, batchSize(this.#waiting.length));
      let outcomes: readonly Outcome[] | undefined;
      try {
        outcomes = await this.#runner.run(batch.map(({ call }) => call));
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
      outcomes?.forEach((outcome, i) => settle(batch[i], outcome));
    }
    this.#draining = undefined;
  }
}

function settle({ resolve, reject }: Waiting, outcome: Outcome): void {
  if (outcome.ok) resolve(outcome.value);
  else reject(unpackError(outcome.error));
}

/** Deep, for plain data. Structured clone alone would send the whole buffer behind a small view. */
function copyBytes(value: unknown): unknown {
  if (value instanceof Uint8Array) return value.slice();
  if (Array.isArray(value)) return value.map(copyBytes);
  if (typeof value !== "object" || value === null) return value;
  const copy: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(value)) copy[key] = copyBytes(field);
  return copy;
}
