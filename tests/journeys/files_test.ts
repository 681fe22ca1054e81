/** Journey J4 at small size, with the real programs: files, lost connections, sudden ends. */

import { createHash } from "node:crypto";
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { CountingLine } from "../kit/counting_line.ts";
import { sizeOf, untilFileHas } from "../kit/file_wait.ts";
import { Journey, jsonLines, startClient } from "./programs.ts";

const MIB = 2 ** 20;
const isWindows = Deno.build.os === "windows";

/** Bytes that no two places of have in common, made fast. */
function content(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let state = 12_345;
  const words = new Uint32Array(bytes.buffer, 0, Math.floor(size / 4));
  for (let i = 0; i < words.length; i++) {
    state = Math.imul(state ^ state >>> 15, 0x2c1b3c6d) + i | 0;
    words[i] = state;
  }
  return bytes;
}

interface Scene {
  readonly journey: Journey;
  readonly inbox: string;
  write(name: string, bytes: Uint8Array): Promise<string>;
}

async function scene(action: (scene: Scene) => Promise<void>): Promise<void> {
  await using journey = await Journey.open({ people: ["alice", "bob"] });
  const outbox = join(journey.folder, "out");
  await Deno.mkdir(outbox);
  const write = async (name: string, bytes: Uint8Array) => {
    const path = join(outbox, name);
    await Deno.mkdir(join(path, ".."), { recursive: true });
    await Deno.writeFile(path, bytes);
    return path;
  };
  await action({ journey, inbox: join(journey.folder, "in"), write });
}

const list = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

Deno.test("J4, rows S0.30 to S0.38: a file and a folder arrive verified, and both programs end with 0", () =>
  scene(async ({ journey, inbox, write }) => {
    const video = await write("video.MP4", content(3_000_000));
    await write("photos/a.png", content(4097));
    await write("photos/deep/b", content(39));
    await using receiver = journey.start("bob", [
      ...["file", "receive", "--accept-from", "alice", "--to", inbox, "--wait", "--json"],
    ]);
    const folder = join(video, "..", "photos");
    const sent = await journey.run("alice", ["file", "send", "bob", video, folder, "--json"]);
    equal(sent.code, 0, sent.stderr);
    equal((await receiver.ended()).code, 0);
    deepEqual(await Deno.readFile(join(inbox, "video.MP4")), content(3_000_000));
    deepEqual(await Deno.readFile(join(inbox, "photos/a.png")), content(4097));
    deepEqual(await Deno.readFile(join(inbox, "photos/deep/b")), content(39));
    const transfer = jsonLines(sent.stdout).find(({ type }) => type === "transfer");
    deepEqual([transfer?.state, transfer?.peer, transfer?.sizeBytes], ["done", "bob", 3_004_136]);
    const listed = await journey.run("bob", ["file", "list"]);
    match(listed.stdout, /^1 {2}from alice {2}3 files \(3\.0 MB\) {2}done, verified$/m);
    // Once more: nothing is replaced.
    const again = journey.run("alice", ["file", "send", "bob", video]);
    const taken = await journey.run("bob", [
      ...["file", "receive", "--accept-from", "alice", "--to", inbox, "--wait"],
    ]);
    equal((await again).code, 0);
    equal(taken.code, 0, taken.stderr);
    deepEqual(list(inbox), ["photos", "video (1).MP4", "video.MP4"]);
    deepEqual(await Deno.readFile(join(inbox, "video (1).MP4")), content(3_000_000));
  }));

Deno.test("S0.03: files come from the outbox and go to the inbox that config.toml names", () =>
  scene(async ({ journey, inbox, write }) => {
    const note = await write("note.txt", content(39));
    const settings = { alice: `outbox = "${join(note, "..")}"`, bob: `inbox = "${inbox}"` };
    for (const [name, line] of Object.entries(settings)) {
      const folder = join(journey.folder, name, "heliograph/config");
      await Deno.mkdir(folder, { recursive: true });
      await Deno.writeTextFile(join(folder, "config.toml"), `[files]\n${line}\n`);
    }
    match((await journey.talk("alice", [], "/ls\n/quit\n")).stdout, /^0 {2}note\.txt {2}39 B /m);
    await using receiver = journey.start("bob", [
      ...["file", "receive", "--accept-from", "alice", "--wait"],
    ]);
    const sent = await journey.run("alice", ["file", "send", "bob", note]);
    equal(sent.code, 0, sent.stderr);
    equal((await receiver.ended()).code, 0);
    deepEqual(await Deno.readFile(join(inbox, "note.txt")), content(39));
  }));

Deno.test({
  name: "J4: a file for somebody who is away waits on the server; sender and receiver never meet",
  ignore: isWindows,
  fn: () =>
    scene(async ({ journey, inbox, write }) => {
      const path = await write("report.pdf", content(200_000));
      const sent = await journey.run("alice", ["file", "send", "bob", path, "--wait", "uploaded"]);
      equal(sent.code, 8, sent.stderr);
      match(sent.stdout, /on the server, waiting for the receiver/);
      await journey.kill();
      await journey.restart();
      const taken = await journey.run("bob", [
        ...["file", "receive", "--accept-from", "alice", "--to", inbox],
      ]);
      equal(taken.code, 0, taken.stderr);
      deepEqual(await Deno.readFile(join(inbox, "report.pdf")), content(200_000));
      // The same command goes on, and finds that it is done.
      const after = await journey.run("alice", ["receive"]);
      match(
        after.stdout,
        /report\.pdf has uploaded: bob has it \(200,000 B, sha-256 [0-9a-f]{16}…\) and verified it/,
      );
    }),
});

Deno.test({
  name:
    "J4: kill -9 of sender, receiver and server loses nothing, and at most 8 MiB go again for each",
  ignore: isWindows,
  fn: () =>
    scene(async ({ journey, inbox, write }) => {
      const size = 60_000_000;
      const bytes = content(size);
      const path = await write("big.iso", bytes);
      const part = join(inbox, "big.iso.part");
      await using up = new CountingLine(journey.ready.port);
      await using down = new CountingLine(journey.ready.port);
      const start = (person: string, { port }: CountingLine, words: readonly string[]) =>
        startClient(
          [...words, "--server", `127.0.0.1:${port}`, "--no-input"],
          join(journey.folder, person),
        );
      const receive = () =>
        start("bob", down, [
          ...["file", "receive", "--accept-from", "alice", "--to", inbox, "--wait"],
        ]);
      const send = () => start("alice", up, ["file", "send", "bob", path]);
      let receiver = receive();
      let sender = send();
      await untilFileHas(part, 1);
      await sender.stop("SIGKILL");
      const afterSender = await sizeOf(part);
      sender = send();
      await untilFileHas(part, afterSender + 1);
      await receiver.stop("SIGKILL");
      const afterReceiver = await sizeOf(part);
      receiver = receive();
      await untilFileHas(part, afterReceiver + 1);
      await journey.kill();
      await journey.restart();
      const ends = await Promise.all([sender.ended(), receiver.ended()]);
      deepEqual(ends.map(({ code }) => code), [0, 0], ends.map(({ stderr }) => stderr).join("\n"));
      deepEqual(list(inbox), ["big.iso"]);
      ok(equalFiles(await Deno.readFile(join(inbox, "big.iso")), bytes));
      // Each line broke twice. Packets and TLS take 0.4 %; the rest of these 2 % is for signing in and words.
      const most = size * 1.02 + 2 * 8 * MIB;
      for (
        const [who, sentBytes] of [["sender", up.upBytes], ["receiver", down.downBytes]] as const
      ) {
        ok(
          sentBytes >= size && sentBytes <= most,
          `${sentBytes} bytes over the line of the ${who}`,
        );
      }
    }),
});

Deno.test("row S0.42: the command line pauses, goes on with and gives up a transfer by its number", () =>
  scene(async ({ journey, write }) => {
    const path = await write("big.iso", content(200_000));
    const offered = await journey.run("alice", ["file", "send", "bob", path, "--wait", "uploaded"]);
    equal(offered.code, 8, offered.stderr);
    const paused = await journey.run("alice", ["file", "pause", "1", "--json"]);
    equal(paused.code, 0, paused.stderr);
    const [{ state, by }] = jsonLines(paused.stdout);
    deepEqual([state, by], ["paused", "here"]);
    const resumed = await journey.run("alice", ["file", "resume", "1"]);
    match(
      resumed.stdout,
      /^1 {2}to bob {2}big\.iso \(200 kB\) {2}on the server, waiting for the receiver$/m,
    );
    const cancelled = await journey.run("alice", ["file", "cancel", "1"]);
    match(cancelled.stdout, /^1 {2}to bob {2}big\.iso \(200 kB\) {2}cancelled$/m);
    const unknown = await journey.run("alice", ["file", "pause", "7"]);
    deepEqual([unknown.code, /No transfer 7/.test(unknown.stderr)], [4, true]);
  }));

Deno.test("row S0.32: the dialogue offers, takes with /y, and says that it was verified", () =>
  scene(async ({ journey, inbox, write }) => {
    const path = await write("yo_en_png.png", content(4096));
    await using alice = journey.converse("alice", ["--plain"]);
    await using bob = journey.converse("bob", ["--plain"]);
    // Whoever comes second is announced to the first.
    await alice.line(/online: .*bob/);
    await bob.line(/^\* online: /);
    await alice.type(`/send @bob ${path}`);
    await alice.line(/^\* sent a request to bob: yo_en_png\.png \(4,096 B\), transfer 1/);
    await bob.line(/alice sends you yo_en_png\.png \(4,096 B\)/);
    await bob.type(`/y --to ${inbox}`);
    // Row S0.38: the exact size, and what sha256sum says of the file.
    const sum = createHash("sha256").update(content(4096)).digest("hex").slice(0, 16);
    const has = `bob has it \\(4,096 B, sha-256 ${sum}…\\) and verified it`;
    await alice.line(
      new RegExp(`yo_en_png\\.png has uploaded: ${has}, transfer 1: transfer completed!`),
    );
    await bob.line(
      /Received yo_en_png\.png \(4,096 B\) from alice, verified: .*yo_en_png\.png \(with alice\)$/,
    );
    deepEqual(await Deno.readFile(join(inbox, "yo_en_png.png")), content(4096));
    // A second one is declined; whether words that are no file are a message nobody can be asked in a pipe.
    await alice.type(`bob:/send ${await write("other.txt", content(5))}`);
    await bob.line(/alice sends you other\.txt/);
    await bob.type("/n 2");
    await alice.line(/bob declines your files/);
    await alice.type("/send @bob see you later");
    await alice.line(/^\* Not sent: no file 'see you later'\.$/);
    await alice.type("/y");
    await alice.line(/^\* There was nothing to answer when you typed this$/);
  }));

function equalFiles(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, i) => byte === right[i]);
}
