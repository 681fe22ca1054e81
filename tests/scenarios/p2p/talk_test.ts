/** Two people and no server: what is said arrives once, in its order, whoever connected and whoever keeps the order. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { PersonWithout } from "../../kit/p2p.ts";

for (const [first, second] of [[0, 1], [1, 0]] as const) {
  Deno.test(`SR-78: two talk without a server, identity ${first} connects to ${second}`, async () => {
    await using oscar = await PersonWithout.open("Oscar", { which: first });
    await using julia = await PersonWithout.open("julia", { which: second });
    oscar.listen();
    julia.listen();
    await oscar.meet(julia);
    await julia.until(() => julia.events.some(({ type }) => type === "connected"));
    ok(oscar.events.some(({ type }) => type === "connected"));
    await oscar.say("julia", "Hola");
    await julia.until(async () => (await julia.heard("Oscar")).length === 1);
    await julia.say("Oscar", "Que tal");
    for (let i = 0; i < 20; i++) await oscar.say("julia", `text ${i}`);
    await oscar.until(async () => (await oscar.heard("julia")).length === 1);
    await julia.until(async () => (await julia.heard("Oscar")).length === 21);
    deepEqual(await oscar.heard("julia"), ["Que tal"]);
    deepEqual(
      await julia.heard("Oscar"),
      ["Hola", ...Array.from({ length: 20 }, (_, i) => `text ${i}`)],
    );
    const keeps = await Promise.all([oscar.pair("julia"), julia.pair("Oscar")]);
    equal(keeps.filter((pair) => pair.keepsOrder).length, 1, "one of them keeps the order");
  });
}
