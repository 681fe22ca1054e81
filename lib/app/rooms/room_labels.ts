/** What the rooms of a profile are called where people read and type: by name where that is unmistakable, else by number. */

import type { RoomHandle } from "../../base/ids.ts";
import type { Client } from "../../client/client.ts";
import { kindOf } from "../../client/store/conversation_kinds.ts";

/** Others may name a room as they like: what looks like a number or a handle is not used to tell rooms apart. */
const MISLEADING = /^\p{N}*$|^#|^\s|\s$|:/u;

/** A room as a list shows it. */
export interface ListedRoom {
  readonly room: RoomHandle;
  /** See `labelOf`. Foreign text. */
  readonly label: string;
  readonly topic: string;
  /** What is to be said of it wherever it is shown; undefined of one that invites. */
  readonly notice: string | undefined;
}

/** The names of rooms, as they were when they were read last. */
export class RoomLabels {
  readonly #client: Pick<Client, "rooms">;
  #names: ReadonlyMap<RoomHandle, string> = new Map();
  #topics: ReadonlyMap<RoomHandle, string> = new Map();
  #notices: ReadonlyMap<RoomHandle, string> = new Map();

  /** Knows no room before `refresh`. */
  constructor(client: Pick<Client, "rooms">) {
    this.#client = client;
  }

  /** Labels that are up to date. */
  static async of(client: Pick<Client, "rooms">): Promise<RoomLabels> {
    const labels = new RoomLabels(client);
    await labels.refresh();
    return labels;
  }

  /** Reads the rooms of the profile anew. */
  async refresh(): Promise<void> {
    const entered = await this.#client.rooms.list();
    const looked = (await this.#client.rooms.open.looked())
      .filter(({ room }) => !entered.some((one) => one.room === room));
    const rooms = [...entered, ...looked];
    this.#names = new Map(rooms.map(({ room, name }) => [room, name]));
    this.#topics = new Map(rooms.map(({ room, topic }) => [room, topic]));
    const openOnes = entered.filter(({ openTo }) => openTo !== undefined);
    const noticeOf = (room: RoomHandle) => kindOf(room, true).notice ?? "";
    this.#notices = new Map([
      ...openOnes.map(({ room }) => [room, noticeOf(room)] as const),
      ...looked.map(({ room }) => [room, `${noticeOf(room)}; you join when you write`] as const),
    ]);
  }

  /** Whether this profile was in the room at the last `refresh`. */
  has(room: RoomHandle): boolean {
    return this.#names.has(room);
  }

  /** As somebody in charge named it; empty when nobody did, and for a room that this profile is not in. */
  nameOf(room: RoomHandle): string {
    return this.#names.get(room) ?? "";
  }

  /** The rooms that this profile is in, by number. */
  get listed(): readonly ListedRoom[] {
    return this.#rooms.map((room) => ({
      room,
      label: this.labelOf(room),
      topic: this.#topics.get(room) ?? "",
      notice: this.noticeOf(room),
    }));
  }

  /** What is said of a room wherever it is shown; undefined of one that invites. */
  noticeOf(room: RoomHandle): string | undefined {
    return this.#notices.get(room);
  }

  /** `#ops`, or `#256` where the name would mislead. Foreign text. */
  labelOf(room: RoomHandle): string {
    const name = this.nameOf(room);
    if (MISLEADING.test(name)) return room;
    const namesakes = [...this.#names.values()].filter((other) => other === name);
    return namesakes.length > 1 ? room : `#${name}`;
  }

  /** The room that is exactly `#256` or `#ops`. */
  find(text: string): RoomHandle | undefined {
    return this.#rooms.find((room) => text === room) ??
      this.#rooms.find((room) => text === this.labelOf(room));
  }

  /** The room whose label is that but for its case. */
  resemble(text: string): RoomHandle | undefined {
    const wanted = text.toLowerCase();
    return this.#rooms.find((room) => wanted === this.labelOf(room).toLowerCase());
  }

  /** Every label, in the order of the rooms' numbers. */
  get all(): readonly string[] {
    return this.#rooms.map((room) => this.labelOf(room));
  }

  get #rooms(): readonly RoomHandle[] {
    return [...this.#names.keys()];
  }
}
