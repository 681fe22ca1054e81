/** What programs hear of all that happens: `heliograph events --json`. */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { Journey, jsonLines, programWords } from "./programs.ts";

const isWindows = Deno.build.os === "windows";
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

Deno.test("events say what is so now and end, and nothing counts as read by them", async () => {
  await using journey = await Journey.open({ people: ["alice", "bob"] });
  equal((await journey.run("alice", ["send", "bob", "are you **there**?"])).code, 0);
  for (let time = 0; time < 2; time++) {
    const now = await journey.run("bob", ["events", "--json"]);
    equal(now.code, 0, now.stderr);
    const objects = jsonLines(now.stdout);
    ok(objects.every(({ v }) => v === 1), now.stdout);
    equal(objects[0].type, "started");
    equal(objects.at(-1)?.type, "ready");
    const message = objects.find(({ type }) => type === "message");
    // As it was typed, and still new.
    deepEqual([message?.text, message?.shown], ["are you **there**?", false]);
    match(String(message?.at), ISO);
  }
  const unread = await journey.run("bob", ["unread", "--json"]);
  deepEqual(jsonLines(unread.stdout).map(({ unread }) => unread), [1]);
  const forPeople = await journey.run("bob", ["events"]);
  equal(forPeople.code, 2);
  match(forPeople.stderr, /add --json/);
});

Deno.test({
  name:
    "events that are followed come as they happen, and end by a signal or where nobody reads them",
  ignore: isWindows,
  async fn() {
    await using journey = await Journey.open({ people: ["alice", "bob"] });
    await using follower = journey.start("bob", ["events", "--follow", "--json"]);
    await follower.line(/"type":"ready"/);
    const sent = await journey.run("alice", ["send", "bob", "hello"]);
    equal(sent.code, 0, sent.stderr);
    await follower.line(/"text":"hello"/);
    const busy = await journey.run("alice", ["busy", "lunch", "30m"]);
    equal(busy.code, 0, busy.stderr);
    await follower.line(/"type":"presence".*"busy":true,"since":"\d{4}-\d\d-\d\dT/);
    equal(await follower.stop("SIGTERM"), 143);

    const words = programWords("client", ["events", "--follow", "--json"]);
    const line = words.map((word) => `'${word}'`).join(" ");
    const { host, port } = journey.ready;
    const piped = await new Deno.Command("sh", {
      args: ["-c", `${line} --server ${host}:${port} | head -n 1`],
      env: { HELIOGRAPH_HOME: join(journey.folder, "bob") },
      stdin: "null",
    }).output();
    const text = new TextDecoder();
    const [stdout, stderr] = [text.decode(piped.stdout), text.decode(piped.stderr)];
    equal(piped.code, 0, stderr);
    deepEqual([jsonLines(stdout).length, stderr], [1, ""]);
  },
});
