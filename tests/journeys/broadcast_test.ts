import { deepEqual, equal, match } from "node:assert/strict";
import { Journey, jsonLines } from "./programs.ts";

const SEED_TIME = "\\d\\d [A-Z][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d";

Deno.test("broadcasts are numbered over a restart of the server, and reach who is there and who was not", async () => {
  await using journey = await Journey.open({ people: ["alice", "bob", "carol", "dave"] });
  await using bob = journey.start("bob", ["receive", "--follow", "--json"]);
  await using carol = journey.converse("carol", ["--plain"]);
  await carol.line(/^Welcome carol$/);
  const first = await journey.run("alice", ["broadcast", "Hello"]);
  equal(first.code, 0, first.stderr);
  match(first.stdout, new RegExp(`^Broadcast message, #1 broadcast at ${SEED_TIME}\\.\n$`));
  await bob.line(/"number":1,/);
  await carol.line(/^\d\d:\d\d {2}\[broadcast #1, readable by all\] alice ▸ Hello$/);

  equal(await journey.stop(), 0);
  await journey.restart();
  const text = 'Hel lo; "all"\nand more 🧛';
  const second = await journey.talk("alice", ["bcm", "--stdin", "--json"], `${text}\n`);
  equal(second.code, 0, second.stderr);
  const [said] = jsonLines(second.stdout);
  deepEqual([said.type, said.number, said.own, said.readableBy], [
    "broadcast",
    2,
    true,
    "everyone",
  ]);
  await bob.line(/"number":2,/);
  await carol.line(/\[broadcast #2, readable by all\] alice ▸ Hel lo; "all"$/);
  equal(await bob.stop("SIGINT"), 130);
  const received = jsonLines((await bob.lines(2)).join("\n"));
  deepEqual(received.map(({ type, from, text }) => ({ type, from, text })), [
    { type: "broadcast", from: "alice", text: "Hello" },
    { type: "broadcast", from: "alice", text },
  ]);

  const away = await journey.run("dave", ["receive", "--json"]);
  deepEqual(jsonLines(away.stdout).map(({ number, text }) => [number, text]), [
    [1, "Hello"],
    [2, text],
  ]);
  const read = await journey.run("dave", ["read", "--broadcasts", "--since", "1h ago"]);
  equal(read.code, 0, read.stderr);
  const line = `${SEED_TIME}; alice; `;
  match(
    read.stdout,
    new RegExp(`^1; ${line}Hello\n2; ${line}Hel lo; "all"\n {4}and more 🧛\n$`),
    "a line that follows is indented, so that it cannot look like another broadcast",
  );
  await carol.type("/rdm b 2h");
  await carol.line(new RegExp(`^1; ${line}Hello$`));
  await carol.type("/rdm b 1 Jun 2100 16:00:00");
  await carol.line(/^\* no new message$/);
  await carol.type("/rdm b soon");
  await carol.line(/^\* I can't read the date 'soon'\. Try 1 Jun 2022 16:00:00 or 2h\.$/);
  await carol.line(/^ +Example: \/rdm s 256 2h$/);
  const bad = await journey.run("dave", ["read", "--since", "x"]);
  equal(bad.code, 2);
  match(
    bad.stderr,
    /^I can't read the date 'x'\. Try 1 Jun 2022 16:00:00 or 2h\.\nExample: heliograph read /m,
  );
});

Deno.test("who is busy says so over a restart of the server, and sees afterwards what came in meanwhile", async () => {
  await using journey = await Journey.open({ people: ["alice", "bob"] });
  await using bob = journey.converse("bob", ["--plain"]);
  await bob.line(/^Welcome bob$/);
  await bob.type("/busy lunch 30m");
  await bob.line(/^\* you are busy since .+ until .+: lunch \(readable by the server\)\./);
  const who = async () => {
    const { stdout } = await journey.run("alice", ["who", "--json"]);
    return jsonLines(stdout).find(({ account }) => account === "bob");
  };
  const busy = (await who())?.busy as Record<string, unknown>;
  equal(busy.text, "lunch");
  equal(Number(busy.untilMs) - Number(busy.sinceMs) > 29 * 60_000, true);
  for (const text of ["one", "two"]) {
    const sent = await journey.run("alice", ["send", "bob", text, "--wait", "delivered"]);
    equal(sent.code, 0, sent.stderr);
  }
  const talked = await journey.talk("alice", ["--plain"], "bob:three\nbob:four\n");
  const told = talked.stdout.match(
    /^\* bob is busy .+: lunch .+; your message waits there quietly$/gm,
  );
  equal(told?.length, 1, talked.stdout);
  equal((await journey.run("alice", ["broadcast", "five"])).code, 0);

  equal(await journey.stop(), 0);
  await journey.restart();
  await bob.line(/^\* connected again/);
  const again = await who();
  equal((again?.busy as Record<string, unknown>).text, "lunch");
  await bob.type("/away a long lunch 1h");
  await bob.line(/^\* you are busy .+: a long lunch /);
  equal(((await who())?.busy as Record<string, unknown>).text, "a long lunch");
  equal(typeof again?.session, "number");

  await bob.type("/free");
  await bob.type("/quit");
  await bob.line(/^Bye, bob!$/);
  const shown = (await bob.lines(0)).filter((line) => /you are|unread|▸/.test(line)).map((line) =>
    line.replace(/^\d\d:\d\d {2}/, "")
  );
  deepEqual(shown.slice(2), [
    "* you are free",
    "* 5 unread messages",
    ...["one", "two", "three", "four"].map((text) => `alice ▸ ${text}`),
    "[broadcast #1, readable by all] alice ▸ five",
  ]);
  const free = await journey.run("bob", ["inbox", "--json"]);
  deepEqual(jsonLines(free.stdout).map(({ unread }) => unread), [0, 0]);
  const read = await journey.run("bob", ["read", "alice", "--since", "today"]);
  match(read.stdout, new RegExp(`^1; ${SEED_TIME}; alice; one\n2; ${SEED_TIME}; alice; two\n3; `));
});
