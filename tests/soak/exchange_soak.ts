/**
 * Accounts write to each other while connections break, clients start anew and the server is restarted, all of it drawn
 * from a seed. In the end every text must be where it belongs, once and in its order, and nothing must wait.
 *
 *     deno task soak exchange               800 steps
 *     SOAK_STEPS=20000 SOAK_SEED=7 deno task soak exchange
 *
 * Whole clients and a whole server in one process, over memory links and on a false clock.
 */

import { deepEqual, equal } from "node:assert/strict";
import { TransportError } from "../../lib/base/errors.ts";
import type { Packet } from "../../lib/protocol/packet.ts";
import { settle } from "../kit/clock.ts";
import { seeded } from "../kit/seeded.ts";
import type { Pass } from "../kit/man_in_the_middle.ts";
import { type TestClient, World } from "../kit/test_client.ts";

const STEPS = Number(Deno.env.get("SOAK_STEPS") ?? 800);
const SEED = Number(Deno.env.get("SOAK_SEED") ?? 1);
/** As many as there are identities in tests/fixtures. */
const NAMES = ["alice", "bob", "carol", "dave"];
/** Of 100 steps, so many are of this kind; the rest write and send. */
const SHARE = { sync: 30, cut: 8, restartClient: 5, restartServer: 2, wait: 5 };

class Exchange {
  readonly #world: World;
  readonly #people: readonly TestClient[];
  readonly #draw = seeded(SEED);
  /** What was written, by `from to`, in order. */
  readonly #written = new Map<string, string[]>();
  readonly counts = { texts: 0, syncs: 0, cuts: 0, clientRestarts: 0, serverRestarts: 0 };

  constructor(world: World, people: readonly TestClient[]) {
    this.#world = world;
    this.#people = people;
  }

  async step(): Promise<void> {
    const person = this.#anyone();
    let dice = this.#draw(100);
    const isOf = (share: number) => (dice -= share) < 0;
    if (isOf(SHARE.sync)) return await this.#sync(person);
    if (isOf(SHARE.cut)) return this.#cut(person);
    if (isOf(SHARE.restartClient)) return await this.#restartClient(person);
    if (isOf(SHARE.restartServer)) return await this.#restartServer();
    if (isOf(SHARE.wait)) return await this.#world.clock.advance(this.#draw(120_000));
    await this.#write(person);
  }

  /** Lets everything that waits go out and come in. */
  async quiesce(): Promise<void> {
    for (const person of this.#people) await person.connect();
    // Receipts, and the first texts of conversations that two began at once, take more than one round.
    for (let round = 0; round < 6; round++) {
      for (const person of this.#people) {
        await person.client.flush();
        await person.client.sync();
      }
    }
  }

  /** Throws when a text is missing, twice, out of order or somewhere else. */
  async judge(): Promise<void> {
    for (const receiver of this.#people) {
      const texts = await receiver.texts();
      for (const sender of this.#people) {
        if (sender === receiver) continue;
        const got = texts.filter((text) => text.startsWith(`${sender.account}: to `))
          .map((text) => text.slice(sender.account.length + 2));
        const written = this.#written.get(`${sender.account} ${receiver.account}`) ?? [];
        deepEqual(got, written, `${sender.account} to ${receiver.account}, seed ${SEED}`);
      }
      deepEqual(receiver.messenger.outbox.after(0, 10), [], `${receiver.account} has sent all`);
    }
  }

  async #write(sender: TestClient): Promise<void> {
    const others = this.#people.filter((person) => person !== sender);
    const receiver = others[this.#draw(others.length)];
    const key = `${sender.account} ${receiver.account}`;
    const list = this.#written.get(key) ?? [];
    this.#written.set(key, list);
    const text = `to ${receiver.account} ${list.length}`;
    await sender.client.write(receiver.account, text);
    list.push(text);
    this.counts.texts++;
    // Sometimes it waits for a later occasion.
    if (this.#draw(4) > 0) await this.#tolerate(sender, () => sender.client.flush());
  }

  async #sync(person: TestClient): Promise<void> {
    this.counts.syncs++;
    await this.#tolerate(person, () => person.client.sync());
  }

  #cut(person: TestClient): void {
    this.counts.cuts++;
    person.link?.cut();
  }

  async #restartClient(person: TestClient): Promise<void> {
    this.counts.clientRestarts++;
    await person.restart();
  }

  async #restartServer(): Promise<void> {
    this.counts.serverRestarts++;
    await this.#world.restartServer();
    await settle();
  }

  /** Does what needs a connection, which may turn out to be gone. */
  async #tolerate(person: TestClient, action: () => Promise<unknown>): Promise<void> {
    try {
      await this.#online(person);
      await action();
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
    }
  }

  /** Connects who is not connected. Every third connection breaks at some packet, one way or the other. */
  async #online(person: TestClient): Promise<void> {
    if (person.client.isOnline) return;
    if (this.#draw(3) > 0) return void await person.connect();
    let packetsLeft = 1 + this.#draw(60);
    const through = ({ header, payload }: Packet, pass: Pass) => {
      if (--packetsLeft > 0) return pass(header, payload);
      if (packetsLeft === 0) this.#cut(person);
    };
    await person.connect({ middle: { up: through, down: through } });
  }

  #anyone(): TestClient {
    return this.#people[this.#draw(this.#people.length)];
  }
}

async function main(): Promise<void> {
  await Deno.mkdir("tests/tmp", { recursive: true });
  const folder = await Deno.makeTempDir({ dir: "tests/tmp", prefix: "soak-" });
  await using owned = new AsyncDisposableStack();
  owned.defer(() => Deno.remove(folder, { recursive: true }));
  const world = owned.use(await World.openAt(folder));
  const people: TestClient[] = [];
  for (const [which, name] of NAMES.entries()) {
    people.push(await (await world.client(name, which)).connect());
  }
  for (const person of people) {
    for (const other of people) {
      if (other !== person) await person.client.findContact(other.account);
    }
  }
  const exchange = new Exchange(world, people);
  const startedMs = performance.now();
  for (let step = 1; step <= STEPS; step++) {
    await exchange.step();
    if (step % Math.ceil(STEPS / 10) === 0) {
      const heapMib = Deno.memoryUsage().heapUsed / 2 ** 20;
      console.log(`step ${step}: ${exchange.counts.texts} texts, heap ${heapMib.toFixed(0)} MiB`);
    }
  }
  await exchange.quiesce();
  await exchange.judge();
  equal(world.server.faults.length, 0);
  const seconds = (performance.now() - startedMs) / 1000;
  console.log(
    `seed ${SEED}: all arrived once and in order, ${seconds.toFixed(0)} s`,
    exchange.counts,
  );
}

if (import.meta.main) await main();
