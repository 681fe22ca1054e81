/** The operator's library of videos, by the real programs. */

import { deepEqual, equal, match } from "node:assert/strict";
import { join } from "node:path";
import { Journey, jsonLines } from "./programs.ts";
import { PROJECT_ROOT } from "../tools/layers.ts";
import { locateFfmpeg } from "../../lib/media/ffmpeg/ffmpeg_locate.ts";

const { found: hasFfmpeg } = await locateFfmpeg({ projectFolder: PROJECT_ROOT });

/** Asks until a video of that name is as wanted. */
async function listedAs(
  journey: Journey,
  wanted: string,
  isSo: (video: Record<string, unknown>) => boolean,
): Promise<Record<string, unknown>> {
  for (;;) {
    const { stdout } = await journey.operate(["video", "list", "--json"]);
    const video = jsonLines(stdout).find(({ name }) => name === wanted);
    if (video !== undefined && isSo(video)) return video;
  }
}

Deno.test({
  name: "the operator adds, lists, prepares and removes videos while the server runs",
  ignore: !hasFfmpeg || Deno.build.os === "windows",
  async fn() {
    const videosFolder = await Deno.makeTempDir();
    const elsewhere = await Deno.makeTempDir();
    await using journey = await Journey.open({ people: ["alice"], videosFolder });
    equal((await journey.operate(["video", "list"])).stderr, "No videos\n");

    const film = join(PROJECT_ROOT, "videos", "realshort.mp4");
    const add = ["video", "add", film, "--collection", "films"];
    equal((await journey.operate(add)).stdout, "Added films/realshort, 96.8 kB\n");
    const again = await journey.operate(add);
    deepEqual([again.code, again.stderr.trim()], [
      6,
      "There is a video called films/realshort already",
    ]);
    await Deno.writeTextFile(`${elsewhere}/text.mp4`, "no video");
    const text = await journey.operate(["video", "add", `${elsewhere}/text.mp4`]);
    match(text.stderr, /^Cannot add .+text\.mp4: it is not a video that can be read/);
    const wrong = await journey.operate(["video", "add", film, "--as", "../out"]);
    match(wrong.stderr, /^This is no name of a video/);
    deepEqual([...Deno.readDirSync(videosFolder)].map(({ name }) => name), ["films"]);

    // What is put there by hand is found, counted, and said to be cut short.
    const whole = await Deno.readFile(join(PROJECT_ROOT, "videos", "launch.webm"));
    await Deno.writeFile(`${videosFolder}/cut.webm`, whole.subarray(0, whole.length / 2));
    await listedAs(journey, "cut", ({ cutShort }) => cutShort === true);
    const seen = await journey.run("alice", ["videos"]);
    match(seen.stdout, /^1\. {2}cut {2}.+its file is cut short$/m);
    match(seen.stdout, /^2\. {2}films\/realshort {2}1\.2 s {2}320x240/m);

    await Deno.writeFile(`${videosFolder}/nothing.mp4`, new Uint8Array());
    const nothing = await listedAs(journey, "nothing", () => true);
    equal(nothing.problem, "its file is empty");
    await Deno.remove(`${videosFolder}/nothing.mp4`);

    await Deno.copyFile(join(PROJECT_ROOT, "videos", "race1906.ogv"), `${videosFolder}/race.ogv`);
    equal((await journey.operate(["video", "prepare", "race"])).code, 0);
    const race = await listedAs(journey, "race", ({ readyModes }) => readyModes !== undefined);
    deepEqual([race.readyModes, race.ready], [["thirds"], []]);
    match((await journey.run("alice", ["videos"])).stdout, / {2}race {2}.+ {2}ready: thirds$/m);

    const prepared = await journey.operate(["video", "prepare", "films/realshort", "fixed:240p"]);
    equal(
      prepared.stdout,
      "films/realshort is prepared for fixed:240p: video list says how far it is\n",
    );
    const ready = await listedAs(
      journey,
      "films/realshort",
      (video) => (video.ready as string[]).includes("240p"),
    );
    equal(ready.preparing, undefined);
    // A collection is played like a list.
    const watched = await journey.run("alice", ["watch", "films/", "--render", "none"]);
    match(watched.stdout, /^Video ended: \d+ frames of 36/, watched.stderr);

    // Who may add videos does so from another machine.
    const own = ["video", "add", film, "--as", "lesson", "--collection", "physics"];
    const denied = await journey.run("alice", own);
    equal(denied.code, 6, denied.stderr);
    match(denied.stderr, /You need the moderator role for \/video add/);
    equal((await journey.operate(["user", "grant", "alice", "moderator"])).code, 0);
    equal((await journey.run("alice", own)).stdout, "Added physics/lesson, 96.8 kB\n");
    deepEqual(await Deno.readFile(`${videosFolder}/physics/lesson.mp4`), await Deno.readFile(film));
    match((await journey.run("alice", ["videos"])).stdout, /physics\/lesson/);

    const half = await journey.operate(["video", "remove", "films/real"]);
    equal(half.code, 4);
    const removed = await journey.operate(["video", "remove", "films/realshort"]);
    match(removed.stdout, /^Removed films\/realshort:\n {2}.+realshort\.mp4$/m, removed.stderr);
    equal((await journey.operate(["video", "prepare", "films/realshort"])).code, 4);
  },
});
