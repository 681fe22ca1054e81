/** Rooms into which every account of the server may come (docs/decisions/0098-open-rooms.md). */

import { ProtocolError, Refusal } from "../../base/errors.ts";
import type { Link } from "../link/link.ts";
import type { Profile } from "../profile/profile.ts";
import {
  type ConversationId,
  parseConversationId,
  type RoomHandle,
  roomHandle,
} from "../../base/ids.ts";
import { isOpenName } from "../../crypto/room/entry_layouts.ts";
import type { OnlineLink } from "../sending/online_link.ts";
import type { Messenger } from "../store/messenger.ts";
import { comeIn } from "./entering.ts";

/** An open room by the server's word; whoever comes in compares it with the room's first entry. */
export interface OpenRoom {
  readonly room: RoomHandle;
  readonly conversation: ConversationId;
  readonly name: string;
  readonly topic: string;
  /** Accounts that may be in it, and that are. */
  readonly size: number;
  readonly members: number;
  /** Whether this account is in it. */
  readonly isIn: boolean;
  /** The operator shows it to new accounts. */
  readonly isLobby: boolean;
}

/** An open room that the person looks at: it is shown, nobody is told, and they come in when they first write there. */
export type LookedAt = Pick<OpenRoom, "room" | "conversation" | "name" | "topic">;

/** 10,000 open rooms, more than anybody reads: a server that goes on has made them up. */
const MAX_PAGES = 100;

/** All of it needs the server and throws TransportError `offline` without a connection. */
export class OpenRooms {
  readonly #messenger: Messenger;
  readonly #online: () => OnlineLink;

  constructor(messenger: Messenger, online: () => OnlineLink) {
    this.#messenger = messenger;
    this.#online = online;
  }

  /** By number; what has a name that no open room may have is left out. Nobody is told that somebody looks. */
  async list(): Promise<readonly OpenRoom[]> {
    const { link } = this.#online();
    const listed: OpenRoom[] = [];
    let after: number | undefined;
    for (let page = 1; page <= MAX_PAGES; page++) {
      const { fields } = await link.ask("room.list-open", after === undefined ? {} : { after });
      for (const { room, conversation: id, member, lobby, ...facts } of fields.rooms) {
        const conversation = parseConversationId(id);
        if (conversation === undefined || !isOpenName(facts.name)) continue;
        listed.push({
          ...facts,
          room: roomHandle(room),
          conversation,
          isIn: member,
          isLobby: lobby,
        });
      }
      after = fields.rooms.at(-1)?.room;
      if (!fields.more || after === undefined) return listed;
    }
    throw new ProtocolError(
      "endless-list",
      "Cannot list open rooms: the server's list does not end",
    );
  }

  /** The one that a person means by `lobby`, `#lobby`, `256` or `#256`. */
  async find(text: string): Promise<OpenRoom | undefined> {
    const name = text.startsWith("#") ? text.slice(1) : text;
    return (await this.list()).find((one) => one.name === name || one.room === `#${name}`);
  }

  /** Comes in, as its person wants. Throws Refusal `room-full`, or `not-allowed` for who was removed from it. */
  async join(room: LookedAt): Promise<void> {
    const { link, syncEngine } = this.#online();
    await joinOpen(this.#messenger, link, room);
    await syncEngine.keepRooms();
  }

  /** Shows it to the person from now on, who comes in by their first text there. Without a commit, and without a word to anybody. */
  async look({ room, conversation, name, topic }: OpenRoom): Promise<void> {
    const { database, vault } = this.#messenger.profile;
    const sealed = await vault.sealValue("open_room", conversation, { name, topic });
    database.command("INSERT OR REPLACE INTO open_room VALUES (?, ?, ?)")
      .run(conversation, room, sealed);
  }

  /** Those that the person looks at and is not in; asks nobody. */
  async looked(): Promise<readonly LookedAt[]> {
    return await listLooked(this.#messenger.profile);
  }

  /** Shows it no more; false when it was not shown. */
  close(room: RoomHandle): boolean {
    return this.#messenger.profile.database.command("DELETE FROM open_room WHERE peer = ?")
      .run(room) > 0;
  }
}

/** Comes into the room if the person looks at it, since they write there; else nothing happens. Throws as `OpenRooms.join`. */
export async function enterLooked(
  messenger: Messenger,
  link: Link,
  room: RoomHandle,
): Promise<void> {
  const looked = (await listLooked(messenger.profile)).find((one) => one.room === room);
  if (looked !== undefined) await joinOpen(messenger, link, looked);
}

async function joinOpen(
  messenger: Messenger,
  link: Link,
  { room, conversation, name }: LookedAt,
): Promise<void> {
  const place = { conversation, room, joinsOpen: { name } };
  const joined = await comeIn(messenger, link, place);
  if (joined === "not-ours") {
    throw new Refusal("not-allowed", `#${name} is not the room that the server claims it is`);
  }
  if (joined === "busy") throw new Refusal("stale-epoch", "Others were faster: try again");
  messenger.profile.database.command("DELETE FROM open_room WHERE conversation = ?")
    .run(conversation);
}

async function listLooked(
  { database, vault }: Pick<Profile, "database" | "vault">,
): Promise<readonly LookedAt[]> {
  const rows = database.query("SELECT * FROM open_room ORDER BY peer", (row) => ({
    // Written by `look` from branded values.
    room: row.text("peer") as RoomHandle,
    conversation: row.text("conversation") as ConversationId,
    sealed: row.bytes("sealed"),
  })).all();
  return await Promise.all(rows.map(async ({ room, conversation, sealed }) => ({
    ...{ room, conversation },
    ...await vault.openValue<Pick<OpenRoom, "name" | "topic">>("open_room", conversation, sealed),
  })));
}
