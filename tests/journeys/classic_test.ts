/** The example of the seed Toom, typed as it is printed there, and how classic shells are chosen. */

import { deepEqual, equal, match } from "node:assert/strict";
import { join } from "node:path";
import { HAS_TMUX, type Pane } from "../kit/tmux.ts";
import { PROJECT_ROOT } from "../tools/layers.ts";
import { Journey, jsonLines } from "./programs.ts";
import { enter, expectRows, folderOf, openShell, prepare, untilAskedAgain } from "./transcripts.ts";

const ignore = !HAS_TMUX;
const MINUTE = String.raw`\d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d`;
const TOOM = "Enter one of the following commands (BCM, ATU, SRB, SRM, RDM, OUT, UPD):";

const CREDENTIALS = "yoda wise@!man\nobiwan (jedimaster)\ngandalf youshallnotpass\n";

async function signIn(pane: Pane, name: string, password: string): Promise<void> {
  await enter(pane, name, /^Password:/);
  await enter(pane, password, /^Welcome to Toom!$/);
}

/** Both sign in for the first time, as the seed prints it: each password was chosen by the operator. */
async function claim(journey: Journey): Promise<void> {
  await using yoda = await openShell(journey, "yoda", "toom");
  await using obiwan = await openShell(journey, "obiwan", "toom");
  for (const [pane, name] of [[yoda, "yoda"], [obiwan, "obiwan"]] as const) {
    await pane.see(/^Username:/);
    await enter(pane, name, /^Password:/);
  }
  await enter(yoda, "wise@man", /^Invalid Password\. Please try again$/);
  await untilAskedAgain(yoda, "Invalid Password. Please try again", 1);
  await enter(yoda, "wise@!man", /^Welcome to Toom!$/);
  await enter(obiwan, "(jedimaster)", /^Welcome to Toom!$/);
  // What is typed at Password: is not shown.
  equal((await yoda.bytes() + await obiwan.bytes()).match(/wise|jedimaster/), null);
  await enter(yoda, "OUT", /^Bye, yoda!$/);
  await enter(obiwan, "OUT", /^Bye, obiwan!$/);
  equal(await yoda.ended(), 0);
}

/** Rows S3.17, S3.36. */
async function expectLogs(journey: Journey, room: string): Promise<void> {
  for (const person of ["yoda", "obiwan"]) {
    const folder = folderOf(journey, person);
    const logs = [`${folder}/messageLog.txt`, `${folder}/SR_${room}_messageLog.txt`];
    const [broadcasts, said] = await Promise.all(logs.map((path) => Deno.readTextFile(path)));
    match(broadcasts, new RegExp(`^1; ${MINUTE}; yoda; Hello\n2; ${MINUTE}; yoda; Morning\n$`));
    match(said, new RegExp(`^1; ${MINUTE}; yoda; hi\n$`));
    if (Deno.build.os === "windows") continue;
    for (const path of logs) equal(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
  }
}

Deno.test({
  name:
    "rows S3.05 to S3.52: the example of Toom, typed as printed: login, BCM, ATU, SRB, SRM, RDM, UPD, OUT (needs tmux)",
  ignore,
  async fn() {
    await using journey = await Journey.open();
    const list = join(journey.folder, "credentials.txt");
    await Deno.writeTextFile(list, CREDENTIALS);
    equal((await journey.operate(["user", "import", list])).code, 0);
    await claim(journey);
    // In the seed nobody is a stranger, and nothing is asked.
    for (const person of ["yoda", "obiwan"]) {
      await prepare(journey, person, [
        "requests --from all",
        "policy everybody rooms accept",
        "policy everybody files accept",
      ]);
    }
    const film = await Deno.readFile(join(PROJECT_ROOT, "videos/realshort.mp4"));
    await using yoda = await openShell(journey, "yoda", "toom");
    await using obiwan = await openShell(journey, "obiwan", "toom");
    await Deno.writeFile(join(folderOf(journey, "yoda"), "example1.mp4"), film);
    await yoda.see(/^Username:/);
    await signIn(yoda, "yoda", "wise@!man");
    await obiwan.see(/^Username:/);
    await signIn(obiwan, "obiwan", "(jedimaster)");
    await enter(yoda, "BCM Hello", /^Broadcast message, #1 broadcast at /);
    await enter(yoda, "BCM Morning", /^Broadcast message, #2 broadcast at /);
    await enter(obiwan, "ATU", /^yoda, active since /);
    await enter(yoda, "SRB obiwan", /^Separate chat room has been created, room ID: \d+, users in/);
    const created = (await yoda.see(/^obiwan joined/)).find((row) => row.startsWith("Separate"));
    const room = /room ID: (\d+)/.exec(created ?? "")?.[1] ?? "";
    await enter(
      obiwan,
      "SRB yoda",
      /^a separate room \(ID: \d+\) already created for these users$/,
    );
    await enter(yoda, `SRM ${room} hi`, new RegExp(`SRM ${room} hi$`));
    await enter(yoda, "SRM 999999999 hi", /^Room 999999999 does not exist/);
    await enter(yoda, "SRM", /^SRM needs a room and a text\. Example: SRM 256 hi$/);
    await enter(yoda, "bcm", /^Error\. Invalid command!$/);
    const since = "1 Jun 2022 16:00:00";
    await enter(obiwan, `RDM s ${since}`, new RegExp(`^1; ${MINUTE}; yoda; hi$`));
    await enter(obiwan, `RDM b ${since}`, new RegExp(`^2; ${MINUTE}; yoda; Morning$`));
    await enter(yoda, "UPD obiwan example1.mp4", /^example1\.mp4 has uploaded$/);
    await obiwan.see(/^Received example1\.mp4 from yoda$/);
    await enter(obiwan, "OUT", /^Bye, obiwan!$/);
    await enter(yoda, "OUT", /^Bye, yoda!$/);
    equal(await yoda.ended(), 0);
    expectRows(await yoda.rows(), [
      "Username: yoda",
      "Password:",
      /^\d+$/,
      "Welcome to Toom!",
      `${TOOM}BCM Hello`,
      new RegExp(`^Broadcast message, #1 broadcast at ${MINUTE}\\.$`),
      `${TOOM}SRB obiwan`,
      `Separate chat room has been created, room ID: ${room}, users in this room:obiwan,yoda`,
      `${TOOM}SRM ${room} hi`,
      `${TOOM}UPD obiwan example1.mp4`,
      "example1.mp4 has uploaded",
      `${TOOM}OUT`,
      "Bye, yoda!",
    ]);
    const received = await Deno.readFile(join(folderOf(journey, "obiwan"), "example1.mp4"));
    deepEqual(received, film);
    await expectLogs(journey, room);
  },
});

Deno.test({
  name:
    "rows S3.07 to S3.09: Toom asks for the password again, and blocks, in the seed's words (needs tmux)",
  ignore,
  async fn() {
    await using journey = await Journey.open();
    const list = join(journey.folder, "credentials.txt");
    await Deno.writeTextFile(list, CREDENTIALS);
    equal((await journey.operate(["user", "import", list])).code, 0);
    await using pane = await openShell(journey, "obiwan", "toom");
    await pane.see(/^Username:/);
    await enter(pane, "obiwan", /^Password:/);
    for (const wrong of ["aa", "bb"]) {
      const before = (await pane.rows()).filter((row) => row.startsWith("Invalid")).length;
      await pane.type(`${wrong}\r`);
      await untilAskedAgain(pane, "Invalid Password. Please try again", before + 1);
    }
    await enter(
      pane,
      "cc",
      /^Invalid Password\. Your account has been blocked\. Please try again later in \d+ s$/,
    );
    equal(await pane.ended(), 3);
    await using again = await openShell(journey, "obiwan", "toom");
    await again.see(/^Username:/);
    await enter(again, "obiwan", /^Password:/);
    await enter(
      again,
      "(jedimaster)",
      /^Your account is blocked due to multiple login failures\. Please try again later in \d+ s$/,
    );
    equal(await again.ended(), 6);
  },
});

Deno.test("a classic shell is opened by config.toml too, and in a pipe by lines", async () => {
  await using journey = await Journey.open({ people: ["alice", "bob"] });
  const toml = async (text: string) => {
    const { stdout } = await journey.run("alice", ["paths", "--json"]);
    const folder = jsonLines(stdout).find(({ kind }) => kind === "config")?.path;
    await Deno.mkdir(`${folder}`, { recursive: true });
    await Deno.writeTextFile(`${folder}/config.toml`, text);
  };
  await toml('[classic]\nshell = "menu"\n');
  const said = await journey.talk("alice", [], "1\nbob\nhi: bob\n9\n3\nnever\n");
  equal(said.code, 0, said.stderr);
  const menu = ["1. Message a client", "2. Video streaming", "3. QUIT"];
  // On a slow machine the text stays, and the shell says so.
  const lines = said.stdout.trimEnd().split("\n").map((line) => line.trimEnd())
    .filter((line) => !line.startsWith("1 message is stored here"));
  deepEqual(lines, [
    "Welcome alice",
    ...menu,
    "Enter your choice:",
    "Clients: nobody else is here",
    "Enter client name:",
    "Enter message:",
    ...menu,
    "Enter your choice:",
    "Invalid choice",
    ...menu,
  ]);
  // Who leaves waits five seconds for what was said last; on a slow machine it goes with the next one, and before it.
  equal((await journey.run("alice", ["send", "bob", "and this"])).code, 0);
  const received = await journey.run("bob", ["receive", "--json"]);
  deepEqual(
    jsonLines(received.stdout).filter(({ type }) => type === "message").map(({ text }) => text),
    ["hi: bob", "and this"],
  );
  equal(said.stdout.includes("\x1b"), false);
  await toml('[classic]\nshell = "toon"\n');
  const wrong = await journey.talk("alice", [], "OUT\n");
  equal(wrong.code, 2);
  match(
    wrong.stderr,
    /Cannot use config\.toml, line \d: shell in \[classic\] is one of toom, menu, chatroom, uag, p2p/,
  );
  const unknown = await journey.run("alice", ["--classic", "toon"]);
  equal(unknown.code, 2);
  match(unknown.stderr, /toom, menu, chatroom, uag, p2p/);
});

Deno.test("a classic shell says what waits: an invitation behind RDM, and a text that stays when it ends", async () => {
  await using journey = await Journey.open({ people: ["alice", "bob"] });
  const rdm = async () => (await journey.talk("alice", ["--classic", "toom"], "RDM s 2h\n")).stdout;
  const waiting = /^no new message\r?\nSomebody waits for your answer: \/requests lists/m;
  equal(waiting.test(await rdm()), false);
  // Who lets everybody write is in the room at once.
  equal((await journey.run("alice", ["requests", "--from", "contacts"])).code, 0);
  equal((await journey.run("bob", ["room", "new", "alice"])).code, 0);
  match(await rdm(), waiting);
  equal((await journey.run("alice", ["send", "bob", "hello"])).code, 0);
  await journey.stop();
  const late = await journey.talk("alice", ["--classic", "uag"], "carol:hi\nbob:late\n");
  // Of somebody whom one has not met nothing is known now.
  match(late.stdout, /^carol is not known here, and there is no connection to look for them\./m);
  match(late.stdout, /^1 message is stored here and will be sent when you are back$/m);
});
