/** Clients that talk in rooms, for scenarios. */

import assert from "node:assert/strict";
import type { RoomHandle } from "../../lib/base/ids.ts";
import type { NewRoom } from "../../lib/client/rooms/founding.ts";
import { type TestClient, World } from "./test_client.ts";

const NAMES = ["alice", "bob", "carol", "dave"];

/** A world with these many clients, connected. */
export async function town(count: number) {
  const world = await World.open();
  const clients: TestClient[] = [];
  for (const [i, name] of NAMES.slice(0, count).entries()) {
    clients.push(await (await world.client(name, i)).connect());
  }
  const [alice, bob, carol, dave] = clients;
  return {
    world,
    clients,
    alice,
    bob,
    carol,
    dave,
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

export async function found(
  host: TestClient,
  guests: readonly TestClient[],
  more: Partial<NewRoom> = {},
): Promise<RoomHandle> {
  const contacts = await Promise.all(guests.map(({ account }) => host.client.findContact(account)));
  const room = { guests: contacts, forceNew: false, name: "", topic: "", ...more };
  const founded = await host.client.rooms.found(room);
  assert.equal(founded.result, "created");
  return founded.room;
}

/** Everybody takes up what waits, until nothing more comes of it. */
export async function settle(...clients: readonly TestClient[]): Promise<void> {
  for (let round = 0; round < 4; round++) for (const { client } of clients) await client.sync();
}

export async function say(from: TestClient, room: RoomHandle, text: string): Promise<string> {
  const id = await from.client.write(room, text);
  await from.client.flush();
  return id;
}

export async function infoOf({ client }: TestClient, room: RoomHandle) {
  const info = await client.rooms.find(room);
  assert(info !== undefined, `${room} is not there`);
  return info;
}

export async function lines(client: TestClient, room: RoomHandle): Promise<readonly string[]> {
  return (await client.entries()).filter(({ kind, peer }) => kind === "notice" && peer === room)
    .map(({ text }) => text);
}
