import assert from "node:assert/strict";
import { parseConsoleLine } from "../../../../lib/admin/console/console_line.ts";
import { CONSOLE_TABLE } from "../../../../lib/admin/console/console_table.ts";
import { NOTICE_MAX_LENGTH } from "../../../../lib/protocol/hop/server.ts";
import { utf8 } from "../../../../lib/base/bytes.ts";
import { settle } from "../../../kit/clock.ts";
import { findIn } from "../../../kit/canary.ts";
import { FakeControls, makeRunner } from "../../../kit/console.ts";
import { guess, NO_PASSWORD, ready, registered } from "../../../kit/raw_account.ts";
import { TestServer } from "../../../kit/test_server.ts";

/** What the seeds type, and what it must come to. */
const SPELLINGS = {
  db: ["db", "/db", "DB", "users", "user list"],
  active: ["active", "/active", "who"],
  info: ["info", "/info", "tasks"],
  kick: ["kick", "/kickuser", "kickuser", "user kick"],
  unkick: ["unkick", "unban", "pardon"],
  kicklist: ["kicklist", "viewkickusers", "/viewkickusers"],
  grant: ["grant", "changegrant"],
  exit: ["exit", "quit", "stop"],
  help: ["help", "?"],
} as const;

async function openTemple() {
  await using opening = new AsyncDisposableStack();
  const server = opening.use(await TestServer.open());
  await registered(server, "yoda");
  await registered(server, "anakin", { which: 1 });
  const controls = new FakeControls();
  const runner = makeRunner(server, controls);
  const owned = opening.move();
  return {
    server,
    runner,
    controls,
    /** A line, and what it is answered with. */
    async say(line: string, json = false) {
      const { out, exit } = await runner.run(line, { json });
      return { text: out.join("\n"), exit };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

Deno.test("the console knows the seeds' spellings, with a slash or without, in any case", () => {
  for (const [name, spellings] of Object.entries(SPELLINGS)) {
    for (const spelling of spellings) {
      const words = ["kick", "unkick"].includes(name) ? " anakin" : "";
      const line = `${spelling}${words}${name === "grant" ? " anakin 1" : ""}`;
      const parsed = parseConsoleLine(line);
      assert.equal(parsed.kind === "command" && parsed.row.name, name, line);
    }
  }
});

Deno.test("every example that the console's help shows is a line that it takes", () => {
  for (const row of CONSOLE_TABLE.rows) {
    for (const { line } of row.examples) {
      const parsed = parseConsoleLine(line);
      assert.equal(parsed.kind === "command" && parsed.row.name, row.name, line);
    }
  }
});

Deno.test("S3.59: an empty line is answered with nothing", async () => {
  await using temple = await openTemple();
  for (const line of ["", "   ", "\t"]) {
    assert.deepEqual(await temple.say(line), { text: "", exit: 0 });
  }
});

Deno.test("an unknown word gets the nearest command and the list, and changes nothing", async () => {
  await using temple = await openTemple();
  const { text, exit } = await temple.say("kik anakin");
  assert.equal(exit, 2);
  assert.match(
    text,
    /^No command kik\. Did you mean kick\?\nCommands: active, .*history$/,
  );
  assert.match((await temple.say("xyzzy")).text, /help lists them all\nCommands: /);
  assert.match((await temple.say('"')).text, /^No command/);
  assert.deepEqual(await temple.server.parts.store.listAudit({ limit: 9 }), []);
});

Deno.test("who is here is not asked of a server that restarts already: it has let them go", async () => {
  await using temple = await openTemple();
  await temple.say("restart 5m upgrade");
  assert.equal((await temple.say("active")).exit, 0);
  await temple.say("restart");
  const text = "The server is restarting: ask again when it is back";
  assert.deepEqual(await temple.say("active"), { text, exit: 5 });
  const inJson = await temple.say("active", true);
  assert.deepEqual([inJson.exit, JSON.parse(inJson.text).message], [5, text]);
  temple.server.parts.ending.cancel();
  assert.equal((await temple.say("active")).exit, 0);
});

Deno.test("who is not there is named, also by a word that nobody can have as a name", async () => {
  await using temple = await openTemple();
  for (const name of ["nobody", "zorro"]) {
    for (
      const line of [`kick ${name} 1d`, `unkick ${name}`, `mute ${name}`, `grant ${name} owner`]
    ) {
      const text = `No account "${name}" on this server`;
      assert.deepEqual(await temple.say(line), { text, exit: 4 }, line);
    }
  }
});

Deno.test("missing, surplus and malformed arguments are named, with an example", async () => {
  await using temple = await openTemple();
  for (
    const [line, says] of [
      [
        "kick",
        /^NAME is missing\nUsage: kick NAME \[TERMS…\].*\nExample: kick anakin 1d younglings$/,
      ],
      ["kick anakin 1dd", /^I can't read the duration '1dd'.*\nExample: kick anakin/],
      ["grant anakin", /^ROLE is missing/],
      [
        "grant anakin king",
        /^A role is owner, moderator or member; or 1, 0\nExample: grant yoda owner$/,
      ],
      ["unlock a b", /^unlock takes fewer words: leave out b\n/],
      ["db --jsn", /^No option --jsn\. Did you mean --json\?/],
      ["log loud", /^LEVEL is one of debug, info, warning, error, not loud/],
      ["audit many", /^COUNT is 1 to 100,000, not many\nExample: audit 10$/],
      ["audit 0", /^COUNT is 1 to 100,000, not 0/],
      ["audit 100001", /^COUNT is 1 to 100,000/],
      ["broadcast", /^TEXT is missing/],
      ["help kik", /^No command kik\. Did you mean kick\?/],
    ] as const
  ) {
    const { text, exit } = await temple.say(line);
    assert.equal(exit, 2, line);
    assert.match(text, says);
  }
});

Deno.test("SR-57: each command of the console is in the audit log, by its name and nothing else of the line", async () => {
  await using temple = await openTemple();
  for (const line of ["db", "/active", "unlock hunter2-my-password", "log debug", "quit"]) {
    await temple.say(line);
  }
  const record = await temple.server.parts.store.listAudit({ limit: 9 });
  assert.deepEqual(
    record.map(({ by, action, target, detail }) => [by, action, target, detail]),
    ["exit", "log", "unlock", "active", "db"].map((
      name,
    ) => [undefined, "console", undefined, name]),
  );
});

Deno.test("db shows roles, times and status of everybody, and never a hash, key or record", async () => {
  await using temple = await openTemple();
  await temple.say("grant yoda 1");
  await temple.say("kick anakin 1d younglings");
  const { text } = await temple.say("db");
  assert.match(text, /^NAME +ROLE +CREATED +LAST SEEN +DEVICES +STATUS$/m);
  assert.match(text, /^anakin +member +2026-01-01 00:00Z +2026-01-01 00:00Z +1 +kicked$/m);
  assert.match(text, /^yoda +owner .* 1$/m);
  const json = await temple.say("db --json");
  assert.deepEqual(
    json.text.split("\n").map((line) => JSON.parse(line)).map(({ type, name, status }) => [
      type,
      name,
      status,
    ]),
    [["account", "anakin", ["kicked"]], ["account", "yoda", []]],
  );
  assert.deepEqual(findIn("output", utf8(text + json.text), NO_PASSWORD), []);
});

Deno.test("row S0.10: db says when somebody was here last, not when they came", async () => {
  await using temple = await openTemple();
  const { server } = temple;
  const alice = await ready(server, await registered(server, "alice", { which: 2 }));
  const seen = async () => /^alice .*Z +(\S+ \S+Z) +1/m.exec((await temple.say("db")).text)?.[1];
  await server.clock.advance(60_000);
  assert.equal(await seen(), "2026-01-01 00:01Z", "who is here is seen now");
  await alice.close();
  await settle();
  await server.clock.advance(60_000);
  assert.equal(await seen(), "2026-01-01 00:01Z");
});

Deno.test("S0.12: info lists every connection's task with its queues, memory, uptime and versions", async () => {
  await using temple = await openTemple();
  const { server } = temple;
  await server.handshake();
  const alice = await ready(server, await registered(server, "alice", { which: 2 }));
  await server.clock.advance(21_000);
  const { text } = await temple.say("tasks");
  assert.match(text, /^Version +\S+, Deno \d.*, V8 \d/m);
  assert.match(text, /^Running +for 21 s, process \d+$/m);
  assert.match(text, /^Memory +\d+(\.\d)? [MG]B, of it \d/m);
  assert.match(text, /^Tasks +listener, upkeep, \d connections$/m);
  assert.match(text, /^CONNECTION +STATE +ADDRESS +FOR +SENT +QUEUED +DROPPED +VIDEOS$/m);
  assert.match(text, /signed in, 1 person$/m);
  assert.match(text, /^- +stranger +192\.0\.2\.1 +21 s +\S+ \S+ +0 B +0 +0$/m);
  assert.match(text, /^\d+ alice +ready /m);
  const facts = (await temple.say("info", true)).text.split("\n").map((line) => JSON.parse(line));
  assert.equal(facts[0].type, "server");
  assert.equal(facts.filter(({ name }) => name === "alice").length, 1);
  await alice.close();
});

Deno.test("active names who is here, with sessions and times; nobody when nobody is", async () => {
  await using temple = await openTemple();
  assert.deepEqual(await temple.say("active"), { text: "Nobody is online", exit: 0 });
  const alice = await registered(temple.server, "alice", { which: 2 });
  const [first, second] = [await ready(temple.server, alice), await ready(temple.server, alice)];
  await temple.server.clock.advance(5000);
  assert.match(
    (await temple.say("who")).text,
    /^alice +2 +2026-01-01 00:00Z +5 s +192\.0\.2\.1:0 192\.0\.2\.1:0$/m,
  );
  assert.match((await temple.say("db")).text, /^alice .* online$/m);
  await first.close();
  await second.close();
});

Deno.test("SR-60: a broadcast of the console is the server's own notice, and no broadcast of anybody", async () => {
  await using temple = await openTemple();
  const { server } = temple;
  const alice = await ready(server, await registered(server, "alice", { which: 2 }));
  const { text } = await temple.say('broadcast back in "five" minutes');
  assert.equal(text, "Sent to 1 connection; people who are offline do not get it");
  assert.equal((await alice.next("server.notice")).header.text, 'back in "five" minutes');
  const { broadcasts } = await server.parts.store.listBroadcasts({
    after: 0,
    sinceMs: 0,
    limit: 9,
  });
  assert.deepEqual(broadcasts, []);
  assert.equal((await temple.say(`broadcast ${"x".repeat(NOTICE_MAX_LENGTH)}`)).exit, 0);
  const long = await temple.say(`broadcast ${"x".repeat(NOTICE_MAX_LENGTH + 1)}`);
  assert.equal(long.exit, 2);
  assert.match(
    long.text,
    /^The text has 2001 characters: at most 2000 are allowed\nExample: broadcast /,
  );
  await alice.close();
});

Deno.test("a refused command of the console changes nothing", async () => {
  await using temple = await openTemple();
  await temple.say("grant yoda owner");
  for (
    const [line, says] of [
      ["kick yoda", /^yoda is the last owner/],
      ["grant yoda member", /^yoda is the last owner/],
      ["kick palpatine", /^No account "palpatine" on this server$/],
      ["unkick anakin", /^anakin is not kicked$/],
      ["unmuteuser anakin", /^anakin is not muted$/],
      ["unlock palpatine", /^No account has this name$/],
    ] as const
  ) {
    assert.match((await temple.say(line)).text, says);
  }
  assert.equal((await temple.say("kicklist")).text, "Nobody is kicked");
  assert.match((await temple.say("db")).text, /^yoda +owner/m);
});

Deno.test("kick, mute and their ends are words of the console, each with its undo", async () => {
  await using temple = await openTemple();
  const until = "2 Jan 2026 00:00 UTC";
  for (
    const [line, answer] of [
      ["kickuser anakin 1d younglings", `anakin was kicked until ${until}. Undo: unkick anakin`],
      ["viewkickusers", `anakin by the operator until ${until}: younglings`],
      ["pardon anakin", "anakin may sign in again"],
      ["ban anakin for good", "anakin was banned. Undo: unkick anakin"],
      ["kicklist", "anakin by the operator until somebody undoes it: for good"],
      ["unban anakin", "anakin may sign in again"],
      ["mute-user anakin 1d", `anakin is muted until ${until}. Undo: unmute-user anakin`],
      ["mutes", `anakin by the operator until ${until}`],
      ["unmuteuser anakin", "anakin may write again"],
    ] as const
  ) {
    assert.deepEqual(await temple.say(line), { text: answer, exit: 0 });
  }
});

Deno.test("SR-40: locks shows who is locked, and unlock ends it", async () => {
  await using temple = await openTemple();
  const client = await temple.server.handshake();
  for (let i = 0; i < 3; i++) await guess(client, "anakin", `wrong ${i}`);
  assert.match((await temple.say("locks")).text, /^anakin +1 min$/m);
  assert.equal((await temple.say("unlock anakin")).text, "anakin may try again");
  assert.equal((await temple.say("locks")).text, "Nobody is locked");
  await client.close();
});

Deno.test("log changes the level of the running server, and shows it", async () => {
  await using temple = await openTemple();
  assert.equal((await temple.say("log")).text, "Log level info");
  assert.equal((await temple.say("log debug")).text, "Log level debug");
  assert.equal(temple.controls.logLevel, "debug");
});

Deno.test("exit answers first, and ends the server only once the answer is on its way", async () => {
  await using temple = await openTemple();
  for (const word of ["exit", "quit", "stop"]) {
    const { out, afterwards } = await temple.runner.run(word);
    assert.deepEqual(out, ["The server is stopping"]);
    assert.deepEqual(temple.controls.did, []);
    afterwards?.();
    assert.deepEqual(temple.controls.did.splice(0), ["stop"]);
  }
  const { ending } = temple.server.parts;
  const { afterwards } = await temple.runner.run("exit new disks");
  const planned = () => [ending.planned?.kind, ending.planned?.reason];
  assert.deepEqual(planned(), [undefined, undefined]);
  afterwards?.();
  assert.deepEqual(planned(), ["stop", "new disks"]);
  ending.cancel();
  assert.equal((await temple.say(`exit ${"x".repeat(201)}`)).exit, 2);
});

Deno.test("rooms and videos say that there are none", async () => {
  await using temple = await openTemple();
  assert.equal((await temple.say("rooms")).text, "No rooms");
  assert.equal((await temple.say("videos")).text, "No videos");
});

Deno.test("drain and restart are ordered for now or a while, told, and taken back", async () => {
  await using temple = await openTemple();
  const { ending } = temple.server.parts;
  for (
    const [line, answer, kind] of [
      [
        "restart 5m upgrade",
        "The server restarts in 5 minutes, at 1 Jan 2026 00:05:00 UTC; everybody online sees it",
        "restart",
      ],
      [
        "drain 30s",
        "The server stops in 30 seconds, at 1 Jan 2026 00:00:30 UTC; everybody online sees it",
        "stop",
      ],
      ["drain cancel", "The server keeps running", undefined],
      ["restart cancel", "No stop or restart was planned", undefined],
      ["restart", "The server restarts now", "restart"],
    ] as const
  ) {
    assert.deepEqual(await temple.say(line), { text: answer, exit: 0 });
    assert.equal(ending.planned?.kind, kind);
  }
  ending.cancel();
  assert.equal((await temple.say("drain now new disks")).text, "The server stops now");
  assert.equal(ending.planned?.reason, "new disks");
  ending.cancel();
  assert.equal((await temple.say("drain 7d")).exit, 0);
  ending.cancel();
  for (
    const [line, says] of [
      ["drain 8d", /^The longest time is a week\nExample: drain 5m/],
      ["restart soonish 5x", /^I can't read the time 'soonish'/],
      [
        "restart x",
        /^I can't read the time 'x'. Write it as 30s, 5m, 1h or now, then the reason\n/,
      ],
      ["drain soon", /^I can't read the time 'soon'/],
      ["drain 5x", /^I can't read the time '5x'/],
      [`drain 5m ${"x".repeat(201)}`, /^The reason has 201 characters: at most 200 are allowed/],
    ] as const
  ) {
    const { text, exit } = await temple.say(line);
    assert.equal(exit, 2, line);
    assert.match(text, says);
    assert.equal(ending.planned, undefined);
  }
});
