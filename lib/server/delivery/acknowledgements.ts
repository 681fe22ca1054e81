/**
 * What devices have acknowledged, on its way to the store. In a room of a hundred each message comes back as a hundred
 * acknowledgements: those of one device that follow close on each other are stored as one.
 */

import type { Clock } from "../../base/clock.ts";
import { describeError } from "../../base/errors.ts";
import type { ConversationId, DeviceId } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import type { MessageLog } from "../../relay/message_log.ts";

const log = logger("server", "mailbox");

/**
 * The first one is stored at once, what follows at most so often. A server that is killed meanwhile sends again what was
 * acknowledged in that time, and the device recognises it (SR-24).
 */
const PAUSE_MS = 100;

/** One device in one conversation: how far it is, and how much of that the store has been told. */
interface Position {
  toldSeq: number;
  seq: number;
}

/** Holds nothing of a device that is quiet. */
export class Acknowledgements {
  readonly #store: MessageLog;
  readonly #clock: Clock;
  readonly #lately = new Map<DeviceId, Map<ConversationId, Position>>();
  #cancel: (() => void) | undefined;

  constructor(store: MessageLog, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** `seq` MUST be one that was sent to the device (SR-53). */
  put(device: DeviceId, conversation: ConversationId, seq: number): void {
    let positions = this.#lately.get(device);
    if (positions === undefined) this.#lately.set(device, positions = new Map());
    const position = positions.get(conversation);
    if (position !== undefined) {
      position.seq = Math.max(position.seq, seq);
      return;
    }
    positions.set(conversation, { toldSeq: seq, seq });
    this.#tell(device, conversation, seq);
    this.#cancel ??= this.#clock.after(PAUSE_MS, () => this.#turn());
  }

  /** Hands the store what it has not been told of a device: before it is asked what waits for it, and when it goes. */
  settle(device: DeviceId): void {
    const positions = this.#lately.get(device);
    if (positions === undefined) return;
    this.#lately.delete(device);
    for (const [conversation, { seq, toldSeq }] of positions) {
      if (seq > toldSeq) this.#tell(device, conversation, seq);
    }
    if (this.#lately.size > 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #turn(): void {
    this.#cancel = undefined;
    for (const [device, positions] of this.#lately) {
      for (const [conversation, position] of positions) {
        if (position.seq === position.toldSeq) positions.delete(conversation);
        else this.#tell(device, conversation, position.toldSeq = position.seq);
      }
      if (positions.size === 0) this.#lately.delete(device);
    }
    if (this.#lately.size > 0) this.#cancel = this.#clock.after(PAUSE_MS, () => this.#turn());
  }

  #tell(device: DeviceId, conversation: ConversationId, seq: number): void {
    this.#store.acknowledge({ device, conversation, seq }).catch((error) =>
      // The device sends nothing again: what it has acknowledged stays in the store and is sent once more later, where the
      // device recognises it (SR-24).
      log.error("acknowledgement lost", { reason: describeError(error) })
    );
  }
}
