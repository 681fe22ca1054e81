/** Somebody who talks in rooms and to others at whichever node takes them, founds a room, comes, goes and starts anew. */

import { systemClock } from "../../../lib/base/clock.ts";
import { Refusal } from "../../../lib/base/errors.ts";
import type { AccountId, RoomHandle } from "../../../lib/base/ids.ts";
import { listRoomTasks, type RoomInfo } from "../../../lib/client/rooms/room_store.ts";
import type { Talker } from "../talker.ts";
import { RoomModel, type RoomText } from "./room_model.ts";

/** A room as the run knows it. */
export interface TownRoom {
  readonly room: RoomHandle;
  readonly host: string;
  /** Who may come and go, the host too. */
  readonly circle: readonly AccountId[];
  readonly model: RoomModel;
}

/** What all of them share. */
export interface Town {
  readonly rooms: readonly TownRoom[];
  /** The next moment. */
  readonly tick: () => number;
  readonly counts: {
    texts: number;
    invited: number;
    removed: number;
    left: number;
    restarts: number;
  };
}

/** Of 100 steps, so many are of this kind; the rest say something. */
const SHARE = { direct: 20, membership: 12 } as const;
/** Steps over one connection, at most. */
const STEPS = 40;
/** Between two steps, at most: people write now and then, and the server counts. */
const PAUSE_MS = 500;
/** Of 100 connections, so many begin with another start of the program. */
const RESTARTS = 15;

/** One of them; the talker is the caller's. */
export class Resident {
  readonly talker: Talker;
  readonly #town: Town;
  readonly #draw: (below: number) => number;
  readonly #friends: readonly string[];
  readonly #waiting = new Map<string, RoomText>();

  constructor(
    talker: Talker,
    town: Town,
    { draw, friends }: { draw: (below: number) => number; friends: readonly string[] },
  ) {
    this.talker = talker;
    this.#town = town;
    this.#draw = draw;
    this.#friends = friends;
  }

  /** Until `stop` aborts. */
  async live(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      if (this.#draw(100) < RESTARTS) {
        await this.talker.restart();
        this.#town.counts.restarts++;
      }
      await this.talker.tolerate(() => this.#spend(this.#draw(STEPS), stop));
      await this.talker.client.close();
    }
  }

  /** Ends what this one has begun; true when there is nothing of that kind any more. */
  async finish(): Promise<boolean> {
    return await this.talker.tolerate(() => this.#resume());
  }

  /** Looks where one is in, and which texts the server has. */
  async look(): Promise<void> {
    this.talker.noteAcknowledged();
    for (const [id, text] of this.#waiting) {
      const state = this.talker.client.deliveryOf(id);
      if (state !== "sent" && state !== "delivered") continue;
      text.acknowledgedAt = this.#town.tick();
      this.#waiting.delete(id);
    }
    for (const room of this.#rooms()) {
      const known = await this.#find(room);
      const stint = room.model.presentOf(this.talker.name);
      if (known !== undefined && stint !== undefined) stint.enteredAt ??= this.#town.tick();
      if (known !== undefined && room.host === this.talker.name) this.#noteOffers(room, known);
    }
  }

  #noteOffers({ circle, model }: TownRoom, { conversation }: RoomInfo): void {
    const asked = listRoomTasks(this.talker.client.profile.database)
      .filter((task) => task.kind === "invite" && task.conversation === conversation)
      .map(({ account }) => account);
    for (const account of circle) {
      const stint = model.stintsOf(account).at(-1);
      if (stint !== undefined && !asked.includes(account)) stint.offeredAt ??= this.#town.tick();
    }
  }

  async #spend(steps: number, stop: AbortSignal): Promise<void> {
    await this.talker.client.receiving(async (caughtUp, signal) => {
      await caughtUp;
      await this.#resume();
      for (let step = 0; step < steps && !stop.aborted; step++) {
        signal.throwIfAborted();
        await this.#step();
        await systemClock.sleep(this.#draw(PAUSE_MS), { signal });
      }
    });
  }

  async #step(): Promise<void> {
    await this.look();
    const dice = this.#draw(100);
    if (dice < SHARE.direct) await this.#sayTo(this.#friends[this.#draw(this.#friends.length)]);
    else {
      const rooms = this.#rooms();
      const room = rooms[this.#draw(rooms.length)];
      if (dice < SHARE.direct + SHARE.membership) await this.#change(room);
      else await this.#sayIn(room);
    }
    await this.talker.flush();
    await this.look();
  }

  async #sayTo(friend: string): Promise<void> {
    const { account } = await this.talker.client.findContact(friend);
    await this.talker.say(account);
    this.#town.counts.texts++;
  }

  async #sayIn(room: TownRoom): Promise<void> {
    const known = await this.#find(room);
    const { name } = this.talker;
    if (known === undefined || room.model.presentOf(name) === undefined) return;
    const addressed = new Set<string>(known.members.keys());
    const saidAt = this.#town.tick();
    const { id, text } = await this.talker.say(room.room);
    const said = { author: name, text, saidAt, addressed, acknowledgedAt: undefined };
    room.model.texts.push(said);
    this.#waiting.set(id, said);
    this.#town.counts.texts++;
  }

  /** The host invites or puts out; others leave. */
  async #change(room: TownRoom): Promise<void> {
    const known = await this.#find(room);
    if (known === undefined) return;
    const { model, circle, host } = room;
    if (host !== this.talker.name) {
      // Seldom: who has left waits for the host's invitation.
      if (this.#draw(3) === 0) await this.#leave(room, known);
      return;
    }
    const other = circle[this.#draw(circle.length)];
    if (other === host) return;
    if (model.isOut(other)) await this.#invite(room, known, other);
    else if (model.presentOf(other) !== undefined && known.members.has(other)) {
      await this.#remove(room, known, other);
    }
  }

  async #invite({ model }: TownRoom, known: RoomInfo, guest: AccountId): Promise<void> {
    // Their removal is not committed yet, as far as one knows.
    if (known.members.has(guest)) return;
    const contact = await this.talker.client.findContact(guest);
    model.invite(guest, this.#town.tick());
    this.#town.counts.invited++;
    await this.talker.client.rooms.invite(known, contact);
  }

  async #remove({ model }: TownRoom, known: RoomInfo, member: AccountId): Promise<void> {
    const stint = model.stintsOf(member).at(-1);
    if (stint === undefined) return;
    stint.endingAt ??= this.#town.tick();
    if (!await isAccepted(() => this.talker.client.rooms.remove(known, member))) return;
    stint.endedAt = this.#town.tick();
    this.#town.counts.removed++;
  }

  async #leave({ model }: TownRoom, known: RoomInfo): Promise<void> {
    const stint = model.stintsOf(this.talker.name).at(-1);
    if (stint === undefined || stint.endedAt !== undefined) return;
    stint.endingAt ??= this.#town.tick();
    if (!await isAccepted(() => this.talker.client.rooms.leave(known))) return;
    stint.endedAt = this.#town.tick();
    this.#town.counts.left++;
  }

  /** What was begun and not answered is asked for again. */
  async #resume(): Promise<void> {
    const { name } = this.talker;
    for (const room of this.#rooms()) {
      for (const who of room.circle) {
        if (name !== room.host && name !== who) continue;
        const last = room.model.stintsOf(who).at(-1);
        if (last === undefined || last.endingAt === undefined || last.endedAt !== undefined) {
          continue;
        }
        const known = await this.#find(room);
        // Out already: as far as oneself knows, or as the host does.
        if (known === undefined) last.endedAt = this.#town.tick();
        else if (who === name) await this.#leave(room, known);
        else await this.#remove(room, known, who);
      }
    }
  }

  #rooms(): readonly TownRoom[] {
    return this.#town.rooms.filter(({ circle }) => circle.some((one) => one === this.talker.name));
  }

  #find({ room }: TownRoom): Promise<RoomInfo | undefined> {
    return this.talker.client.rooms.find(room);
  }
}

/** False when it has to be asked for again. Asked for twice where an answer was lost, the first time was enough. */
async function isAccepted(ask: () => Promise<void>): Promise<boolean> {
  try {
    await ask();
    return true;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // The room changed in the same moment.
    if (error.code === "stale-epoch") return false;
    if (error.code === "not-member") return true;
    throw error;
  }
}
