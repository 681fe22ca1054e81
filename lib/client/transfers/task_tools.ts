/** What the tasks of transfers work with, over one link. */

import { Bell } from "../../base/bell.ts";
import { Refusal } from "../../base/errors.ts";
import type { AccountId, TransferId, UploadId } from "../../base/ids.ts";
import type { Link } from "../link/link.ts";
import type { Messenger } from "../store/messenger.ts";
import { type FileWord, say, tell, type TransferLine } from "./control_messages.ts";
import { Meter, type Progress } from "./meter.ts";
import { yieldToOthers } from "./own_devices.ts";
import type { BlockTransport, TransportChoice } from "./block_transport.ts";
import { RelayTransport } from "./relay_transport.ts";
import { placeOf, type Transfer } from "./transfer.ts";
import { TransferStore } from "./transfer_store.ts";
import { untilAborted } from "../../base/scope.ts";

/** How often progress is written down, for other processes and the next start. */
const SAVE_MS = 1_000;

/** What they are made of. */
interface TaskToolsOptions {
  readonly messenger: Messenger;
  readonly link: Link;
  readonly choice?: TransportChoice | undefined;
  /** Whether a live stream runs in this program. */
  readonly isLiveRunning: () => boolean;
}

/** Made for one link. */
export class TaskTools {
  readonly messenger: Messenger;
  readonly #link: Link;
  readonly #choice: TransportChoice | undefined;
  readonly store: TransferStore;
  /** The transport of whatever has no other one. */
  readonly spool: RelayTransport;
  readonly shared = new SharedUploads();
  readonly #meters = new Map<TransferId, Meter>();
  readonly #savedMs = new Map<TransferId, number>();
  #controlMessages: (() => Promise<unknown>)[] = [];
  /** Wakes the runner: something waits for `sayAll`, somebody moved a transfer, or its transport has changed. */
  readonly bell = new Bell();

  constructor({ messenger, link, choice, isLiveRunning }: TaskToolsOptions) {
    this.messenger = messenger;
    this.#link = link;
    this.#choice = choice;
    this.store = new TransferStore(messenger.profile);
    this.spool = new RelayTransport(link, messenger.profile.clock, isLiveRunning);
  }

  /** The transport that a transfer is to take now. What a room shares goes by the server. */
  transportOf(transfer: Transfer): BlockTransport {
    if (transfer.room !== undefined) return this.spool;
    return this.#choice?.transportOf(transfer) ?? this.spool;
  }

  /** How a transfer moves, if it does here. */
  progressOf(id: TransferId): Progress | undefined {
    return this.#meters.get(id)?.read(this.messenger.profile.clock.monotonicMs());
  }

  /** So many bytes of content have moved, of so many. */
  moved(id: TransferId, bytes: number, totalBytes: number): void {
    const nowMs = this.messenger.profile.clock.monotonicMs();
    const meter = this.#meters.get(id) ?? new Meter(totalBytes);
    this.#meters.set(id, meter);
    meter.moved(bytes, nowMs);
    const savedMs = this.#savedMs.get(id);
    if (savedMs !== undefined && nowMs - savedMs < SAVE_MS) return;
    this.#savedMs.set(id, nowMs);
    this.store.setMoved(id, bytes);
  }

  /** It stands still, or goes on elsewhere: how far it is, is written down. */
  keepProgress(id: TransferId): void {
    const meter = this.#meters.get(id);
    meter?.rest();
    const moved = this.progressOf(id)?.movedBytes;
    if (moved !== undefined) this.store.setMoved(id, moved);
  }

  /** All of it has moved: written down. */
  settled(id: TransferId, bytes: number): void {
    this.store.setMoved(id, bytes);
  }

  /** Has something said to the other end at the next `sayAll`. */
  tell(transfer: Transfer, word: FileWord): void {
    const controlMessage = { peer: placeOf(transfer), transfer: transfer.id, word };
    this.#controlMessages.push(() => say(this.messenger, controlMessage));
    this.bell.ring();
  }

  /** Says what waits for that. */
  async sayAll(): Promise<void> {
    const controlMessages = this.#controlMessages;
    this.#controlMessages = [];
    for (const controlMessage of controlMessages) await controlMessage();
  }

  /** Whether the server knows this account no more. Rejects as `Link.ask` does, and with TrustError. */
  async isDeleted(account: AccountId): Promise<boolean> {
    try {
      await this.messenger.directory.lookUp(this.#link, account);
      return false;
    } catch (error) {
      if (error instanceof Refusal && error.code === "unknown-account") return true;
      throw error;
    }
  }

  /** Ends what another device of the account turns out to have taken first. */
  async yieldToOthers(): Promise<void> {
    for (const line of await yieldToOthers(this.messenger.profile)) {
      await this.told({ ...line, code: "file-elsewhere" });
    }
  }

  /** Writes a line for the person, in one transaction with `also`; when that says no, nothing is written. */
  async told(about: TransferLine, also?: () => boolean): Promise<boolean> {
    return await tell(this.messenger, about, also);
  }
}

// Uploads that several transfers have in common, as those to the members of a room: one of them moves it at a time, and the
// others find it stored.

/** What was renewed is not thrown away again for whoever asked meanwhile. */
const RENEWED_MS = 30_000;

/** Of one link. */
export class SharedUploads {
  readonly #turns = new Map<UploadId, Promise<void>>();
  /** By the offers for which it was found to be there: with another one the server has to hear of it again. */
  readonly #stored = new Map<UploadId, Set<TransferId>>();
  readonly #renewedMs = new Map<UploadId, number>();
  readonly #presence = new Map<UploadId, { readonly atMs: number; readonly present: boolean }>();

  /** Runs `action` when nobody else does anything with this upload. Rejects as it does, or with the signal's reason. */
  async alone<Value>(
    upload: UploadId,
    signal: AbortSignal,
    action: () => Promise<Value>,
  ): Promise<Value> {
    const before = this.#turns.get(upload) ?? Promise.resolve();
    const done = Promise.withResolvers<void>();
    const turn = before.then(() => done.promise);
    this.#turns.set(upload, turn);
    try {
      await untilAborted(before, signal);
      return await action();
    } finally {
      done.resolve();
      if (this.#turns.get(upload) === turn) this.#turns.delete(upload);
    }
  }

  /** Whether all of it was stored over this link, for this offer. */
  isStored(upload: UploadId, offer: TransferId): boolean {
    return this.#stored.get(upload)?.has(offer) === true;
  }

  /** All of it is at the server. */
  stored(upload: UploadId, offer: TransferId): void {
    const offers = this.#stored.get(upload) ?? new Set();
    this.#stored.set(upload, offers.add(offer));
  }

  /** A reader asks for it anew. False when it was renewed just now, for another one. */
  renew(upload: UploadId, nowMs: number): boolean {
    const renewedMs = this.#renewedMs.get(upload);
    if (renewedMs !== undefined && nowMs - renewedMs < RENEWED_MS) return false;
    this.#renewedMs.set(upload, nowMs);
    this.#stored.delete(upload);
    return true;
  }

  /** What `ask` says, or said less than `forMs` ago. */
  async presence(
    upload: UploadId,
    { nowMs, forMs, ask }: {
      readonly nowMs: number;
      readonly forMs: number;
      readonly ask: () => Promise<boolean>;
    },
  ): Promise<boolean> {
    const known = this.#presence.get(upload);
    if (known !== undefined && nowMs - known.atMs < forMs) return known.present;
    const present = await ask();
    this.#presence.set(upload, { atMs: nowMs, present });
    return present;
  }
}
