/** The examples of the seeds with a menu, with a chat room and without a server, typed as they are printed there. */

import { deepEqual, equal } from "node:assert/strict";
import { join } from "node:path";
import { HAS_TMUX } from "../kit/tmux.ts";
import { PROJECT_ROOT } from "../tools/layers.ts";
import { filesIn, inbox, town } from "./p2p_shells.ts";
import { Journey, programCommand, RunningClient } from "./programs.ts";
import { enter, expectRows, openShell, prepare, untilAskedAgain } from "./transcripts.ts";

const ignore = !HAS_TMUX;

Deno.test({
  name:
    "rows S4.12, S4.20, S4.22: the menu: 1 messages a client, 2 plays a video by its name, 3 quits (needs tmux)",
  ignore,
  async fn() {
    await using journey = await Journey.open({
      people: ["alice", "bob"],
      videosFolder: join(PROJECT_ROOT, "videos"),
    });
    await using alice = await openShell(journey, "alice", "menu");
    await using bob = await openShell(journey, "bob", "menu");
    for (const [pane, name] of [[alice, "alice"], [bob, "bob"]] as const) {
      await pane.see(/^Enter your name:/);
      // The profile is signed in: the seed has no password.
      await enter(pane, name, /^Welcome (alice|bob)$/);
    }
    await alice.see(/^bob joined /);
    await enter(alice, "1", /^Enter client name:/);
    await enter(alice, "bob", /^Enter message:/);
    await enter(alice, "/hi: bob", /^Enter message: \/hi: bob$/);
    await bob.see(/^alice: \/hi: bob$/);
    await enter(alice, "7", /^Invalid choice$/);
    await enter(alice, "2", /^Enter video name:/);
    await enter(alice, "realshort.mp4", /^Video ended: \d+ frames of \d+/);
    await enter(alice, "3", /^ended with 0$/);
    expectRows(await alice.rows(), [
      "1. Message a client",
      "2. Video streaming",
      "3. QUIT",
      "Enter your choice: 1",
      "Clients: bob",
      "Enter client name: bob",
      "Enter message: /hi: bob",
      "1. Message a client",
      "Enter your choice: 2",
      /realshort/,
      "Enter video name: realshort.mp4",
      "1. Message a client",
      "Enter your choice: 3",
    ]);
  },
});

Deno.test({
  name:
    "rows S2.03 to S2.23: the chat room: new user?, its commands, and a room in which all talk (needs tmux)",
  ignore,
  async fn() {
    await using journey = await Journey.open({ people: ["alice", "bob"] });
    equal((await journey.operate(["user", "grant", "alice", "owner"])).code, 0);
    await prepare(journey, "bob", ["policy everybody rooms accept"]);
    await using alice = await openShell(journey, "alice", "chatroom");
    await using bob = await openShell(journey, "bob", "chatroom");
    for (const [pane, name] of [[alice, "alice"], [bob, "bob"]] as const) {
      await pane.see(/^new user\? \(y\/n\)/);
      await enter(pane, "n", /^Username:/);
      await enter(pane, name, /^Password:/);
      await enter(pane, `correct horse battery ${name}`, /^Welcome (alice|bob)! \/help lists/);
    }
    await enter(alice, "/help", /^\/messageto \(username\) \(message\)$/);
    await enter(alice, "hello", /^You are in no chat room yet/);
    await enter(alice, "/room new bob", /^Created #/);
    await alice.see(/^bob joined/);
    await enter(alice, "hello everybody", /^hello everybody$/);
    await bob.see(/^alice: hello everybody$/);
    await enter(bob, "/messageto alice psst: you", /^\/messageto alice psst: you$/);
    await alice.see(/^bob \(to you\): psst: you$/);
    await enter(bob, "still everybody", /^still everybody$/);
    await alice.see(/^bob: still everybody$/);
    await enter(alice, "/viewusers", /^bob +member +online +/);
    await enter(bob, "/kickuser alice", /^You need the moderator role for \/kickuser/);
    await enter(bob, "/restart", /^You need the owner role for \/restart/);
    await enter(alice, "/changegrant bob 1", /^bob is now owner \(was member\)$/);
    await enter(alice, "/changegrant bob 0", /^bob is now member \(was owner\)$/);
    await enter(alice, "/kickuser bob", /^bob was kicked/);
    equal(await bob.ended(), 6);
    await enter(alice, "/viewkickusers", /^bob by alice /);
    await enter(alice, "/disconnect", /^The connection is closed$/);
    equal(await alice.ended(), 0);

    await using taken = await openShell(journey, "carla", "chatroom");
    await taken.see(/^new user\?/);
    await enter(taken, "y", /^Username:/);
    await enter(taken, "alice", /^Password:/);
    await enter(taken, "correct horse battery", /^This user exists: it is not allowed/);
    await taken.press("C-c");
  },
});

Deno.test({
  name:
    "row S2.05: the chat room asks for a wrong password again, unseen; an empty one uses up no try and goes back (needs tmux)",
  ignore,
  async fn() {
    await using journey = await Journey.open({ people: ["alice"] });
    await using pane = await openShell(journey, "carla", "chatroom");
    const answer = async (name: string) => {
      await pane.see(/^new user\? \(y\/n\)$/);
      await enter(pane, "n", /^Username:$/);
      await enter(pane, name, /^Password:$/);
    };
    await answer("alice");
    await pane.press("Enter");
    await answer("alice");
    const wrong =
      'Invalid Password. Please try again (2 tries left). An empty password goes back to "new user?"';
    await pane.type("wrong horse");
    await pane.press("Enter");
    await untilAskedAgain(pane, wrong, 1);
    await pane.type("another horse");
    await pane.press("Enter");
    await untilAskedAgain(pane, wrong.replace("2 tries", "1 try"), 1);
    equal((await pane.rows()).some((row) => row.includes("horse")), false);
    await pane.press("Enter");
    await pane.see(/^new user\? \(y\/n\)$/);
    await pane.press("C-c");
  },
});

Deno.test("rows S1.02 to S1.17: the example of the shell without a server, typed as printed, by its strict rules", async () => {
  await using place = await town();
  const open = (person: string) =>
    new RunningClient(
      programCommand("client", ["--classic", "p2p", "--strict"], {
        env: { HELIOGRAPH_HOME: join(place.folder, person), USER: person },
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn(),
      { types: true },
    );
  await using angel = open("angel");
  await using julia = open("julia");
  await angel.type("help");
  await angel.line(/^EOF {2}conn {2}exit {2}help {2}inbox {2}init {2}send$/);
  await angel.type("help conn");
  await angel.line(/^ {8}~> conn 192\.168\.0\.1 8085$/);
  // Row S1.08.
  await angel.type("conn 127.0.0.1 8085");
  await angel.line(/^Say first who you are: init /);
  await angel.type("init 127.0.0.1 0 angel");
  await angel.line(/^Now listening on 127\.0\.0\.1:\d+$/);
  await julia.type("init 127.0.0.1 0 julia");
  const port = (await julia.line(/^Now listening on 127\.0\.0\.1:\d+$/)).split(":")[1];
  await angel.type(`conn 127.0.0.1 ${port}`);
  await angel.line(new RegExp(`^connecting to 127\\.0\\.0\\.1:${port}$`));
  await angel.line(/^Now connected to julia /);
  await julia.line(/^Now connected to angel /);
  await julia.type("send angel");
  await julia.line(/^Write a message$/);
  await julia.type("Hola Angel");
  await angel.line(/^julia \d{4}-\d\d-\d\d \d\d:\d\d:\d\d Hola Angel$/);
  await angel.type("send ana");
  await angel.line(/^You're not connected to ana$/);
  deepEqual(await inbox(angel, "julia", "mark"), ["Hola Angel"]);
  await angel.type("exit");
  equal((await angel.ended()).code, 0);
  const names = await filesIn(place.folder);
  equal(names.some((name) => name.endsWith(".db")), true);
});
