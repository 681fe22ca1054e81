import { deepEqual, equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { type Ended, Journey, jsonLines } from "./programs.ts";

const KICKED =
  /You were kicked by yoda: younglings\. Until \d+ [A-Z][a-z]{2} \d{4} \d\d:\d\d UTC(\. Neither stored nor sent)?\n/;

/** Checks how a program ended and what it said. */
function expectEnd(ended: Ended, code: number, says: RegExp): void {
  equal(ended.code, code, ended.stdout + ended.stderr);
  match(ended.stdout + ended.stderr, says);
}

/** A server with yoda, anakin and obiwan, where the operator has made yoda owner. */
async function openTemple(): Promise<Journey> {
  const journey = await Journey.open({ people: ["yoda", "anakin", "obiwan"] });
  const granted = await journey.operate(["user", "grant", "yoda", "owner"]);
  expectEnd(granted, 0, /^yoda is now owner \(was member\)$/m);
  return journey;
}

async function linkSecondDevice(journey: Journey): Promise<void> {
  const linked = await journey.run("anakin-laptop", [
    ...["login", "anakin", "--password-file", await journey.passwordFile("anakin")],
    ...["--recovery-code-file", join(journey.folder, "anakin.recovery")],
    ...["--trust", journey.ready.fingerprint],
  ]);
  equal(linked.code, 0, linked.stderr);
}

Deno.test("J8: a kick ends all devices with the reason and exit code 6, holds over a restart, and is taken back", async () => {
  await using journey = await openTemple();
  await linkSecondDevice(journey);
  await using witness = journey.converse("obiwan", ["--plain"]);
  await using desk = journey.converse("anakin", ["--plain"]);
  await using laptop = journey.converse("anakin-laptop", ["--plain"]);
  for (const client of [witness, desk, laptop]) {
    await client.line(/^\* online: .*anakin|anakin joined/);
  }

  const yoda = await journey.talk(
    "yoda",
    ["--plain"],
    "/kick anakin 1d younglings\n/viewkickusers\n/quit\n",
  );
  equal(yoda.code, 0, yoda.stderr);
  match(yoda.stdout, /^\* anakin was kicked until .+ \d\d:\d\d\. Undo: \/unkick anakin$/m);
  match(
    yoda.stdout,
    /but stay in encrypted rooms: only the rooms' owners can remove them/,
    "SR-37",
  );
  match(yoda.stdout, /^\* anakin by yoda until .+: younglings \(kicked .+\)$/m);
  for (const device of [desk, laptop]) expectEnd(await device.ended(), 6, KICKED);
  await witness.line(/^\* anakin was kicked \(online: obiwan.*\)$/);

  await journey.kill();
  await journey.restart();
  const again = ["--password-file", await journey.passwordFile("anakin")];
  const trust = ["--trust", journey.ready.fingerprint];
  for (
    const refused of [
      await journey.run("anakin", ["who"]),
      await journey.run("anakin-laptop", ["send", "obiwan", "hi"]),
      await journey.run("elsewhere", ["login", "anakin", ...again, ...trust]),
      await journey.run("elsewhere", [
        ...["register", "anakin", ...again, ...trust],
        ...["--recovery-file", join(journey.folder, "elsewhere.recovery")],
      ]),
    ]
  ) expectEnd(refused, 6, KICKED);
  const { stdout } = await journey.run("anakin", ["who", "--json"]);
  const [error] = jsonLines(stdout);
  deepEqual([error.type, error.code, error.name], ["error", 6, "kicked"]);

  const list = jsonLines((await journey.run("yoda", ["user", "kicklist", "--json"])).stdout);
  deepEqual(list.map(({ type, name, by, reason }) => [type, name, by, reason]), [
    ["kicked", "anakin", "yoda", "younglings"],
  ]);
  const back = await journey.talk("yoda", ["--plain"], "/unkick anakin\n/kicklist\n/quit\n");
  // Somebody who comes back after the restart may be told of in between.
  match(back.stdout, /^\* anakin may sign in again\n(?:.*\n)*?\* nobody is kicked$/m);
  expectEnd(await journey.run("anakin", ["who"]), 0, /./);
  expectEnd(await journey.run("anakin-laptop", ["who"]), 0, /./);

  const audit = jsonLines((await journey.run("yoda", ["audit", "--json"])).stdout);
  deepEqual(audit.map(({ by = "operator", action, target }) => `${by} ${action} ${target}`), [
    "yoda unkick anakin",
    "yoda kick anakin",
    "operator grant yoda",
  ]);
  equal(audit[1].detail, "younglings");
  ok(Number(audit[1].untilMs) > Number(audit[1].atMs));
});

Deno.test("J8: who has no role is told which one, and the last owner stays", async () => {
  await using journey = await openTemple();
  const run = (person: string, ...args: string[]) => journey.run(person, args);
  const needsModerator = /^You need the moderator role for \/kick\.$/m;
  expectEnd(await run("obiwan", "user", "kick", "anakin"), 6, needsModerator);
  const said = await journey.talk("obiwan", ["--plain"], "/kickuser anakin 1d\n/quit\n");
  match(said.stdout, /^\* You need the moderator role for \/kickuser\.$/m);

  const last = /yoda is the last owner/;
  expectEnd(await run("yoda", "user", "kick", "yoda"), 6, /^This is you: choose another name$/m);
  expectEnd(await run("yoda", "grant", "yoda", "0"), 6, last);
  expectEnd(await journey.operate(["user", "kick", "yoda"]), 6, last);
  expectEnd(await journey.operate(["user", "grant", "yoda", "member"]), 6, last);

  {
    await using obiwan = journey.converse("obiwan", ["--plain"]);
    await obiwan.line(/^\* online: .*obiwan/);
    expectEnd(await run("yoda", "grant", "obiwan", "moderator"), 0, /obiwan is now moderator/);
    await obiwan.line(/^\* yoda changed your role on this server: you are now a moderator$/);
  }
  match(
    (await journey.talk("obiwan", ["--plain"], "/whoami\n/quit\n")).stdout,
    /^role moderator$/m,
  );
  const kicks = ["/kick yoda 1h", "/kick anakn", "/kick anakin 1dd", "/grant obiwan", "/quit\n"];
  const { stdout } = await journey.talk("obiwan", ["--plain"], kicks.join("\n"));
  match(stdout, /^\* You need the owner role for \/kick here: yoda is an owner\.$/m);
  match(stdout, /No account "anakn" on this server\s+Did you mean anakin\?/);
  match(stdout, /I can't read the duration '1dd'/);
  match(stdout, /^\* obiwan is moderator: \/broadcast, \/kick, \/unkick, \/mute-user,/m);
  expectEnd(
    await run("yoda", "user", "kick", "palpatine"),
    4,
    /No account "palpatine" on this server/,
  );
  expectEnd(await run("yoda", "user", "unkick", "anakin"), 4, /anakin is not kicked/);
});

Deno.test("the operator's kick ends a client that follows, and a mute keeps what is said until it is over", async () => {
  await using journey = await openTemple();
  equal((await journey.run("obiwan", ["send", "anakin", "hello there"])).code, 0);
  expectEnd(
    await journey.run("yoda", ["user", "mute", "anakin", "1h", "not now"]),
    0,
    /^anakin is muted until .+ Undo: heliograph user unmute anakin$/m,
  );
  const received = await journey.run("anakin", ["receive", "--json"]);
  deepEqual(jsonLines(received.stdout).map(({ text }) => text), ["hello there"]);
  const muted = await journey.run("anakin", ["send", "obiwan", "I hate sand"]);
  expectEnd(muted, 6, /You are muted by yoda: not now\. Until /);
  equal((await journey.run("yoda", ["user", "unmute", "anakin"])).code, 0);
  equal((await journey.run("anakin", ["send", "obiwan", "and you"])).code, 0);
  const kept = await journey.run("obiwan", ["receive", "--json"]);
  deepEqual(jsonLines(kept.stdout).map(({ text }) => text), ["I hate sand", "and you"]);

  await using following = journey.start("anakin", ["receive", "--follow"]);
  equal((await journey.run("obiwan", ["send", "anakin", "one more"])).code, 0);
  await following.line(/one more/);
  expectEnd(await journey.operate(["user", "kick", "anakin"]), 0, /^anakin was banned\. Undo/);
  expectEnd(await following.ended(), 6, /You were banned by the operator\n/);
  const list = await journey.operate(["user", "kicklist"]);
  expectEnd(list, 0, /^anakin by the operator until somebody undoes it$/m);
  expectEnd(await journey.operate(["user", "unkick", "anakin"]), 0, /^anakin may sign in again$/m);
  equal((await journey.run("anakin", ["who"])).code, 0);
});
