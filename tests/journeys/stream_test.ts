/** Rows S0.31 to S0.33 with the real programs: a video and a made camera to one person, and what goes wrong. */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { PROJECT_ROOT } from "../tools/layers.ts";
import { Journey, jsonLines, type RunningClient } from "./programs.ts";
import { pictureIn } from "./saved_pictures.ts";

const VIDEO = join(PROJECT_ROOT, "videos/realshort.mp4");
const isWindows = Deno.build.os === "windows";

/** Time and bytes of what `--save` wrote, by index. */
function savedPictures(folder: string) {
  return jsonLines(Deno.readTextFileSync(join(folder, "frames.jsonl"))).map((header) => ({
    index: Number(header.index),
    ptsMs: Number(header.pts),
    jpeg: Deno.readFileSync(join(folder, String(header.file))),
  }));
}

/** The same video as one decode gives it, in the size, rate and quality that a stream begins with. */
async function decoded(folder: string) {
  await Deno.mkdir(folder);
  const { success } = await new Deno.Command("ffmpeg", {
    args: [
      ...["-nostdin", "-loglevel", "error", "-i", VIDEO, "-map", "0:v:0", "-an", "-vf"],
      `fps=15,scale=w=min(640\\,iw):h=min(360\\,ih):force_original_aspect_ratio=decrease:flags=bicubic+accurate_rnd:out_color_matrix=bt601:out_range=full,setsar=1,format=yuvj420p`,
      ...["-c:v", "mjpeg", "-q:v", "4", "-huffman", "optimal", join(folder, "%d.jpg")],
    ],
  }).output();
  equal(success, true);
  return (index: number) => Deno.readFileSync(join(folder, `${index + 1}.jpg`));
}

/** Bob watches alice's made camera, and has the first pictures. */
async function openCamera() {
  await using opening = new AsyncDisposableStack();
  const journey = opening.use(await Journey.open({ people: ["alice", "bob"] }));
  const saved = join(journey.folder, "saved");
  const watching = opening.use(journey.start("bob", [
    ...["stream", "accept", "--render", "none", "--save", saved],
  ]));
  await watching.says(/Waiting for a stream/);
  const sending = opening.use(journey.start("alice", ["stream", "bob", "--camera", "test"]));
  await pictureIn(saved);
  const owned = opening.move();
  return { watching, sending, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** All processes: their parents, and how they were started. */
async function processes(): Promise<Map<number, { parent: number; command: string }>> {
  const { stdout } = await new Deno.Command("ps", { args: ["-eo", "pid,ppid,args"] }).output();
  const rows = new TextDecoder().decode(stdout).matchAll(/^ *(\d+) +(\d+) (.*)$/gm);
  return new Map(
    [...rows].map(([, pid, ppid, command]) => [Number(pid), { parent: Number(ppid), command }]),
  );
}

const isCamera = (command = "") => command.includes("testsrc2=size=640x360");

/** The made cameras below a process, not those of other tests. */
async function camerasOf({ pid }: RunningClient): Promise<readonly number[]> {
  const all = await processes();
  const isBelow = (one: number | undefined): boolean =>
    one === pid || (one !== undefined && isBelow(all.get(one)?.parent));
  return [...all].filter(([one, { command }]) => isCamera(command) && isBelow(one))
    .map(([one]) => one);
}

/** Those of them that still run. */
async function running(cameras: readonly number[]): Promise<readonly number[]> {
  const all = await processes();
  return cameras.filter((pid) => isCamera(all.get(pid)?.command));
}

Deno.test("rows S0.31, S0.32, S0.33: a video arrives picture by picture, and both sides say how it ended", async () => {
  await using journey = await Journey.open({ people: ["alice", "bob"] });
  const saved = join(journey.folder, "saved");
  await using watching = journey.start("bob", [
    ...["stream", "accept", "alice", "--render", "none", "--save", saved, "--json"],
  ]);
  await watching.says(/Waiting for a stream/);
  const sent = await journey.run("alice", ["stream", "bob", VIDEO, "--json"]);
  equal(sent.code, 0, sent.stderr);
  const watched = await watching.ended();
  equal(watched.code, 0, watched.stderr);
  const [streamed] = jsonLines(sent.stdout).filter(({ type }) => type === "streamed");
  const [seen] = jsonLines(watched.stdout).filter(({ type }) => type === "watched-stream");
  equal(streamed.end, "ended");
  deepEqual([seen.complete, seen.reason, seen.proven], [true, "ended", "proven"]);
  deepEqual(seen.refused, { malformed: 0, unknownKey: 0, forged: 0, repeated: 0, late: 0 });
  const pictures = savedPictures(saved);
  equal(pictures.length, seen.received);
  // What was dropped on a busy machine is counted, here and there.
  equal(pictures.length + Number(seen.lost), Number(streamed.frames) + Number(streamed.dropped));
  ok(pictures.length > 0);
  const original = await decoded(join(journey.folder, "decoded"));
  // To the byte the picture of its time in one decode; a busy machine may have chosen another quality behind the first.
  for (const { ptsMs, jpeg } of streamed.steps === 0 ? pictures : pictures.slice(0, 1)) {
    deepEqual(jpeg, original(Math.round(ptsMs * 15 / 1000)), `at ${ptsMs} ms`);
  }
});

Deno.test("row S0.32: a declined stream ends with 6, and its sender is told who", async () => {
  await using journey = await Journey.open({ people: ["alice", "bob"] });
  await using answering = journey.converse("bob", ["--plain"]);
  await using sending = journey.start("alice", ["stream", "bob", "--camera", "test"]);
  await answering.line(/alice wants to stream their camera to you/);
  await answering.type("/n");
  await answering.line(/declined their camera from alice/);
  const sent = await sending.ended();
  equal(sent.code, 6);
  match(sent.stderr, /bob declined the stream/);
  await answering.type("/quit");
  equal((await answering.ended()).code, 0);
});

Deno.test("row S0.32: without a screen the conversation goes on beside a stream whose pictures are kept, and /n leaves it", async () => {
  await using journey = await Journey.open({ people: ["alice", "bob"] });
  const saved = join(journey.folder, "saved");
  await using watching = journey.converse("bob", ["--plain"]);
  await using sending = journey.start("alice", ["stream", "bob", "--camera", "test"]);
  await watching.line(/alice wants to stream their camera to you/);
  await watching.type(`/y --to ${saved}`);
  await watching.line(/^\* watching their camera of alice: \/n s1 leaves$/);
  await pictureIn(saved);
  await watching.type("alice:I see you");
  await watching.line(/you .* I see you$/);
  await watching.type("/n s1");
  await watching.line(/^\* Stream left: \d+ frames?, .* saved \d+ frames? in /);
  match((await sending.ended()).stdout, /nobody is watching/);
  await watching.type("/quit");
  equal((await watching.ended()).code, 0);
});

Deno.test({
  name: "ctrl-C ends a stream for both, with words, and no ffmpeg stays behind",
  ignore: isWindows,
  fn: async () => {
    await using camera = await openCamera();
    const { watching, sending } = camera;
    const cameras = await camerasOf(sending);
    ok(cameras.length > 0);
    await sending.stop("SIGINT");
    const sent = await sending.ended();
    equal(sent.code, 130, sent.stderr);
    match(
      sent.stdout,
      /^Stream stopped: \d+ frames?, \d+\.\d s, \d+ dropped, watched by 1 device$/m,
    );
    const watched = await watching.ended();
    equal(watched.code, 0, watched.stderr);
    match(watched.stdout, /^Stream stopped by its sender: \d+ frames?/m);
    deepEqual(await running(cameras), []);
  },
});

Deno.test({
  name: "kill -9 of a sender ends its ffmpeg, and its watcher hears of it",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using camera = await openCamera();
    const { watching, sending } = camera;
    const cameras = await camerasOf(sending);
    ok(cameras.length > 0);
    await sending.stop("SIGKILL");
    // At once: the end is known only when nobody has come back.
    await watching.says(/alice's stream is interrupted: waiting for it to come back/);
    const watched = await watching.ended();
    equal(watched.code, 5);
    match(watched.stdout, /^Stream lost: \d+ frames?, \d+\.\d s, \d+ dropped$/m);
    match(watched.stderr, /The sender is gone/);
    while ((await running(cameras)).length > 0) await pause();
  },
});

Deno.test("a watcher who leaves is told so to the sender, who ends when nobody is left", async () => {
  await using camera = await openCamera();
  const { watching, sending } = camera;
  await watching.stop(isWindows ? "SIGKILL" : "SIGINT");
  const sent = await sending.ended();
  equal(sent.code, 0, sent.stderr);
  match(sent.stdout, /nobody is watching/);
});

Deno.test("what cannot be shown is said before anybody is asked", async () => {
  await using journey = await Journey.open({ people: ["alice", "bob"] });
  const noVideo = join(journey.folder, "notes.txt");
  await Deno.writeTextFile(noVideo, "no pictures");
  const usage: readonly (readonly [readonly string[], RegExp])[] = [
    [["stream", "bob"], /What do you want to stream/],
    [["stream", "bob", "nothing.mp4"], /No file nothing\.mp4/],
    [["stream", "bob", VIDEO, "--camera", "test"], /Stream one source/],
    [["stream", "alice", VIDEO], /This is you/],
    [["stream", "accept", "--wait", "soon"], /This is no time/],
  ];
  for (const [line, words] of usage) {
    const { code, stderr } = await journey.run("alice", line);
    equal(code, 2, stderr);
    match(stderr, words);
  }
  equal((await journey.run("alice", ["stream", "nobody", VIDEO])).code, 4);
  const nothing = await journey.run("bob", ["stream", "accept", "--render", "none", "--wait", "0"]);
  equal(nothing.code, 5);
  match(nothing.stderr, /No stream started in time/);
  // Only ffmpeg can say that it is no video, and it is asked before bob is.
  const refused: readonly (readonly [readonly string[], RegExp])[] = [
    [[noVideo], /Cannot stream notes\.txt: it has no pictures/],
    ...isWindows ? [] : [[["--camera", "nosuch"], /This is no camera/]] as const,
  ];
  for (const [what, words] of refused) {
    const sent = await journey.run("alice", ["stream", "bob", ...what]);
    equal(sent.code, 2, sent.stderr);
    match(sent.stderr, words);
    ok(!/Offered/.test(sent.stdout + sent.stderr));
  }
  const still = await journey.run("bob", ["stream", "accept", "--render", "none", "--wait", "0"]);
  equal(still.code, 5);
  match(still.stderr, /No stream started in time/);
});

/** Between two looks. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50));
}
