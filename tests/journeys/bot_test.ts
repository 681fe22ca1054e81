/** J10: scripts without a terminal: a bot with a token of its own in cron, a program that reads a room. */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { copyInto } from "../kit/prepared.ts";
import { Journey, jsonLines, programCommand } from "./programs.ts";
import { preparedByPrograms } from "./town.ts";

const TOKEN = /^hgbot_[0-9a-f]{64}$/;

/** What the programs of a shell line do: `text | heliograph … send '#ops' --stdin --quiet`. */
function cron(journey: Journey, text: string, ...more: readonly string[]) {
  const args = ["send", "#ops", "--stdin", "--quiet", "--profile", "bot", ...more];
  return journey.talk("machine", args, text);
}

/** A server, yoda in room #ops with a bot that lives in a profile of its own, and the bot's token in a file. Returns their folder. */
async function buildSite(): Promise<string> {
  const journey = await Journey.open({ people: ["yoda", "alice"] });
  const registered = await journey.run("machine", [
    ...["register", "ops-bot", "--profile", "bot", "--trust", journey.ready.fingerprint],
    ...["--password-file", await journey.passwordFile("machine")],
    ...["--recovery-file", join(journey.folder, "bot.recovery")],
  ]);
  equal(registered.code, 0, registered.stderr);
  // Nobody sits there who could be asked about strangers.
  const open = await journey.run("machine", ["requests", "--from", "all", "--profile", "bot"]);
  equal(open.code, 0, open.stderr);
  const founded = await journey.run("yoda", ["room", "new", "ops-bot", "--name", "ops"]);
  equal(founded.code, 0, founded.stderr);
  const entered = await journey.run("machine", ["room", "list", "--profile", "bot"]);
  equal(entered.code, 0, entered.stderr);
  const synced = await journey.run("machine", ["receive", "--profile", "bot"]);
  equal(synced.code, 0, synced.stderr);
  const made = await journey.operate(["token", "new", "ops-bot", "--token-file", tokenOf(journey)]);
  equal(made.code, 0, made.stderr);
  await journey.stop();
  return journey.folder;
}

function tokenOf({ folder }: { readonly folder: string }): string {
  return join(folder, "bot.token");
}

/** The same one for each, of its own. */
async function openSite(): Promise<{ journey: Journey; token: string } & AsyncDisposable> {
  const site = await preparedByPrograms("bot-site", buildSite);
  const journey = await Journey.open({ moveIn: (folder) => copyInto(site, folder) });
  const token = tokenOf(journey);
  return { journey, token, [Symbol.asyncDispose]: () => journey[Symbol.asyncDispose]() };
}

Deno.test("J10, SR-48: a bot writes to a room with its token, from a file that only its owner reads", async () => {
  await using site = await openSite();
  const { journey, token } = site;
  match((await Deno.readTextFile(token)).trim(), TOKEN);
  if (Deno.build.os !== "windows") equal((Deno.statSync(token).mode ?? 0) & 0o777, 0o600);

  // The key alone is not enough any more.
  const without = await cron(journey, "no token\n");
  equal(without.code, 3, without.stderr);
  match(without.stderr, /signs in with a token only/);
  const sent = await cron(journey, "disk 93 %\nsecond line\n", "--token-file", token);
  deepEqual(sent, { code: 0, stdout: "", stderr: "" });

  // In the profile's folder it needs no option.
  await Deno.copyFile(token, join(journey.folder, "machine/heliograph/data/bot/token"));
  deepEqual(await cron(journey, "no option"), { code: 0, stdout: "", stderr: "" });
  const read = await journey.run("yoda", ["recv", "--room", "#ops", "--json"]);
  equal(read.code, 0, read.stderr);
  const said = jsonLines(read.stdout).filter(({ type }) => type === "message");
  deepEqual(said.map(({ v, from, text }) => [v, from, text]), [
    [1, "ops-bot", "disk 93 %\nsecond line"],
    [1, "ops-bot", "no option"],
  ]);
  const waited = await cron(journey, "to nobody who is there", "--wait", "sent");
  equal(waited.code, 0, waited.stderr);
  const wrong = join(journey.folder, "wrong.token");
  await Deno.writeTextFile(wrong, `hgbot_${"0".repeat(64)}\n`, { mode: 0o600 });
  equal((await cron(journey, "wrong", "--token-file", wrong)).code, 3);
  if (Deno.build.os === "windows") return;
  await Deno.chmod(wrong, 0o644);
  const open = await cron(journey, "open", "--token-file", wrong);
  equal(open.code, 2);
  match(open.stderr, /chmod 600/);
});

Deno.test("SR-48: a bot's token takes nothing over, and ends when the operator says so", async () => {
  await using site = await openSite();
  const { journey, token } = site;
  const bot = (...args: string[]) =>
    journey.run("machine", [...args, "--profile", "bot", "--token-file", token]);
  const kicked = await bot("kick", "alice");
  equal(kicked.code, 6, kicked.stderr);
  match(kicked.stderr, /token of this device does not allow this, only: receive, send, rooms/);
  equal((await bot("broadcast", "hello all")).code, 6);
  equal((await bot("videos")).code, 6);
  equal((await bot("send", "alice", "hi")).code, 0);

  // A narrower one ends the one before.
  const narrow = join(journey.folder, "narrow.token");
  const args = ["token", "new", "ops-bot", "--scope", "receive", "--expires", "1h", "--json"];
  const made = await journey.operate([...args, "--token-file", narrow]);
  deepEqual(jsonLines(made.stdout)[0].scopes, ["receive"]);
  equal((await bot("receive")).code, 3);
  await Deno.copyFile(narrow, token);
  equal((await bot("receive")).code, 0);
  equal((await bot("send", "alice", "more")).code, 6);

  const listed = await journey.operate(["token", "list", "--json"]);
  const [line] = jsonLines(listed.stdout);
  deepEqual([line.account, line.isExpired], ["ops-bot", false]);
  ok(!listed.stdout.includes("hgbot_"));
  await using follower = journey.start("machine", [
    ...["receive", "--follow", "--json", "--profile", "bot", "--token-file", token],
  ]);
  equal((await journey.run("alice", ["send", "ops-bot", "are you there"])).code, 0);
  await follower.line(/are you there/);
  const removed = await journey.operate(["token", "remove", "ops-bot"]);
  equal(removed.code, 0, removed.stderr);
  equal(removed.stderr, "", "the server was told");
  if (Deno.build.os !== "windows") equal((await follower.ended()).code, 3);
  equal((await bot("receive")).code, 3);
});

Deno.test("J10: without a server a text is spooled and sent at the next run, in order, once", async () => {
  await using site = await openSite();
  const { journey, token } = site;
  const with_ = ["--token-file", token];
  equal((await cron(journey, "zero", ...with_)).code, 0);
  await journey.stop();
  const lost = await cron(journey, "not kept", ...with_);
  equal(lost.code, 5, lost.stderr);
  const spooled = await cron(journey, "one", ...with_, "--spool", "--json");
  equal(spooled.code, 5, spooled.stderr);
  equal(jsonLines(spooled.stdout)[0].type, "spooled");
  equal((await cron(journey, "two", ...with_, "--spool")).code, 5);
  await journey.restart();
  equal((await cron(journey, "three", ...with_, "--spool")).code, 0);
  // What waits leaves with the process that reaches the server first; the other finds nothing left.
  const parallel = await Promise.all(
    [4, 5, 6].map((n) => cron(journey, `parallel ${n}`, ...with_, "--spool")),
  );
  deepEqual(parallel.map(({ code }) => code), [0, 0, 0]);
  const read = await journey.run("yoda", ["recv", "--room", "#ops", "--json"]);
  const texts = jsonLines(read.stdout).flatMap(({ type, text }) =>
    type === "message" ? [text] : []
  );
  deepEqual(texts.slice(0, 4), ["zero", "one", "two", "three"]);
  deepEqual(texts.slice(4).toSorted(), ["parallel 4", "parallel 5", "parallel 6"]);
});

Deno.test("J10: a name that nobody has ends with 4 and a suggestion, and nobody is asked anything", async () => {
  await using journey = await Journey.open({ people: ["alice", "bob"] });
  equal((await journey.run("alice", ["send", "bob", "hi"])).code, 0);
  const nobody = await journey.run("alice", ["send", "bobb", "hi"]);
  deepEqual([nobody.code, nobody.stdout], [4, ""]);
  match(nobody.stderr, /No account "bobb" on this server\n +Did you mean bob\?/);
  const asked = await journey.run("carol", ["login", "carol", "--trust", "first-use"]);
  equal(asked.code, 2, asked.stderr);
});

Deno.test("J10: a reader that has enough, as head, ends a command without a word", async () => {
  await using journey = await Journey.open({ people: ["alice", "bob"] });
  const start = (...args: string[]) => {
    const { host, port } = journey.ready;
    return programCommand("client", [...args, "--server", `${host}:${port}`], {
      env: { HELIOGRAPH_HOME: join(journey.folder, "bob") },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  };
  const quiet = async ({ status, stderr }: Deno.ChildProcess) => {
    equal(await new Response(stderr).text(), "");
    equal((await status).code, 0);
  };
  const follower = start("receive", "--follow", "--json");
  equal((await journey.run("alice", ["send", "bob", "one"])).code, 0);
  const reader = follower.stdout.getReader();
  await reader.read();
  await reader.cancel();
  equal((await journey.run("alice", ["send", "bob", "two"])).code, 0);
  await quiet(follower);
  const paths = start("paths");
  await paths.stdout.cancel();
  await quiet(paths);
});
