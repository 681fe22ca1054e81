/** People in a room who send each other files, over memory links, on a false clock. */

import { join } from "node:path";
import type { RoomHandle } from "../../lib/base/ids.ts";
import type { OutgoingTransfer } from "../../lib/client/transfers/transfer.ts";
import { FilePerson, readTree } from "./file_senders.ts";
import { found, settle, town } from "./town.ts";

/** The scene. */
export interface RoomSenders extends AsyncDisposable {
  readonly place: Awaited<ReturnType<typeof town>>;
  readonly room: RoomHandle;
  /** Alice founded the room, the others are in it. */
  readonly people: readonly FilePerson[];
  readonly folder: string;
  write(name: string, bytes: Uint8Array): Promise<string>;
  /** What is in somebody's folder, by path. */
  received(person: FilePerson): Promise<ReadonlyMap<string, Uint8Array>>;
  until(holds: () => Promise<boolean> | boolean): Promise<void>;
  /** Alice offers it to the room. */
  offer(name: string): Promise<void>;
  /** Waits for the offer and takes it. */
  accept(person: FilePerson): Promise<void>;
  /** How what alice sends stands, by member. */
  sent(): Promise<Readonly<Record<string, string>>>;
  /** Files at the server. */
  spooled(): readonly string[];
}

/** More than any of them takes; a hang ends as a failed test. */
const MAX_STEPS = 20_000;

/** Alice, bob and carol, and dave if `count` is 4, in a room that `outside` of them, from the end, are not in. */
export async function openRoomSenders({ count = 3, outside = 0 } = {}): Promise<RoomSenders> {
  const place = await town(count);
  const { world, clients } = place;
  const members = clients.slice(0, count - outside);
  const room = await found(clients[0], members.slice(1));
  await settle(...members);
  const folder = await world.folder();
  const people = clients.map((test) => new FilePerson(test, test.account));
  for (const { name } of people) await Deno.mkdir(join(folder, name));
  const [alice] = people;
  const until: RoomSenders["until"] = async (holds) => {
    for (let step = 0; step < MAX_STEPS; step++) {
      if (await holds()) return;
      await world.clock.advance(20);
    }
    throw new Error("it did not come to hold");
  };
  return {
    place,
    room,
    people,
    folder,
    until,
    async write(name, bytes) {
      const path = join(folder, name);
      await Deno.writeFile(path, bytes);
      return path;
    },
    received: ({ name }) => readTree(join(folder, name)),
    async offer(name) {
      const { signal } = new AbortController();
      await alice.client.transfers.offer(room, [join(folder, name)], signal);
    },
    async accept(person) {
      await until(async () => (await person.client.transfers.waiting()).length > 0);
      for (const transfer of await person.client.transfers.waiting()) {
        await person.client.transfers.accept(transfer, join(folder, person.name));
      }
    },
    async sent() {
      const out = (await alice.transfers()).filter((one): one is OutgoingTransfer =>
        one.direction === "out"
      );
      return Object.fromEntries(out.map(({ peer, state }) => [peer, state.state]));
    },
    spooled: () => [...Deno.readDirSync(`${world.server.folder}/spool`)].map(({ name }) => name),
    async [Symbol.asyncDispose]() {
      for (const { test } of people) await test.disconnect();
      await Promise.all(people.map((person) => person.rest()));
      await place[Symbol.asyncDispose]();
    },
  };
}
