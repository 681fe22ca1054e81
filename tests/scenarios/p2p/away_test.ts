/** Away and back: what is said to somebody who is not there arrives once, whoever keeps the order. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { PersonWithout } from "../../kit/p2p.ts";

/** Texts `from` to `to`, in their order. */
const texts = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => `text ${from + i}`);

for (const [first, second] of [[0, 1], [1, 0]] as const) {
  Deno.test(`S1.14: what waits for somebody arrives once, when ${first} is back at ${second}`, async () => {
    await using oscar = await PersonWithout.open("Oscar", { which: first });
    oscar.listen();
    let julia = await PersonWithout.open("julia", { which: second });
    const { folder } = julia;
    try {
      const port = julia.listen().port;
      await oscar.meet(julia);
      await oscar.say("julia", "text 1");
      await julia.until(async () => (await julia.heard("Oscar")).length === 1);
      await julia.say("Oscar", "before");
      await julia.close();
      await oscar.until(() => oscar.events.some(({ type }) => type === "disconnected"));
      for (const text of texts(2, 6)) await oscar.say("julia", text);

      // Back at the same place, as herself: Oscar comes by himself.
      julia = await PersonWithout.open("julia", { which: 3, folder });
      await julia.say("Oscar", "while I was away");
      julia.node.listen({ host: "127.0.0.1", port });
      await julia.until(async () => (await julia.heard("Oscar")).length === 6);
      await oscar.until(async () => (await oscar.heard("julia")).length === 2);
      deepEqual(await julia.heard("Oscar"), texts(1, 6));
      deepEqual(await oscar.heard("julia"), ["before", "while I was away"]);
      const notices = (await julia.entries("Oscar")).filter(({ kind }) => kind === "notice");
      deepEqual(notices, [], "nothing is missing, nothing was begun anew");
    } finally {
      await julia[Symbol.asyncDispose]();
    }
  });
}

Deno.test("S1.14: texts written before the other one ever answered go with the first conversation", async () => {
  await using oscar = await PersonWithout.open("Oscar", { which: 0 });
  await using julia = await PersonWithout.open("julia", { which: 1 });
  oscar.listen();
  await oscar.meet(julia);
  // At once, before the group is made, from both sides.
  await Promise.all([oscar.say("julia", "one"), oscar.say("julia", "two")]);
  await julia.until(() => julia.events.some(({ type }) => type === "connected"));
  await julia.say("Oscar", "three");
  await julia.until(async () => (await julia.heard("Oscar")).length === 2);
  await oscar.until(async () => (await oscar.heard("julia")).length === 1);
  // Which of two texts that were said at once is written down first, nobody promises.
  deepEqual((await julia.heard("Oscar")).toSorted(), ["one", "two"]);
});

Deno.test("S1.19: two who connect to each other at once end up with one connection that works", async () => {
  await using oscar = await PersonWithout.open("Oscar", { which: 0 });
  await using julia = await PersonWithout.open("julia", { which: 1 });
  oscar.listen();
  julia.listen();
  for (let round = 0; round < 5; round++) {
    await Promise.allSettled([oscar.meet(julia), julia.meet(oscar), oscar.meet(julia)]);
  }
  await oscar.say("julia", "Hola");
  await julia.say("Oscar", "Que tal");
  await julia.until(async () => (await julia.heard("Oscar")).length === 1);
  await oscar.until(async () => (await oscar.heard("julia")).length === 1);
  const pairs = await Promise.all([oscar.pair("julia"), julia.pair("Oscar")]);
  await oscar.until(() => pairs.every((pair) => pair.connections === 1));
  for (const person of [oscar, julia]) {
    equal(person.events.filter(({ type }) => type === "connected").length, 1, "told once");
    ok(!person.events.some(({ type }) => type === "disconnected"));
  }
});
