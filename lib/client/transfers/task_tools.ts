/** What the tasks of transfers work with, over one link. */

import { Refusal } from "../../base/errors.ts";
import type { AccountId, TransferId } from "../../base/ids.ts";
import type { Link } from "../link/link.ts";
import type { Messenger } from "../store/messenger.ts";
import { type FileWord, say, tell, type TransferLine } from "./control_messages.ts";
import { Meter, type Progress } from "./meter.ts";
import { yieldToOthers } from "./own_devices.ts";
import type { BlockTransport, TransportChoice } from "./block_transport.ts";
import { RelayTransport } from "./relay_transport.ts";
import { SharedUploads } from "./shared_uploads.ts";
import { placeOf, type Transfer } from "./transfer.ts";
import { TransferStore } from "./transfer_store.ts";

/** How often progress is written down, for other processes and the next start. */
const SAVE_MS = 1_000;

/** Made for one link. */
export class TaskTools {
  readonly store: TransferStore;
  /** The transport of whatever has no other one. */
  readonly spool: RelayTransport;
  readonly shared = new SharedUploads();
  readonly #meters = new Map<TransferId, Meter>();
  readonly #savedMs = new Map<TransferId, number>();
  #controlMessages: (() => Promise<unknown>)[] = [];

  constructor(
    readonly messenger: Messenger,
    private readonly link: Link,
    private readonly choice: TransportChoice = () => undefined,
  ) {
    this.store = new TransferStore(messenger.profile);
    this.spool = new RelayTransport(link, messenger.profile.clock);
  }

  /** The transport that a transfer is to take now. What a room shares goes by the server. */
  transportOf(transfer: Transfer): BlockTransport {
    if (transfer.room !== undefined) return this.spool;
    return this.choice(transfer) ?? this.spool;
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
      await this.messenger.directory.lookUp(this.link, account);
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
