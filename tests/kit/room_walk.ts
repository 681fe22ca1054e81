/**
 * A room in which people come and go at random: invited, removed, leaving, offline, starting anew, committing at the same
 * moment. In the end everybody who stayed has read what was said in their time, and nobody who was put out one word more.
 */

import assert from "node:assert/strict";
import { Refusal } from "../../lib/base/errors.ts";
import type { RoomHandle } from "../../lib/base/ids.ts";
import { seeded } from "./seeded.ts";
import { type TestClient, World } from "./test_client.ts";
import { found, infoOf, say } from "./town.ts";

/** Identities in tests/fixtures; accounts take turns in them. */
const IDENTITIES = 4;
/** Of 100 steps, so many are of this kind; the rest say something. */
const SHARE = {
  sync: 24,
  invite: 10,
  remove: 5,
  leave: 3,
  restart: 4,
  absence: 8,
  atOnce: 8,
} as const;

/** From when to when somebody belonged to the room, by steps: from the invitation to the order to go. */
interface Stint {
  readonly from: number;
  to: number | undefined;
}

interface Person {
  readonly client: TestClient;
  readonly stints: Stint[];
  /** Of the present stint: when they were seen to be in. */
  enteredAt: number | undefined;
  isOnline: boolean;
}

interface Said {
  readonly step: number;
  readonly author: Person;
  readonly text: string;
  readonly id: string;
  /** Who was in, as the author knew. */
  readonly addressed: ReadonlySet<string>;
  /** It left at once; else it may have been sealed later, for whoever was in then. */
  readonly wasSent: boolean;
}

/** One walk. `counts` tells what happened, so that a test can see that enough did. */
export class RoomWalk implements AsyncDisposable {
  readonly counts = { texts: 0, invited: 0, removed: 0, left: 0, restarts: 0, atOnce: 0 };
  /** What was done, for whoever looks into a seed that failed. */
  readonly story: string[] = [];
  readonly #world: World;
  readonly #room: RoomHandle;
  readonly #people: readonly Person[];
  readonly #draw: (below: number) => number;
  readonly #said: Said[] = [];
  #step = 0;

  private constructor(
    world: World,
    made: { room: RoomHandle; people: readonly Person[]; draw: (below: number) => number },
  ) {
    this.#world = world;
    this.#room = made.room;
    this.#people = made.people;
    this.#draw = made.draw;
  }

  /** A room of the first, with a few of `count` people invited. */
  static async open({ count, seed }: { count: number; seed: number }): Promise<RoomWalk> {
    const world = await World.open();
    const people: Person[] = [];
    for (let i = 0; i < count; i++) {
      const client = await (await world.client(`p${i}`, i % IDENTITIES)).connect();
      people.push({ client, stints: [], enteredAt: undefined, isOnline: true });
    }
    const guests = people.slice(1, 1 + Math.ceil(count / 3));
    const room = await found(people[0].client, guests.map(({ client }) => client));
    for (const person of [people[0], ...guests]) person.stints.push({ from: -1, to: undefined });
    people[0].enteredAt = 0;
    return new RoomWalk(world, { room, people, draw: seeded(seed) });
  }

  async run(steps: number): Promise<void> {
    for (let i = 0; i < steps; i++) {
      this.#step++;
      await this.#world.clock.advance(1_000);
      try {
        await this.#one();
      } catch (error) {
        // Somebody else was faster, or it is not known yet that they are out.
        if (!(error instanceof Refusal)) throw error;
      }
    }
  }

  /** Everybody comes back and takes up what waits. */
  async quiesce(): Promise<void> {
    for (const person of this.#people) if (!person.isOnline) await this.#connect(person);
    // An invitation, the commit by it, what is told to the newcomer, in a conversation that may have to begin first.
    for (let round = 0; round < 6; round++) {
      await this.#world.clock.advance(1_000);
      for (const { client } of this.#people) {
        await client.client.flush();
        await client.client.sync();
      }
    }
  }

  /** Throws when a text is missing, twice, or with somebody whom it was not for. */
  async judge(): Promise<void> {
    const inside = this.#people.filter(isIn);
    const names = inside.map(({ client }) => client.account).toSorted();
    for (const { client } of inside) {
      const { members } = await infoOf(client, this.#room);
      assert.deepEqual([...members.keys()].toSorted(), names, `as ${client.account} sees the room`);
    }
    for (const reader of this.#people) await this.#judgeReader(reader);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#world[Symbol.asyncDispose]();
  }

  async #one(): Promise<void> {
    const person = this.#any(this.#people);
    let dice = this.#draw(100);
    const isOf = (share: number) => (dice -= share) < 0;
    if (isOf(SHARE.sync)) return await this.#sync(person);
    if (isOf(SHARE.invite)) return await this.#invite();
    if (isOf(SHARE.remove)) return await this.#remove();
    if (isOf(SHARE.leave)) return await this.#leave(person);
    if (isOf(SHARE.restart)) return await this.#restart(person);
    if (isOf(SHARE.absence)) return await this.#comeOrGo(person);
    if (isOf(SHARE.atOnce)) return await this.#commitAtOnce();
    await this.#say(person);
  }

  async #say(author: Person): Promise<void> {
    const { client } = author;
    const known = await client.client.rooms.find(this.#room);
    if (!author.isOnline || !isIn(author) || known === undefined) return;
    const text = `step ${this.#step}`;
    const id = await say(client, this.#room, text);
    const wasSent = client.client.deliveryOf(id) === "sent";
    this.#tell(`${client.account} says it${wasSent ? "" : ", it waits"}`);
    const addressed = new Set<string>(known.members.keys());
    this.#said.push({ step: this.#step, author, text, id, addressed, wasSent });
    this.counts.texts++;
  }

  async #sync(person: Person): Promise<void> {
    if (!person.isOnline) return;
    await person.client.client.sync();
    const known = await person.client.client.rooms.find(this.#room);
    this.#tell(`${person.client.account} syncs, ${known === undefined ? "out" : "in"}`);
    if (isIn(person) && known !== undefined) person.enteredAt ??= this.#step;
  }

  async #invite(): Promise<void> {
    const [host] = this.#people;
    const outside = this.#people.filter((person) => !isIn(person));
    if (!host.isOnline || outside.length === 0) return;
    const guest = this.#any(outside);
    const contact = await host.client.client.findContact(guest.client.account);
    // What is due is done first: a removal of the same person that nobody has committed yet.
    await host.client.client.sync();
    await host.client.client.rooms.invite(await infoOf(host.client, this.#room), contact);
    this.#tell(`${guest.client.account} is invited`);
    guest.stints.push({ from: this.#step, to: undefined });
    guest.enteredAt = undefined;
    this.counts.invited++;
  }

  async #remove(): Promise<void> {
    const [host, ...others] = this.#people;
    const inside = others.filter(isIn);
    if (!host.isOnline || inside.length === 0) return;
    const target = this.#any(inside);
    await host.client.client.sync();
    await host.client.client.rooms.remove(
      await infoOf(host.client, this.#room),
      target.client.account,
    );
    this.#tell(`${target.client.account} is removed`);
    this.#end(target);
    this.counts.removed++;
  }

  async #leave(person: Person): Promise<void> {
    const known = await person.client.client.rooms.find(this.#room);
    const isHost = person === this.#people[0];
    if (isHost || !person.isOnline || !isIn(person) || known === undefined) return;
    await person.client.client.sync();
    await person.client.client.rooms.leave(await infoOf(person.client, this.#room));
    this.#tell(`${person.client.account} leaves`);
    this.#end(person);
    this.counts.left++;
  }

  async #restart(person: Person): Promise<void> {
    await person.client.restart();
    await this.#connect(person);
    this.#tell(`${person.client.account} starts anew`);
    this.counts.restarts++;
  }

  async #comeOrGo(person: Person): Promise<void> {
    this.#tell(`${person.client.account} ${person.isOnline ? "goes" : "comes"}`);
    if (!person.isOnline) return await this.#connect(person);
    await person.client.disconnect();
    person.isOnline = false;
  }

  /** Several renew their keys at the same moment: one wins the epoch. */
  async #commitAtOnce(): Promise<void> {
    const those = this.#people.filter((person) => isIn(person) && person.isOnline)
      .filter(() => this.#draw(2) === 0).slice(0, 4);
    for (const { client } of those) {
      client.client.profile.database.command("UPDATE mls_group SET refreshed_ms = 0").run();
    }
    await Promise.all(those.map((person) => this.#sync(person)));
    this.counts.atOnce++;
  }

  async #connect(person: Person): Promise<void> {
    await person.client.connect();
    person.isOnline = true;
  }

  #end(person: Person): void {
    const last = person.stints.at(-1);
    if (last !== undefined) last.to = this.#step;
    person.enteredAt = undefined;
  }

  #tell(what: string): void {
    this.story.push(`${this.#step}: ${what}`);
  }

  #any(people: readonly Person[]): Person {
    return people[this.#draw(people.length)];
  }

  async #judgeReader(reader: Person): Promise<void> {
    const { client } = reader;
    const what = (said: Said) =>
      `${said.text} of ${said.author.client.account} with ${client.account}`;
    const received = await client.received();
    assert.equal(new Set(received).size, received.length, `${client.account} has a text twice`);
    const state = client.messenger.conversations.openWith(this.#room)?.state;
    assert.equal(state, isIn(reader) ? "active" : undefined, client.account);
    for (const said of this.#said) {
      if (said.author === reader) continue;
      const has = received.includes(said.text);
      if (this.#mustRead(reader, said)) assert(has, `missing: ${what(said)}`);
      if (mustNotRead(reader, said)) assert(!has, `too much: ${what(said)}`);
    }
  }

  /** Whom the author knew to be in, and who stayed, has it; others are told it by the author, if that one stayed. */
  #mustRead(reader: Person, { step, author, id, addressed }: Said): boolean {
    const stint = reader.stints.at(-1);
    if (stint === undefined || stint.to !== undefined || stint.from >= step) return false;
    const state = author.client.client.deliveryOf(id);
    if (state !== "sent" && state !== "delivered") return false;
    const wasIn = reader.enteredAt !== undefined && reader.enteredAt < step &&
      addressed.has(reader.client.account);
    const authorStint = author.stints.at(-1);
    const hasStayed = authorStint?.to === undefined && (authorStint?.from ?? step) < step;
    return wasIn || hasStayed;
  }
}

function isIn({ stints }: Person): boolean {
  const last = stints.at(-1);
  return last !== undefined && last.to === undefined;
}

/** Nobody reads what was said while they were out; what left late may have been sealed for a newcomer. */
function mustNotRead({ stints }: Person, { step, wasSent }: Said): boolean {
  const covers = ({ from, to }: Stint) => from < step && (to === undefined || step < to);
  if (stints.some(covers)) return false;
  return wasSent || stints.every(({ to }) => to !== undefined && to < step);
}
