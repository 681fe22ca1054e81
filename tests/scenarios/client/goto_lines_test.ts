/** `/goto` as it is typed in a dialogue of lines: what was said from there on. */

import { deepEqual } from "node:assert/strict";
import { Dialogue } from "../../../lib/cli/dialogue/dialogue.ts";
import { typedLine } from "../../../lib/cli/dialogue/lines_in.ts";
import { appOf } from "../../kit/app_clients.ts";
import { openTalk } from "../../kit/test_client.ts";

const MINUTE_MS = 60_000;

Deno.test("U19: /goto in a dialogue shows 20 messages from a date, the start, the end or what is new", async () => {
  await using talk = await openTalk();
  const { alice, bob, world } = talk;
  const said: string[] = [];
  const none = () => Promise.reject(new Error("nobody asks for this"));
  const desk: Dialogue = new Dialogue({
    app: appOf(alice.client),
    dialogue: { print: (text) => Promise.resolve(void said.push(text)) },
    stage: { open: undefined, resolve: (path) => path, downloads: "." },
    isAttended: true,
    secrets: { keeper: none, greet: none, readFile: none },
    onPartner: () => {},
  });
  await using _closed = { [Symbol.asyncDispose]: () => desk.close() };
  const enter = async (line: string): Promise<readonly string[]> => {
    const before = said.length;
    await typedLine(desk, line)();
    return said.slice(before).map((one) => one.replace(/^.*▸ /, ""));
  };
  const texts = (first: number, last: number) =>
    Array.from({ length: last - first + 1 }, (_, i) => `text ${first + i}`);
  const tell = async (first: number, last: number) => {
    for (const text of texts(first, last)) await bob.client.write(alice.account, text);
    await bob.client.flush();
    await alice.client.sync();
  };
  deepEqual(await enter("/goto start"), ["* Which conversation? Example: bob:/goto monday"]);
  desk.people.meet(await alice.client.findContact("bob"));
  await enter("/to bob");
  deepEqual(await enter("/goto"), ["* Where to? Example: /goto monday 9:00"]);
  await tell(1, 23);
  await world.clock.advance(2 * MINUTE_MS);
  await tell(24, 25);
  deepEqual(await enter("/goto 1m"), texts(24, 25));
  deepEqual(await enter("/goto start"), [
    ...["hello bob", "hello alice", ...texts(1, 18)],
    "* 7 more messages after these",
  ]);
  deepEqual(await enter("/goto end"), texts(6, 25));
  // All of them were shown by now.
  deepEqual(await enter("/goto new"), ["* no unread messages"]);
  await tell(26, 27);
  deepEqual(await enter("bob:/goto new"), texts(26, 27));
  await world.clock.advance(2 * MINUTE_MS);
  deepEqual(await enter("/goto 1m"), ["* no messages since then"]);
});
