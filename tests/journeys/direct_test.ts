/** Files that go straight between two real clients, by their own commands and by the seeds' `UPD`. */

import { deepEqual, equal, match } from "node:assert/strict";
import { join } from "node:path";
import { PROJECT_ROOT } from "../tools/layers.ts";
import { Journey, jsonLines } from "./programs.ts";

/** Loopback is told and dialled because the person typed it (SR-77). */
const CONFIG = '[p2p]\naddresses = ["127.0.0.1"]\n';

function content(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => (i * 2_654_435_761) >>> 24);
}

async function openPeople(): Promise<Journey> {
  const journey = await Journey.open({ people: ["alice", "bob"] });
  for (const [person, other] of [["alice", "bob"], ["bob", "alice"]]) {
    const { stdout } = await journey.run(person, ["paths", "--json"]);
    const config = jsonLines(stdout).find(({ kind }) => kind === "config");
    const folder = String(config?.path);
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(join(folder, "config.toml"), CONFIG);
    const { code, stderr } = await journey.run(person, ["direct", "allow", other]);
    equal(code, 0, stderr);
  }
  return journey;
}

Deno.test("row S3.43: the real programs send a file past the server, and say what they may not", async () => {
  await using journey = await openPeople();
  const source = join(journey.folder, "example1.mp4");
  await Deno.writeFile(source, content(2_000_000));
  const inbox = join(journey.folder, "in");
  await using receiver = journey.start("bob", [
    ...["file", "receive", "--accept-from", "alice", "--to", inbox, "--wait"],
  ]);
  const sent = await journey.run("alice", ["file", "send", "bob", source, "--p2p", "only"]);
  equal(sent.code, 0, sent.stderr);
  equal((await receiver.ended()).code, 0);
  deepEqual(await Deno.readFile(join(inbox, "example1.mp4")), content(2_000_000));
  match((await journey.run("bob", ["direct"])).stdout, /^alice may see your address/);
  equal((await journey.run("alice", ["direct", "deny", "bob"])).code, 0);
  const refused = await journey.run("alice", ["file", "send", "bob", source, "--p2p", "only"]);
  equal(refused.code, 2);
  match(refused.stderr, /heliograph direct allow bob/);
  for (
    const wrong of [["direct", "frobnicate"], ["direct", "allow"], ["direct", "allow", "nobody"]]
  ) {
    const { code } = await journey.run("alice", wrong);
    equal(code, wrong.includes("nobody") ? 4 : 2, wrong.join(" "));
  }
});

Deno.test("rows S3.43, S3.45 to S3.49: /upd sends in the background, with the seeds' words at both ends", async () => {
  await using journey = await openPeople();
  const source = join(journey.folder, "example1.mp4");
  await Deno.writeFile(source, content(185_695));
  await using bob = journey.converse("bob", []);
  await using alice = journey.converse("alice", []);
  await bob.line(/./);
  await alice.line(/./);
  await alice.type(`/upd bob ${source}`);
  await bob.line(/alice sends you example1\.mp4/);
  // The prompt goes on meanwhile.
  await alice.type("bob:is it there?");
  await bob.line(/is it there\?/);
  await bob.type(`/y --to ${join(journey.folder, "in")}`);
  await bob.line(/Received example1\.mp4 \(.+\) from alice/);
  await alice.line(/example1\.mp4 has uploaded/);
  deepEqual(
    await Deno.readFile(join(journey.folder, "in", "example1.mp4")),
    content(185_695),
  );
});

Deno.test("the real programs show a video past the server, and say what they may not", async () => {
  await using journey = await openPeople();
  await using watching = journey.start("bob", [
    ...["stream", "accept", "alice", "--render", "none", "--json"],
  ]);
  await watching.says(/Waiting for a stream/);
  const video = join(PROJECT_ROOT, "videos/realshort.mp4");
  const sent = await journey.run("alice", ["stream", "bob", video, "--p2p", "only", "--json"]);
  equal(sent.code, 0, sent.stderr);
  const watched = await watching.ended();
  equal(watched.code, 0, watched.stderr);
  const [streamed] = jsonLines(sent.stdout).filter(({ type }) => type === "streamed");
  const [seen] = jsonLines(watched.stdout).filter(({ type }) => type === "watched-stream");
  deepEqual([seen.complete, seen.proven], [true, "proven"]);
  equal(Number(streamed.directUnits) >= Number(streamed.frames), true, sent.stdout);
  await journey.run("alice", ["direct", "ask", "bob"]);
  const refused = await journey.run("alice", ["stream", "bob", video, "--p2p", "only"]);
  equal(refused.code, 2);
  match(refused.stderr, /heliograph direct allow bob/);
});
