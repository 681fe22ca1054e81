/**
 * What a kick or a new role does to those who are connected, whoever ordered it: an account, the operator, or, where the server
 * has no control socket, the operator's command line, which is another process then and leaves word in the record alone.
 */

import type { Clock } from "../../base/clock.ts";
import { describeError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import type { Bus } from "../bus/bus.ts";
import type { ModerationStore, RecordedAction, Sanction } from "../store/moderation_store.ts";
import { sanctionWords } from "../auth/denials.ts";
import type { Presence } from "../presence/presence.ts";
import { tellOfKick } from "../rooms/room_news.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { RoomStore } from "../store/room_store.ts";

const log = logger("server", "moderation");

/** Where another process cannot tell that it has kicked somebody: how often to look. A kick takes hold within a second. */
const LOOK_MS = 500;

/** Does for each moderation action of the record what it asks for at this node, once. Every node of a server does. */
export class ModerationEffects {
  readonly #parts: {
    readonly clock: Clock;
    readonly store: ModerationStore & RoomStore;
    readonly bus: Bus;
    readonly presence: Presence;
    readonly rooms: Rooms;
  };
  /** By the number of the entry: those that the record may still bring. */
  readonly #applied = new Map<number, Promise<number>>();
  /** The last entry that was looked at. */
  #last: number | undefined;
  /** One look at a time. */
  #looking: Promise<void> = Promise.resolve();

  constructor(
    parts: {
      clock: Clock;
      store: ModerationStore & RoomStore;
      bus: Bus;
      presence: Presence;
      rooms: Rooms;
    },
  ) {
    this.#parts = parts;
  }

  /**
   * Does what was written down here, and has the other nodes look. Returns how many sessions it ended at this one. The same
   * moderation action again does nothing and returns the same; after a failure it may be tried again.
   */
  async apply(moderationAction: RecordedAction): Promise<number> {
    const ended = await this.#applyOnce(moderationAction);
    const { bus } = this.#parts;
    if (!bus.isAlone) bus.publish("record.written", {});
    return ended;
  }

  #applyOnce(moderationAction: RecordedAction): Promise<number> {
    const { entry } = moderationAction;
    let applied = this.#applied.get(entry);
    if (applied === undefined) {
      applied = this.#apply(moderationAction).catch((error) => {
        this.#applied.delete(entry);
        throw error;
      });
      this.#applied.set(entry, applied);
    }
    return applied;
  }

  /**
   * Applies what any process has written down since the last look; at the first one nothing, since sign-ins see what was before.
   * Never rejects: what a store that fails does not tell is found by the next look.
   */
  look(): Promise<void> {
    return this.#looking = this.#looking.then(() => this.#look()).catch((error) => {
      log.error("watch failed", { reason: describeError(error) });
    });
  }

  /** Looks again and again, until `signal` aborts. */
  async follow(signal: AbortSignal): Promise<never> {
    for (;;) {
      await this.look();
      await this.#parts.clock.sleep(LOOK_MS, { signal });
    }
  }

  async #look(): Promise<void> {
    const last = this.#last;
    const { entry, moderationActions } = await this.#parts.store.moderationActionsSince(last);
    for (const moderationAction of moderationActions) await this.#applyOnce(moderationAction);
    // Not those of this look: whoever ordered one in this process may not have come to apply it yet.
    for (const done of this.#applied.keys()) if (done <= (last ?? 0)) this.#applied.delete(done);
    this.#last = entry;
  }

  async #apply(moderationAction: RecordedAction): Promise<number> {
    switch (moderationAction.action) {
      case "kick":
        return await this.#kicked(moderationAction);
      case "grant":
        await this.#tellRole(moderationAction);
        return 0;
      default:
        return 0;
    }
  }

  /** Sends the account away, unless the kick was taken back meanwhile: all sessions of all its devices end, told why (SR-47). */
  async #kicked({ account }: RecordedAction): Promise<number> {
    const { store, clock } = this.#parts;
    const kick = await store.findSanction({ kind: "kick", account, nowMs: clock.nowMs() });
    if (kick === undefined) return 0;
    const sessions = await this.#dismiss(kick);
    log.info("kick", { account, sessions });
    await tellOfKick({ ...this.#parts, bus: this.#parts.bus.here }, account);
    return sessions;
  }

  /** Ends every session of the account; returns how many there were. Others hear that it was kicked. */
  async #dismiss(kick: Sanction): Promise<number> {
    const { bus, presence } = this.#parts;
    const { account } = kick;
    presence.dismiss(account);
    const told = { code: "kicked", message: sanctionWords(kick) };
    return await bus.here.endSessions({ account }, { log: "kicked", told });
  }

  async #tellRole({ account, by }: RecordedAction): Promise<void> {
    const { store, bus } = this.#parts;
    const role = await store.findRole(account);
    const told = { role, ...(by === undefined ? {} : { by }) };
    await bus.here.toAccounts([account], "moderation.role", told);
  }
}
