/** What the client does on this machine alone: the demo, the server beside it, doctor. */

import { deepEqual, equal, match } from "node:assert/strict";
import { join } from "node:path";
import { HAS_TMUX, Pane } from "../kit/tmux.ts";
import { PROJECT_ROOT } from "../tools/layers.ts";
import { Journey, jsonLines, programCommand, programWords, startClient } from "./programs.ts";

const isWindows = Deno.build.os === "windows";

/** A folder of its own, removed at the end. */
async function scratch(): Promise<{ folder: string } & AsyncDisposable> {
  const parent = join(PROJECT_ROOT, "tests/tmp");
  await Deno.mkdir(parent, { recursive: true });
  const folder = await Deno.makeTempDir({ dir: parent, prefix: "here-" });
  return { folder, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}

Deno.test("a demo of something that is no video says why, and ends with 2", async () => {
  await using place = await scratch();
  const junk = join(place.folder, "holiday.mp4");
  await Deno.writeTextFile(junk, "this is no video\n".repeat(500));
  const wrong: [string, RegExp][] = [
    [junk, /^Cannot show .*holiday\.mp4: it is not a video that can be read$/m],
    [join(place.folder, "nothing.mp4"), /^Cannot show .*nothing\.mp4: no such file$/m],
    [place.folder, /^Cannot show .*: it is a folder$/m],
  ];
  for (const [file, says] of wrong) {
    const { code, stderr } = await programCommand("client", ["demo", file], {
      env: { HELIOGRAPH_HOME: join(place.folder, "home") },
      stdin: "null",
    }).output();
    const said = new TextDecoder().decode(stderr);
    equal(code, 2, said);
    match(said, says);
  }
});

Deno.test("a demo plays the project's video, or says how to see one, and ends with 0", async () => {
  await using place = await scratch();
  const { code, stdout, stderr } = await programCommand("client", ["demo"], {
    env: { HELIOGRAPH_HOME: join(place.folder, "home") },
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  const said = text.decode(stdout) + text.decode(stderr);
  equal(code, 0, said);
  match(said, /\(delivered\)$/m);
  // A compiled program has videos only where somebody put them beside it.
  match(said, /What next\?\n +heliograph-server serve/);
  match(said, /^cockatoo: 280 frames of 280: 93 in 240p|^To watch your own video file/m);
  match(said, /It left nothing on this machine/);
  const left = [...Deno.readDirSync(join(place.folder, "home/heliograph"))];
  deepEqual(left.map(({ name }) => name), []);
});

/** Where the server of a demo listens whose folders are below `folder`, once it does. */
async function demoPort(folder: string): Promise<number> {
  for (;;) {
    for await (const { name } of Deno.readDir(folder)) {
      const text = await Deno.readTextFile(join(folder, name, "ready.json")).catch(() => "");
      if (text.endsWith("}\n")) return JSON.parse(text).port;
    }
    await new Promise((done) => setTimeout(done, 50));
  }
}

async function isListening(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}

Deno.test({
  name: "the server of a demo that is killed ends with it",
  // There a killed process takes its children along.
  ignore: isWindows,
  async fn() {
    await using place = await scratch();
    const demo = programCommand("client", ["demo"], {
      env: { HELIOGRAPH_HOME: join(place.folder, "home"), TMPDIR: place.folder },
      ...{ stdin: "null", stdout: "null", stderr: "null" },
    }).spawn();
    const port = await demoPort(place.folder);
    equal(await isListening(port), true);
    demo.kill("SIGKILL");
    await demo.status;
    while (await isListening(port)) await new Promise((done) => setTimeout(done, 50));
  },
});

Deno.test("neither program writes code where other users may have put some first", async () => {
  await using place = await scratch();
  for (const program of ["client", "server"] as const) {
    const { code } = await programCommand(program, ["--version"], {
      env: { TMPDIR: place.folder, TEMP: place.folder, TMP: place.folder },
      stdin: "null",
    }).output();
    equal(code, 0);
    // A compiled program with a code cache leaves deno-compile-NAME.cache there, and runs what it finds.
    deepEqual([...Deno.readDirSync(place.folder)].map(({ name }) => name), []);
  }
});

Deno.test("heliograph -s passes the server's exit code on", async () => {
  const { code, stderr } = await programCommand("client", ["-s", "--listen", "nowhere:at:all"], {
    stdin: "null",
  }).output();
  equal(code, 2);
  match(new TextDecoder().decode(stderr), /listen is HOST:PORT, not nowhere:at:all/);
});

Deno.test("whoever looks for the server in the wrong place is shown the way", async () => {
  for (const args of [["serve"], ["--server"]]) {
    const { code, stderr } = await programCommand("client", args, { stdin: "null" }).output();
    equal(code, 2);
    match(new TextDecoder().decode(stderr), /^To run a server on this machine: heliograph -s$/m);
  }
});

Deno.test({
  name: "heliograph -s is the server until a signal ends it, which it passes on once",
  // Deno cannot send these there.
  ignore: isWindows,
  async fn() {
    await using place = await scratch();
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      const home = join(place.folder, signal);
      await using server = startClient(["-s", "--listen", "127.0.0.1:0", "--no-console"], home);
      const lines = await server.lines(5);
      match(lines[0], /^Server started! Port number: \d+, number of attempts: 3$/);
      // A second signal would end it with 143.
      equal(await server.stop(signal), 0);
      await server.says(/server\.stopped/);
    }
  },
});

Deno.test({
  name:
    "rows S0.01, S0.09: heliograph -s at a terminal has the server's console, and ctrl-C ends it (needs tmux)",
  ignore: !HAS_TMUX,
  async fn() {
    await using place = await scratch();
    await using pane = await Pane.open({
      command: programWords("client", ["-s", "--listen", "127.0.0.1:0"]),
      env: { HELIOGRAPH_HOME: join(place.folder, "home"), NO_COLOR: "" },
      folder: join(place.folder, "terminal"),
      columns: 120,
    });
    await pane.see(/^Server console: help lists the commands, tab completes$/);
    await pane.type("db");
    await pane.press("Enter");
    await pane.see(/^No accounts yet$/);
    await pane.press("C-c");
    await pane.see(/ Server stopped$/);
    equal(await pane.ended(), 0);
  },
});

Deno.test("doctor of a machine without a profile leaves none behind", async () => {
  await using place = await scratch();
  const home = join(place.folder, "home");
  const { code, stdout } = await programCommand("client", ["doctor"], {
    env: { HELIOGRAPH_HOME: home },
    stdin: "null",
  }).output();
  equal(code, 0);
  match(new TextDecoder().decode(stdout), /^profile {3}You are not signed in/m);
  const files: string[] = [];
  const look = (folder: string) => {
    for (const { name, isDirectory } of Deno.readDirSync(folder)) {
      if (isDirectory) look(join(folder, name));
      else files.push(name);
    }
  };
  look(home);
  deepEqual(files.filter((name) => name !== "client.log"), []);
});

Deno.test("doctor --json says who one is in the form of whoami and who, and what else is of use", async () => {
  await using journey = await Journey.open();
  const registered = await journey.register("alice");
  equal(registered.code, 0, registered.stderr);
  const ask = async (verb: string) => {
    const { code, stdout, stderr } = await journey.run("alice", [verb, "--json"]);
    equal(code, 0, stderr);
    return jsonLines(stdout);
  };
  const [{ type: _type, ...whoami }] = await ask("whoami");
  const [person] = await ask("who");
  const found = await ask("doctor");
  const { type: _profile, found: isFound, ...profile } =
    found.find(({ type }) => type === "profile") ?? {};
  equal(isFound, true);
  deepEqual(profile, whoami);
  match(String(whoami.identity), /^SHA256:[A-Za-z0-9+/]{43}$/);
  equal(person.identity, whoami.identity);
  const externals = found.filter(({ type }) => type === "external").map(({ name }) => name);
  deepEqual(externals, ["ffmpeg", "heliograph-server", "camera", "audio"]);
  const server = found.find(({ type }) => type === "server");
  equal(server?.reachable, true);
});
