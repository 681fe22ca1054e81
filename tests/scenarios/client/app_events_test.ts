/** What a front end is told: everything that happens, with what it is about, whichever process of the profile it happened to. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { AppClient } from "../../../lib/app/conversations/app_client.ts";
import type { AppEvent } from "../../../lib/app/events.ts";
import { settle } from "../../kit/clock.ts";
import { openTalk, type TestClient } from "../../kit/test_client.ts";
import { found, settle as settleAll, town } from "../../kit/town.ts";

type Of<Type extends AppEvent["type"]> = Extract<AppEvent, { type: Type }>;

/** Rounds of the event loop after which something that is waited for will not come. */
const MAX_ROUNDS = 5_000;

/** A front end that keeps what it is told. */
class Told implements AsyncDisposable {
  readonly events: AppEvent[] = [];
  readonly app: AppClient;
  readonly #who: TestClient;
  readonly #running: Promise<void>;

  constructor(who: TestClient) {
    this.#who = who;
    const connect = async () => void await who.connect();
    this.app = new AppClient({ client: who.client, connect }, new AbortController().signal);
    this.#running = this.app.run({
      take: (event) => Promise.resolve(void this.events.push(event)),
      close: () => Promise.resolve(),
    });
    this.#running.catch(() => {});
  }

  of<Type extends AppEvent["type"]>(type: Type): readonly Of<Type>[] {
    return this.events.filter((event): event is Of<Type> => event.type === type);
  }

  /** Waits for an event like this one, without any time passing but `stepMs` in each round. */
  async see<Type extends AppEvent["type"]>(
    type: Type,
    fits: (event: Of<Type>) => boolean = () => true,
    stepMs = 0,
  ): Promise<Of<Type>> {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const event = this.of(type).find(fits);
      if (event !== undefined) return event;
      if (stepMs > 0) await this.#who.world.clock.advance(stepMs);
      await settle();
    }
    throw new Error(`no ${type} was told: ${this.events.map((event) => event.type)}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.app.leave();
    for (let round = 0; round < 100; round++) {
      await this.#who.world.clock.advance(100);
      await settle();
    }
    await this.#running;
  }
}

Deno.test("an app client tells an entry with its facts, and a change with the text as it stands now", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  await using told = new Told(bob);
  await told.see("ready");
  const id = await alice.say(bob, "lunch?");
  const [entry] = [await told.see("entry", ({ entry }) => entry.id === id)];
  deepEqual([entry.entry.text, entry.facts.reactions], ["lunch?", []]);
  const text = await alice.messenger.history.text(id);
  ok(text);
  await alice.client.talk.react(text, "👍", { on: true });
  await alice.client.talk.change(text, { kind: "edit", text: "dinner?" });
  await alice.client.flush();
  const edited = await told.see("entry", ({ entry }) => entry.change?.type === "edit");
  deepEqual([edited.target?.entry.id, edited.target?.entry.text], [id, "dinner?"]);
  deepEqual(edited.target?.facts.reactions, [{ account: alice.account, emojis: ["👍"] }]);
});

Deno.test("an app client tells how far an own text has come, and which number a room gave it", async () => {
  await using place = await town(2);
  const { alice, bob, clients } = place;
  const room = await found(alice, [bob], { name: "ops" });
  await settleAll(...clients);
  await using told = new Told(alice);
  await told.see("ready");
  const id = await alice.client.write(room, "who is there?");
  told.app.outbox.send();
  const sent = await told.see("delivery", (event) => event.id === id && event.state === "sent");
  equal(sent.number, alice.messenger.history.index.text(id)?.number);
  ok(sent.number !== undefined);
});

Deno.test("an app client tells what a second process of the profile writes within a second", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  await using told = new Told(bob);
  await told.see("ready");
  const other = await world.open(bob.folder);
  const beganMs = world.clock.nowMs();
  const id = await other.client.write(alice.account, "from the other one");
  const { entry } = await told.see("entry", ({ entry }) => entry.id === id, 10);
  deepEqual([entry.text, entry.own], ["from the other one", true]);
  ok(world.clock.nowMs() - beganMs <= 1_000);
});

Deno.test("an app client looks at nothing again and again while nothing happens", async () => {
  await using talk = await openTalk();
  const { world, bob } = talk;
  await using told = new Told(bob);
  await told.see("ready");
  const { talk: asked } = bob.client;
  const refresh = asked.refresh.bind(asked);
  let looks = 0;
  asked.refresh = () => {
    looks++;
    return refresh();
  };
  const count = told.events.length;
  for (let second = 0; second < 60; second++) await world.clock.advance(1_000);
  ok(looks <= 2, `${looks} looks`);
  deepEqual(told.events.slice(count), []);
});

/** What a client asks of its database while `action` runs: the statement, and the values that it is asked with. */
async function asked(
  { profile: { database } }: TestClient["client"],
  action: () => Promise<void>,
): Promise<readonly { readonly sql: string; readonly values: readonly unknown[] }[]> {
  const found: { sql: string; values: readonly unknown[] }[] = [];
  const query = database.query;
  database.query = function (sql, read) {
    const { all, first, each } = query.call(this, sql, read) as ReturnType<typeof query<never>>;
    const keep = <Result>(ask: (...values: never[]) => Result) => (...values: never[]) => {
      found.push({ sql, values });
      return ask(...values);
    };
    return { all: keep(all), first: keep(first), each: keep(each) };
  };
  try {
    await action();
  } finally {
    database.query = query;
  }
  return found;
}

Deno.test("after each text an app client asks for that one, however many are on the way, and reads no table that grows", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  await using told = new Told(alice);
  await told.see("ready");
  const say = async (text: string) => {
    const id = await alice.client.write(bob.account, text);
    told.app.outbox.send();
    await told.see("delivery", (event) => event.id === id && event.state === "sent");
  };
  // Bob takes in nothing: they stay on the way.
  const onTheWay = 40;
  for (let i = 1; i <= onTheWay; i++) await say(`text ${i}`);
  const questions = await asked(alice.client, () => say("one more"));
  const ways = questions.filter(({ sql }) => /state FROM delivery/.test(sql))
    .flatMap(({ sql, values }) => / IN /.test(sql) ? JSON.parse(String(values[0])) : values);
  ok(ways.length > 0 && ways.length < onTheWay, `${ways.length} asked for`);
  const { database } = alice.client.profile;
  const scans = new Set(questions.map(({ sql }) => sql)).values().flatMap((sql) =>
    database.query(`EXPLAIN QUERY PLAN ${sql}`, (row) => row.text("detail")).all()
      .filter((step) => /^SCAN (entry|change|message|delivery)\b(?!.*entry_new)/.test(step))
      .map((step) => `${step}: ${sql}`)
  ).toArray();
  deepEqual(scans, []);
});
