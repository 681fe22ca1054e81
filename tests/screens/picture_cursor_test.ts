import { deepEqual, equal, ok } from "node:assert/strict";
import { ShownTerminal } from "../kit/cells.ts";
import { playedFrame, readTerminal } from "../kit/screens.ts";
import { answerAsKitty, answerAsSixel, answerAsTerminal } from "../kit/screen_user.ts";
import { openTalk } from "../kit/test_client.ts";
import { watch, WATCH_SIZE } from "../kit/watching.ts";

const F6 = "\x1b[17~";

/** How each kind of terminal answers, and what a picture begins with there. */
const METHODS = [
  { method: "sixel", answer: answerAsSixel, begin: "\x1bP0;0;0q" },
  { method: "kitty", answer: answerAsKitty, begin: "\x1b_Ga=" },
  { method: "blocks", answer: answerAsTerminal, begin: "m▀" },
] as const;

/** The writes with a picture in them, each with what was written before it. */
function picturesIn(writes: readonly string[], begin: string) {
  return writes.flatMap((write, at) => {
    const start = write.indexOf(begin);
    if (start < 0) return [];
    const before = writes.slice(0, at).join("");
    // The cursor is put back behind it, in a write of its own.
    const end = before + write + (writes[at + 1] ?? "");
    return [{ middle: before + write.slice(0, start + begin.length), end }];
  });
}

async function cursorAfter(written: string) {
  using shown = new ShownTerminal(WATCH_SIZE.columns, WATCH_SIZE.rows);
  await shown.write(written);
  return shown.isCursorShown ? shown.cursor : "hidden";
}

for (const { method, answer, begin } of METHODS) {
  Deno.test(`full screen has the cursor in the input line after each picture, and nowhere while it is drawn: ${method}`, async () => {
    await using talk = await openTalk();
    const writes: string[] = [];
    const { user, video } = await watch(talk.alice, (written) => {
      writes.push(written);
      return answer(written);
    });
    await using _leaving = user;
    using _reading = readTerminal();
    equal(video.statistics.method, method);
    for (const [index, controlMessage] of ["a", "b", "c"].entries()) {
      user.type(controlMessage);
      await user.see(new RegExp(`bob> ${"abc".slice(0, index + 1)}$`));
      await video.show(playedFrame(index), { inOrder: true });
      while (video.statistics.drawn <= index) await user.rows();
    }
    const rows = await user.rows();
    const row = rows.findIndex((text) => text.includes("bob> abc"));
    const column = rows[row].indexOf("bob> ") + "bob> ".length;
    const pictures = picturesIn(writes, begin);
    // Half blocks and sixels that stay the same are not written again.
    equal(pictures.length, method === "kitty" ? 3 : 1);
    for (const [index, { middle, end }] of pictures.entries()) {
      equal(await cursorAfter(middle), "hidden");
      deepEqual(await cursorAfter(end), [column + index + 1, row]);
    }
    await user.wait(video[Symbol.asyncDispose]());
    await user.leave();
  });
}

Deno.test("full screen shows no cursor beside a picture while keys are the video's", async () => {
  await using talk = await openTalk();
  const { user, video } = await watch(talk.alice, answerAsSixel);
  await using _leaving = user;
  using _reading = readTerminal();
  user.type(F6);
  await user.see(/space pause|i info|esc/i);
  await video.show(playedFrame(0), { inOrder: true });
  while (video.statistics.drawn === 0) await user.rows();
  equal(await cursorAfter(user.terminal.written), "hidden");
  user.type(F6);
  await user.see(/F6 keys/);
  ok(await cursorAfter(user.terminal.written) !== "hidden");
  await user.wait(video[Symbol.asyncDispose]());
  await user.leave();
});

Deno.test("full screen draws no picture while the terminal is an editor's, and goes on behind it", async () => {
  await using talk = await openTalk();
  const folder = await Deno.makeTempDir({ dir: "tests/tmp" });
  const script = `${Deno.cwd()}/${folder}/editor.sh`;
  // Until the test says so; a test that failed takes the folder away.
  const waiting = `while [ -d ${folder} ] && [ ! -e ${folder}/done ]; do sleep 0.02; done`;
  await Deno.writeTextFile(script, `#!/bin/sh\necho > ${folder}/begun\n${waiting}\n`);
  await Deno.chmod(script, 0o700);
  const { user, video } = await watch(talk.alice, answerAsSixel, { EDITOR: script });
  await using _leaving = user;
  using _reading = readTerminal();
  await video.show(playedFrame(0), { inOrder: true });
  while (video.statistics.drawn === 0) await user.rows();
  user.type("\x1be");
  while (!await exists(`${folder}/begun`)) await user.rows();
  const lentAt = user.terminal.written.length;
  for (let index = 1; index < 4; index++) await video.show(playedFrame(index), { inOrder: false });
  for (let round = 0; round < 50; round++) await user.rows();
  equal(user.terminal.written.slice(lentAt), "");
  await Deno.writeTextFile(`${folder}/done`, "");
  await user.see(/F6 keys/);
  while (!user.terminal.written.slice(lentAt).includes("\x1bP0;0;0q")) await user.rows();
  await Deno.remove(folder, { recursive: true });
  await user.wait(video[Symbol.asyncDispose]());
  await user.leave();
});

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return false;
  }
}
