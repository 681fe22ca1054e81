import { deepEqual, equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { PROJECT_ROOT } from "../tools/layers.ts";
import { Journey, jsonLines } from "./programs.ts";

const DRAWING = ["--mode", "fixed:240p", "--render", "none"];

Deno.test("J6: two people watch a video together by the real programs, and who is left goes on as the host", async () => {
  await using journey = await Journey.open({
    people: ["alice", "bob"],
    videosFolder: join(PROJECT_ROOT, "videos"),
  });
  const none = await journey.run("bob", ["party", "join", "alice"]);
  equal(none.code, 4, none.stderr);
  match(none.stderr, /no watch party in this conversation/);
  const unknown = await journey.run("alice", ["party", "no-such-film", "bob", ...DRAWING]);
  equal(unknown.code, 4, unknown.stderr);
  await using host = journey.start("alice", ["party", "race1906", "bob", ...DRAWING]);
  await host.says(/watch party with bob: race1906/i);
  await using bob = journey.start("bob", ["party", "join", "alice", ...DRAWING]);
  await bob.says(/watching race1906 with alice/i);
  equal(await host.stop("SIGINT"), 130);
  // He is told once his own program has heard of it.
  await using told = journey.start("bob", ["receive", "--follow", "--json", "--since", "1h"]);
  await told.line(/bob hosts the watch party now/);
  equal(await bob.stop("SIGINT"), 130);
  const over = await journey.run("alice", ["party", "join", "bob"]);
  equal(over.code, 4, over.stderr);
  const said = jsonLines((await journey.run("bob", ["inbox", "alice", "--json"])).stdout);
  deepEqual(said.map(({ text }) => text).filter((text) => /party/.test(String(text))), [
    'alice started a watch party with "race1906": /party join',
    "bob hosts the watch party now",
  ]);
});

Deno.test("J6: two people watch a file of the host's own by the real programs, to its end", async () => {
  await using journey = await Journey.open({ people: ["alice", "bob"] });
  const film = join(PROJECT_ROOT, "videos", "realshort.mp4");
  const refused = await journey.run("alice", ["party", "./no-such.mp4", "bob", "--render", "none"]);
  equal(refused.code, 4, refused.stderr);
  match(refused.stderr, /no such file here/);
  await using host = journey.start("alice", ["party", film, "bob", "--render", "none"]);
  await host.says(/watch party with bob: realshort\.mp4/i);
  const seen = await journey.run("bob", ["party", "join", "alice", "--render", "none", "--json"]);
  equal(seen.code, 0, seen.stderr);
  const facts = jsonLines(seen.stdout).at(-1);
  equal(facts?.reason, "ended");
  // How many there are is a matter of the machine's speed.
  ok(Number(facts?.received) > 0, JSON.stringify(facts));
  const { code, stderr } = await host.ended();
  equal(code, 0, stderr);
  const over = await journey.run("bob", ["party", "join", "alice"]);
  equal(over.code, 4, over.stderr);
});
