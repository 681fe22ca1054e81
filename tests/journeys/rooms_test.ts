/** Rooms through the real programs, as the seeds' people use them: yoda founds, obiwan answers, gandalf comes later. */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { type Ended, Journey, jsonLines } from "./programs.ts";

const PEOPLE = ["yoda", "obiwan", "gandalf", "sauron"];

function ended(run: Ended, code = 0): Ended {
  equal(run.code, code, run.stdout + run.stderr);
  return run;
}

/** What arrives for somebody in rooms, by number, sender and text. */
async function received(journey: Journey, person: string): Promise<unknown[]> {
  const { stdout } = ended(await journey.run(person, ["receive", "--json"]));
  return jsonLines(stdout).filter(({ type }) => type === "message")
    .map(({ room, roomName, number, from, text }) => ({ room, roomName, number, from, text }));
}

/** Everybody takes up what waits: who came in is told what was said by those who said it. */
async function settle(journey: Journey, ...people: readonly string[]): Promise<void> {
  for (const person of people) ended(await journey.run(person, ["room", "list"]));
}

async function found(journey: Journey): Promise<number> {
  const words = ["room", "new", "@obiwan", "gandalf", "--name", "ops"];
  const made = ended(await journey.run("yoda", words));
  // People get its name; its number is for programs.
  equal(made.stdout, "Created #ops, with obiwan, gandalf, yoda\n");
  const listed = ended(await journey.run("yoda", ["room", "list", "--json"]));
  const [number] = jsonLines(listed.stdout).map(({ room }) => Number(room));
  ok(number > 0, listed.stdout);
  return number;
}

Deno.test("people talk in a room, through a kill of the server; who comes later reads what was said", async () => {
  await using journey = await Journey.open({ people: PEOPLE });
  const room = await found(journey);

  await settle(journey, "obiwan");
  ended(await journey.run("yoda", ["send", "#ops", "hi"]));
  ended(await journey.run("obiwan", ["send", `#${room}`, "hello there"]));
  const at = { room, roomName: "ops" };
  deepEqual(await received(journey, "obiwan"), [{ ...at, number: 1, from: "yoda", text: "hi" }]);

  await journey.kill();
  await journey.restart();
  const delivered = ["send", "#ops", "back again", "--wait", "delivered", "--json"];
  await using sender = journey.start("yoda", delivered);
  await sender.says(/^Sent\. Waiting for #ops/);
  const { stdout } = ended(await journey.run("obiwan", ["receive"]));
  match(stdout, /^#ops yoda \d{4}-\d\d-\d\d \d\d:\d\d:\d\d back again$/m);
  const sent = jsonLines(ended(await sender.ended()).stdout);
  deepEqual(sent.map(({ to, room, state }) => ({ to, room, state })), [
    { to: `#${room}`, room, state: "delivered" },
  ]);

  // Row S3.28, whoever asks, in whatever order.
  const again = ended(await journey.run("gandalf", ["room", "new", "yoda", "obiwan"]), 6);
  match(
    again.stderr,
    new RegExp(
      `These people already share a room \\(ID: ${room}\\)\\s+To write there: send '#${room}' TEXT`,
    ),
  );
  await settle(journey, "yoda", "obiwan", "gandalf");
  const missed = (await received(journey, "gandalf")) as { number: number }[];
  deepEqual(missed.toSorted((one, other) => one.number - other.number), [
    { ...at, number: 1, from: "yoda", text: "hi" },
    { ...at, number: 2, from: "obiwan", text: "hello there" },
    { ...at, number: 3, from: "yoda", text: "back again" },
  ]);
  const read = await journey.run("gandalf", ["read", "--room", String(room), "--since", "1h"]);
  match(ended(read).stdout, /^1; \d\d \w{3} \d{4} [\d:]{8}; yoda; hi$/m);
  // A room is no sender of broadcasts: unknown, as it was before rooms and people were read by one command.
  const said = ["read", "--broadcasts", `#${room}`, "--since", "1h"];
  match(
    ended(await journey.run("gandalf", said), 4).stderr,
    /Cannot read broadcasts of a room: a broadcast goes to everyone. Leave out the room or --broadcasts/,
  );

  const info = jsonLines(
    ended(await journey.run("gandalf", ["room", "info", "ops", "--json"])).stdout,
  );
  deepEqual(info.map(({ role, members }) => ({ role, members })), [{
    role: "member",
    members: [
      { account: "yoda", name: "yoda", role: "owner" },
      { account: "gandalf", name: "gandalf", role: "member" },
      { account: "obiwan", name: "obiwan", role: "member" },
    ],
  }]);
});

Deno.test("who is removed from a room reads and says nothing more there; what is wrong is said", async () => {
  await using journey = await Journey.open({ people: PEOPLE });
  const nobody = ended(await journey.run("yoda", ["room", "new", "frodo", "obiwan", "sam"]), 4);
  match(
    nobody.stderr,
    /No account "frodo", "sam" on this server: give the name of a room with --name$/m,
  );
  const room = await found(journey);
  await settle(journey, "obiwan", "gandalf", "yoda");

  // Row S3.33.
  const missing = room === 999 ? 998 : 999;
  const unknown = ended(await journey.run("sauron", ["send", `#${missing}`, "hi"]), 4);
  match(
    unknown.stderr,
    new RegExp(`^Room ${missing} does not exist\\. Neither stored nor sent$`, "m"),
  );
  const stranger = ended(await journey.run("sauron", ["send", `#${room}`, "hi"]), 6);
  match(
    stranger.stderr,
    new RegExp(`^You are not a member of room ${room}\\. Neither stored nor sent$`, "m"),
  );
  const since = ["read", "--room", String(room), "--since", "1h"];
  match(ended(await journey.run("sauron", since), 6).stderr, /You are not a member of room/);
  ended(await journey.run("gandalf", ["room", "remove", "ops", "obiwan"]), 6);

  ended(await journey.run("yoda", ["room", "grant", "ops", "obiwan", "moderator"]));
  await settle(journey, "obiwan", "gandalf");
  ended(await journey.run("obiwan", ["room", "remove", "ops", "gandalf"]));
  ended(await journey.run("yoda", ["send", "#ops", "he is gone"]));
  const out = ended(await journey.run("gandalf", ["send", `#${room}`, "let me in"]), 6);
  match(
    out.stderr,
    new RegExp(`^You are not a member of room ${room}\\. Neither stored nor sent$`, "m"),
  );
  deepEqual(await received(journey, "gandalf"), []);
  equal(ended(await journey.run("gandalf", ["inbox", "--search", "let me in"])).stdout, "");

  const names = ["room", "name", String(room), "council", "--topic", "the ring"];
  equal(
    ended(await journey.run("yoda", names)).stdout,
    "This room is now called #council. Its topic: the ring\n",
  );
  await settle(journey, "obiwan");
  equal(
    ended(await journey.run("obiwan", ["room", "list"])).stdout,
    `#${room} council: the ring (2 members, you are moderator)\n`,
  );
  ended(await journey.run("obiwan", ["room", "leave", "council"]));
  await settle(journey, "yoda");
  ended(await journey.run("yoda", ["room", "leave", "council"]));
  const gone = ended(await journey.run("yoda", ["room", "info", String(room)]), 4);
  match(gone.stderr, new RegExp(`^Room ${room} does not exist\\.$`, "m"));
});

Deno.test("the dialogue founds a room, talks there and reads it", async () => {
  await using journey = await Journey.open({ people: PEOPLE.slice(0, 2) });
  await using obiwan = journey.converse("obiwan", ["--plain"]);
  await obiwan.line(/^Start with NAME:/);
  await using yoda = journey.converse("yoda", ["--plain"]);
  await yoda.line(/^Start with NAME:/);
  await yoda.type("/srb obiwan --name ops");
  await yoda.line(/^\* Created #ops, with obiwan, yoda$/);
  await obiwan.line(/^\* You are now in this room \(in #\w+\)$/);
  await yoda.line(/^\* obiwan joined \(invited by yoda\) \(in #ops\)$/);
  await obiwan.line(/^\* yoda named this room ops \(in #ops\)$/);
  await yoda.type("hi :)");
  await yoda.line(/^\d\d:\d\d {2}you to #ops ▸ hi 😀$/);
  await obiwan.line(/^\d\d:\d\d {2}#ops yoda ▸ hi 😀$/);
  await obiwan.type("#ops:hello there");
  await yoda.line(/^\d\d:\d\d {2}#ops obiwan ▸ hello there$/);
  await yoda.type("/rdm s ops 1h");
  await yoda.line(/^2; .*; obiwan; hello there$/);
  await yoda.type("/rdm s 1h");
  await yoda.line(/^#ops: 2; .*; obiwan; hello there$/);
  await obiwan.type("#1:psst");
  await obiwan.line(/^\* Room 1 does not exist\.$/);
  // In a pipe what comes behind a line that failed goes to nobody, until somebody is named again.
  await obiwan.type("lost?");
  await obiwan.line(/^\* This message is for nobody\./);
  await obiwan.type("#ops:back");
  await yoda.line(/^\d\d:\d\d {2}#ops obiwan ▸ back$/);
  await yoda.type("/srb obiwan");
  await yoda.line(
    /^\* These people already share a room \(ID: \d+\)/,
  );
  await yoda.type("/room grant ops obiwan moderator");
  await obiwan.line(/^\* yoda made obiwan a moderator of this room \(in #ops\)$/);
  await obiwan.type("/room name ops --topic rings");
  await yoda.line(/^\* obiwan named this room ops: rings \(in #ops\)$/);
  await yoda.type("/room info ops");
  await yoda.line(/#\d+ ops: rings$/);
  await yoda.line(/\byoda, owner \(you\)$/);
  await yoda.line(/\bobiwan, moderator$/);
  await yoda.type("/srm ops bye");
  await obiwan.line(/#ops yoda ▸ bye$/);
  await yoda.type("/room remove ops obiwan");
  await yoda.line(/^\* Removed obiwan from #ops$/);
  await obiwan.line(/^\* You are no longer in this room \(in #\d+\)$/);
  await obiwan.type("still here?");
  await obiwan.line(/^\* not sent to #\d+ yet: You are not a member of room \d+\.$/);
  await yoda.type("/quit");
  equal((await yoda.ended()).code, 0);
});

Deno.test("an invitation is declined or taken, a newcomer knows the name at once, and a room is repaired", async () => {
  await using journey = await Journey.open({ people: PEOPLE.slice(0, 3) });
  const run = async (person: string, ...words: string[]) =>
    ended(await journey.run(person, ["room", ...words])).stdout;
  equal(
    await run("gandalf", "invitations", "ask"),
    "You are asked before you join a room\n",
  );
  const room = await found(journey);

  // The first list of who comes in has the name, though nobody else is there.
  equal(
    await run("obiwan", "list"),
    `#${room} ops (2 members, you are member)\n`,
  );
  match(
    await run("gandalf", "invitations"),
    new RegExp(`^#${room}: yoda invites you, until \\d{4}-\\d\\d-\\d\\d [\\d:]+\\n$`),
  );
  equal(await run("gandalf", "decline", String(room)), `You declined #${room}\n`);
  const again = ended(await journey.run("gandalf", ["room", "join", String(room)]), 6);
  match(again.stderr, new RegExp(`^You are not invited to room ${room}\\.$`, "m"));
  match(await run("yoda", "info", "ops"), /^ +gandalf, declined the invitation$/m);
  const told = ended(await journey.run("yoda", ["inbox", `#${room}`])).stdout;
  match(told, /gandalf declined the invitation/);

  equal(
    await run("yoda", "topic", "ops", "the", "one", "ring"),
    "The topic of #ops is now: the one ring\n",
  );
  equal(
    await run("yoda", "repair", "ops"),
    "#ops continues with fresh keys: everybody is invited again\n",
  );
  const refused = ended(await journey.run("obiwan", ["room", "repair", String(room)]), 6);
  match(refused.stderr, /You need to be an owner to repair this room/);
  ended(await journey.run("obiwan", ["send", "#ops", "still here"]));
  await settle(journey, "yoda", "obiwan");
  equal(await run("obiwan", "topic", "ops"), "The topic of #ops is: the one ring\n");
  equal(await run("yoda", "topic", "ops", "-"), "#ops has no topic now\n");
  const none = ended(await journey.run("yoda", ["room", "topic", "ops"]));
  deepEqual([none.stdout, none.stderr], ["", "#ops has no topic\n"]);
  deepEqual(await received(journey, "yoda"), [
    { room, roomName: "ops", number: 1, from: "obiwan", text: "still here" },
  ]);
});
