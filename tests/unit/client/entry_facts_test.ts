import { deepEqual, equal, ok } from "node:assert/strict";
import { openTalk } from "../../kit/test_client.ts";

Deno.test("facts of many entries are those of each, with as many queries as of one", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  const { talk: bobs } = bob.client;
  for (let i = 0; i < 12; i++) {
    const entries = await bob.entries();
    const about = entries.filter(({ kind }) => kind === "text")[i];
    await bobs.reply(about, `answer ${i}`);
    await bobs.react(about, "👍", { on: true });
  }
  await bob.client.flush();
  await alice.client.sync();
  const entries = (await alice.entries()).filter(({ kind }) => kind === "text");
  const { database } = alice.client.profile;
  const query = database.query.bind(database);
  let queries = 0;
  Object.assign(database, {
    query: (...call: Parameters<typeof query>) => {
      queries++;
      return query(...call);
    },
  });
  const counted = async (count: number) => {
    queries = 0;
    const facts = await alice.client.talk.factsOfEach(entries.slice(-count));
    equal(facts.length, count);
    return queries;
  };
  const one = await counted(1);
  ok(one > 0);
  equal(await counted(12), one);
  const facts = await alice.client.talk.factsOfEach(entries);
  deepEqual(facts, await Promise.all(entries.map((entry) => alice.client.talk.factsOf(entry))));
  const answer = facts[entries.findIndex(({ text }) => text === "answer 3")];
  ok(answer.target !== undefined);
  ok(facts.some(({ reactions }) => reactions[0]?.emojis.join() === "👍"));
});

Deno.test("SR-37: an answer quotes nothing of another conversation, whatever id it names", async () => {
  await using talk = await openTalk();
  const { world, alice } = talk;
  const carol = await (await world.client("carol", 2)).connect();
  await carol.say(alice, "hello from carol");
  await alice.client.sync();
  const [own] = (await alice.entries()).filter(({ text }) => text === "hello bob");
  const [other] = (await alice.entries()).filter(({ text }) => text === "hello from carol");
  const forged = { ...other, replyTo: own.id };
  equal((await alice.client.talk.factsOf(forged)).target, undefined);
  equal((await alice.client.talk.factsOf({ ...other, replyTo: other.id })).target?.id, other.id);
});

Deno.test("text that is taken back before it has left is told of as gone, once", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  const { client } = alice;
  const id = await client.write(bob.account, "never mind");
  const [entry] = (await alice.entries()).filter((one) => one.id === id);
  equal(await client.talk.change(entry, { kind: "delete" }), undefined);
  deepEqual(await client.talk.refresh(), [entry.place]);
  deepEqual(await client.talk.refresh(), []);
});
