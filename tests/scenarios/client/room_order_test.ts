/** What is said in a room stands in the room's order, at whoever looks and in whatever way; own texts too. */

import assert from "node:assert/strict";
import type { RoomHandle } from "../../../lib/base/ids.ts";
import { textsSince } from "../../../lib/app/talk/said_since.ts";
import type { TestClient } from "../../kit/test_client.ts";
import { found, say, settle, town } from "../../kit/town.ts";

const ORDER = ["one", "two", "three", "four", "five", "six"];

/** Alice says three and six before her device has fetched what was said before. */
async function outOfStep() {
  const place = await town(2);
  const { alice, bob } = place;
  const room = await found(alice, [bob]);
  await settle(alice, bob);
  await say(bob, room, "one");
  await say(bob, room, "two");
  await say(alice, room, "three");
  await say(bob, room, "four");
  await say(bob, room, "five");
  await say(alice, room, "six");
  await settle(alice, bob);
  return { ...place, room };
}

async function readings({ client }: TestClient, room: RoomHandle) {
  const { history } = client.messenger;
  const texts = (entries: readonly { kind: string; text: string }[]) =>
    entries.filter(({ kind }) => kind === "text").map(({ text }) => text);
  const page = (limit?: number) => client.talk.page({ about: room, kinds: ["text"], limit });
  const [last] = await page(1);
  return {
    inbox: texts(await client.talk.page({ about: room, kinds: ["text", "notice"], limit: 50 })),
    rooms: texts(await client.talk.page({ about: "rooms", kinds: ["text"] })),
    paged: [
      ...texts(
        await client.talk.page({
          about: room,
          kinds: ["text"],
          limit: 5,
          before: { place: last.place },
        }),
      ),
      last.text,
    ],
    newest: texts(await page(4)),
    read: (await textsSince(client, { about: room, sinceMs: 0 })).map(({ number, entry }) =>
      `${number} ${entry.text}`
    ),
    found: texts(await history.search("e")),
  };
}

Deno.test("a room's messages stand in the room's order, own ones too, in every transcript", async () => {
  await using place = await outOfStep();
  const { alice, bob, room } = place;
  const expected = {
    inbox: ORDER,
    rooms: ORDER,
    paged: ORDER,
    newest: ORDER.slice(2),
    read: ORDER.map((text, i) => `${i + 1} ${text}`),
    found: ORDER.filter((text) => text.includes("e")),
  };
  assert.deepEqual(await readings(alice, room), expected);
  assert.deepEqual(await readings(bob, room), expected);
  // What is not sent yet stands at the end, and moves when it has its number.
  await alice.disconnect();
  await alice.client.write(room, "eight");
  await say(bob, room, "seven");
  assert.equal((await readings(alice, room)).inbox.at(-1), "eight");
  await alice.connect();
  await settle(alice, bob);
  assert.deepEqual((await readings(alice, room)).inbox.slice(-2), ["seven", "eight"]);
  assert.deepEqual((await readings(bob, room)).inbox.slice(-2), ["seven", "eight"]);
});
