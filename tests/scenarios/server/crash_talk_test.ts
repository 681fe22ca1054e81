/** A server that is killed while people talk: what it acknowledged arrives, once and in order. Long runs: deno task soak crash. */

import { deepEqual, ok } from "node:assert/strict";
import { talkThroughCrashes } from "../../kit/crash_talk.ts";
import { checkHistory } from "../../kit/history_checker.ts";
import { scratch } from "./server_process.ts";

const KILLS = Deno.env.get("SLOW") === "1" ? 100 : 4;
const SEED = parseInt(Deno.env.get("SEED") ?? "20251121");

Deno.test(`nothing acknowledged is lost, doubled or reordered when the server is killed ${KILLS} times under people who talk`, async () => {
  console.log(`seed ${SEED}`);
  await using place = await scratch();
  const plan = { seed: SEED, kills: KILLS, textsPerKill: 30 };
  const { events, acknowledged } = await talkThroughCrashes(place.folder, plan);
  deepEqual(checkHistory(events, (to) => [to]), []);
  ok(acknowledged >= KILLS, `${acknowledged} acknowledged`);
  // It all had time to arrive, acknowledged before a kill or not.
  const said = events.filter(({ type }) => type === "said").length;
  deepEqual(events.filter(({ type }) => type === "shown").length, said);
});

Deno.test("a server whose disk loses what it acknowledged is found out", async () => {
  await using place = await scratch();
  const plan = { seed: SEED, kills: 1, textsPerKill: 30, losesMail: true };
  const { events } = await talkThroughCrashes(place.folder, plan);
  const found = checkHistory(events, (to) => [to]);
  ok(found.length > 0);
  deepEqual([...new Set(found.map(({ violation }) => violation))], ["lost"]);
});
