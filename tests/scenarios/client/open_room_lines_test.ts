/** Open rooms as they are typed in a dialogue: created, listed, looked at, entered, left. */

import assert from "node:assert/strict";
import { Dialogue } from "../../../lib/cli/dialogue/dialogue.ts";
import { typedLine } from "../../../lib/cli/dialogue/lines_in.ts";
import { appOf } from "../../kit/app_clients.ts";
import type { TestClient } from "../../kit/test_client.ts";
import { infoOf, settle, town } from "../../kit/town.ts";

/** Somebody at a dialogue; `enter` says what a line came to. */
function sitDown({ client }: TestClient) {
  const said: string[] = [];
  const none = () => Promise.reject(new Error("nobody asks for this"));
  const desk: Dialogue = new Dialogue({
    app: appOf(client),
    dialogue: { print: (text) => Promise.resolve(void said.push(text)) },
    stage: { open: undefined, resolve: (path) => path, downloads: "." },
    isAttended: true,
    secrets: { keeper: none, greet: none, readFile: none },
    onPartner: () => {},
  });
  return {
    async enter(line: string): Promise<string> {
      const before = said.length;
      await typedLine(desk, line)();
      return said.slice(before).join("\n");
    },
    [Symbol.asyncDispose]: () => desk.close(),
  };
}

const OPEN = "open: everyone on this server can join and read from then on";

Deno.test("an open room in a dialogue: its kind is said where it is created, listed, opened and entered", async () => {
  await using place = await town(3);
  const { alice, bob, carol, clients } = place;
  await using atAlice = sitDown(alice);
  await using atBob = sitDown(bob);
  await using atCarol = sitDown(carol);
  const created = await atAlice.enter("/room new lobby --open --topic hello --size 50");
  assert.match(created, new RegExp(`Created #lobby\\n.*It is ${OPEN}\n`));
  assert.match(await atBob.enter("/room list"), /you are in no rooms/);
  assert.match(await atBob.enter("/rooms --open"), /#\d+ lobby: hello \(1 of 50 members\)/);
  // Looking is no coming in.
  const looked = await atBob.enter("/to #lobby");
  assert.match(looked, new RegExp(`Now talking to #lobby\n.*it is ${OPEN}; you join`));
  assert.deepEqual(await bob.client.rooms.list(), []);
  await atBob.enter("good evening");
  await bob.client.flush();
  // That one is in it now is noted in the room, which the dialogue shows as well: once is enough.
  const joined = await atCarol.enter("/join lobby");
  assert.match(joined, new RegExp(`^\\* It is ${OPEN}\n\\* Now talking to #lobby$`));
  await settle(...clients);
  assert.deepEqual(await alice.texts(), ["bob: good evening"]);
  const [{ room }] = await carol.client.rooms.list();
  assert.deepEqual([...(await infoOf(alice, room)).members.keys()], ["alice", "bob", "carol"]);
  assert.match(await atCarol.enter("/room info lobby"), new RegExp(`${OPEN}; up to 50 members`));
  assert.match(await atCarol.enter("/room list"), /\(open, 3 members, you are member\)/);
});

Deno.test("an open room in a dialogue: what cannot be done is said with the way on", async () => {
  await using place = await town(2);
  const { alice, bob } = place;
  await using atAlice = sitDown(alice);
  await using atBob = sitDown(bob);
  for (const line of ["/room new a b --open", "/room new a --open --name b"]) {
    assert.match(await atAlice.enter(line), /An open room has one name and invites nobody/);
  }
  assert.match(await atAlice.enter("/room new --open"), /An open room needs a name\. Example:/);
  assert.match(await atAlice.enter("/room new --name ops"), /Nobody is named to invite\. Example:/);
  assert.match(await atAlice.enter("/room new --open --name annex"), /Created #annex/);
  assert.match(await atAlice.enter("/room new bob --size 5"), /--size is for a room with --open/);
  assert.match(await atAlice.enter("/room new den --open --size 1001"), /2 to 1000 members/);
  assert.match(await atBob.enter("/rooms --open"), /annex/);
  assert.match(
    await atBob.enter("/join lobby"),
    /Cannot find open room lobby, nor an invitation to it\. room list --open/,
  );
  await atAlice.enter("/room new lobby --open");
  // A line for a room that is not open on the screen goes nowhere.
  const hint = /You are not in #lobby, an open room\. To join it: room join lobby/;
  assert.match(
    await atBob.enter("#lobby:hello"),
    /You are in no room #lobby: \/room list --open/,
  );
  assert.match(await atBob.enter("/room info lobby"), hint);
  assert.deepEqual(await bob.client.rooms.list(), []);
  await atBob.enter("/to #lobby");
  assert.match(await atBob.enter("/room leave lobby"), /You left #lobby/);
  assert.deepEqual(await bob.client.rooms.open.looked(), []);
});
