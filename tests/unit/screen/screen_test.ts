import assert from "node:assert/strict";
import { TerminalError } from "../../../lib/base/errors.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import type { FrameOutcome } from "../../../lib/screen/frame_outcome.ts";
import { Screen } from "../../../lib/screen/screen.ts";
import type { Capabilities } from "../../../lib/terminal/capability/capability.ts";
import { FakeClock, settle } from "../../kit/clock.ts";
import { FakeOutput } from "../../kit/fake_output.ts";
import { PLAIN_TERMINAL, realFrame } from "../../kit/screens.ts";

const rectangle = { column: 10, row: 2, widthCells: 80, heightCells: 20 };
/** iTerm2: pictures are passed on in this thread, so that every step is under control. */
const capabilities: Capabilities = { ...PLAIN_TERMINAL, iterm2: true, method: "iterm2" };

interface Setup {
  readonly screen: Screen;
  readonly output: FakeOutput;
  readonly outcomes: FrameOutcome[];
  readonly clock: FakeClock;
}

async function openScreen(): Promise<Setup> {
  const output = new FakeOutput();
  const outcomes: FrameOutcome[] = [];
  const clock = new FakeClock();
  const screen = await Screen.open({
    ...{ output, capabilities, rectangle, clock, random: systemRandom },
    onFrame: (outcome) => outcomes.push(outcome),
  });
  return { screen, output, outcomes, clock };
}

const resultOf = (outcomes: readonly FrameOutcome[], index: number) =>
  outcomes.find((outcome) => outcome.index === index)?.result;

const text = (bytes: Uint8Array) => new TextDecoder("latin1").decode(bytes);

Deno.test("screen has one picture on its way and one ready, and drops what a newer frame replaces", async () => {
  const { screen, output, outcomes } = await openScreen();
  await using _ = screen;
  screen.show(realFrame(0));
  await output.untilWrites(1);
  await settle();
  // 1 is painted while 0 is drawn; 2 to 4 come while 1 waits.
  for (const index of [1, 2, 3, 4]) {
    screen.show(realFrame(index));
    await settle();
  }
  assert.equal(output.writes.length, 1);
  assert.deepEqual([2, 3].map((index) => resultOf(outcomes, index)), ["dropped", "dropped"]);
  output.answer(12);
  await output.untilWrites(2);
  output.answer(20);
  await output.untilWrites(3);
  output.answer(20);
  await settle();
  assert.deepEqual([0, 1, 4].map((index) => resultOf(outcomes, index)), [
    "drawn",
    "drawn",
    "drawn",
  ]);
  const { drawn, dropped, refused, roundTripMs } = screen.statistics;
  assert.deepEqual([drawn, dropped, refused], [3, 2, 0]);
  assert.ok(roundTripMs !== undefined && roundTripMs > 12 && roundTripMs < 20);
});

Deno.test("screen reports each frame exactly once, with the round trip of the drawn ones", async () => {
  const { screen, output, outcomes } = await openScreen();
  for (let index = 0; index < 10; index++) {
    screen.show(realFrame(index));
    await settle();
    if (index % 3 === 0) output.answer(index);
  }
  await screen.close();
  assert.deepEqual(outcomes.map(({ index }) => index).sort(), [...Array(10).keys()]);
  const first = outcomes.find(({ index }) => index === 0);
  assert.deepEqual(first, { index: 0, ptsMs: 0, result: "drawn", drawnAtMs: 0, roundTripMs: 0 });
});

Deno.test("SR-67: screen refuses a JPEG of another size than its header says, and goes on", async () => {
  const { screen, output, outcomes } = await openScreen();
  await using _ = screen;
  screen.show({ ...realFrame(0), widthPx: 1280 });
  await settle();
  screen.show({ ...realFrame(1), jpegBytes: Uint8Array.of(1, 2, 3) });
  await settle();
  screen.show(realFrame(2));
  await output.untilWrites(1);
  assert.deepEqual([0, 1].map((index) => resultOf(outcomes, index)), ["refused", "refused"]);
  assert.equal(screen.statistics.refused, 2);
  const problems = outcomes.map((outcome) => outcome.result === "refused" ? outcome.problem : "");
  assert.deepEqual(problems, ["size-mismatch", "not-jpeg"]);
});

Deno.test("SR-67: screen passes on a JPEG without its application data and comments", async () => {
  const { screen, output } = await openScreen();
  await using _ = screen;
  const frame = realFrame(0);
  const secret = new TextEncoder().encode("\x1b]52;;evil");
  const comment = Uint8Array.of(0xff, 0xfe, 0, secret.length + 2, ...secret);
  const jpegBytes = Uint8Array.of(
    ...frame.jpegBytes.subarray(0, 2),
    ...comment,
    ...frame.jpegBytes.subarray(2),
  );
  screen.show({ ...frame, jpegBytes });
  await output.untilWrites(1);
  const payload = atob(text(output.pictures[0]).split(":")[1].split("\x07")[0]);
  assert.ok(!payload.includes("evil"));
  assert.ok(payload.startsWith("\xff\xd8") && payload.endsWith("\xff\xd9"));
  assert.ok(!payload.includes("JFIF"));
});

Deno.test("screen resize moves the picture and resolves when the old one is gone", async () => {
  const { screen, output } = await openScreen();
  await using _ = screen;
  screen.show(realFrame(0));
  await output.untilWrites(1);
  let isResized = false;
  const resized = screen.resize({ ...rectangle, row: 6 }).then(() => isResized = true);
  screen.show(realFrame(1));
  await settle();
  assert.equal(isResized, false, "not while the old picture is on its way");
  output.answer(5);
  await resized;
  assert.match(text(output.writes[1].bytes), / {80}/);
  await output.untilWrites(3);
  assert.ok(text(output.pictures[0]).includes("\x1b[3;11H"));
  assert.ok(text(output.pictures[1]).includes("\x1b[7;11H"));
});

Deno.test("screen resize follows a new cell size and a smaller terminal", async () => {
  const { screen, output } = await openScreen();
  await using _ = screen;
  const cell = { widthPx: 10, heightPx: 10, source: "cell-report" } as const;
  await screen.resize(rectangle, { ...capabilities, cell, rows: 12 });
  screen.show(realFrame(0));
  const before = output.writes.length;
  await output.untilWrites(before + 1);
  assert.match(text(output.pictures[0]), /width=16;height=9;/);
});

Deno.test("screen clear takes the picture away and drops the frame that waits", async () => {
  const { screen, output, outcomes } = await openScreen();
  await using _ = screen;
  screen.show(realFrame(0));
  await output.untilWrites(1);
  output.answer(1);
  await settle();
  screen.show(realFrame(1));
  await screen.clear();
  assert.equal(resultOf(outcomes, 1), "dropped");
  assert.match(text(output.writes[1].bytes), / {80}/);
  assert.equal(output.writes.length, 2);
});

Deno.test("screen draws nothing when there is no room, and drops the frame", async () => {
  const { screen, output, outcomes } = await openScreen();
  await using _ = screen;
  await screen.resize({ ...rectangle, heightCells: 0 });
  const before = output.writes.length;
  screen.show(realFrame(0));
  await settle();
  assert.equal(output.writes.length, before);
  assert.equal(resultOf(outcomes, 0), "dropped");
});

Deno.test("screen stops waiting for a terminal that does not acknowledge", async () => {
  const { screen, output } = await openScreen();
  await using _ = screen;
  for (let index = 0; index < 2; index++) {
    screen.show(realFrame(index));
    await output.untilWrites(index + 1);
    output.answer(undefined);
    await settle();
  }
  for (let index = 2; index < 5; index++) {
    screen.show(realFrame(index));
    await output.untilWrites(index + 1);
    await settle();
  }
  assert.equal(output.unanswered, 0);
  assert.equal(screen.statistics.drawn, 5);
  assert.equal(screen.statistics.roundTripMs, undefined);
});

Deno.test("screen close drops what waits, erases the picture and then takes no more", async () => {
  const { screen, output, outcomes } = await openScreen();
  screen.show(realFrame(0));
  await output.untilWrites(1);
  await settle();
  screen.show(realFrame(1));
  await settle();
  screen.show(realFrame(2));
  await screen.close();
  await screen.close();
  assert.equal(resultOf(outcomes, 2), "dropped");
  assert.match(text(output.writes[output.writes.length - 1].bytes), / {80}/);
  const count = output.writes.length;
  screen.show(realFrame(3));
  await Promise.all([screen.clear(), screen.resize(rectangle)]);
  assert.equal(output.writes.length, count);
  assert.equal(resultOf(outcomes, 3), "dropped");
  await screen.wait();
});

Deno.test("screen fails when the terminal is gone, says so in wait, and still closes", async () => {
  const { screen, output } = await openScreen();
  output.break();
  screen.show(realFrame(0));
  await assert.rejects(screen.wait(), TerminalError);
  await screen.resize(rectangle);
  await screen.close();
});

Deno.test("screen with method none draws nothing", async () => {
  const output = new FakeOutput();
  await using screen = await Screen.open({
    ...{ output, capabilities, rectangle, clock: new FakeClock(), random: systemRandom },
    method: "none",
  });
  screen.show(realFrame(0));
  await screen.clear();
  assert.equal(output.writes.length, 0);
  assert.equal(screen.statistics.dropped, 1);
});

/** The terminal takes so long for the next picture. Returns its bytes. */
async function draw({ screen, output, clock }: Setup, index: number, drawMs: number) {
  const before = output.pictures.length;
  screen.show(realFrame(index));
  while (output.pictures.length === before) await settle();
  await clock.advance(drawMs);
  output.answer(0);
  await settle();
  return text(output.pictures[before]);
}

Deno.test("screen that adapts draws smaller on a slow terminal, in the middle, and says on what", async () => {
  const setup = await openScreen();
  const { screen } = setup;
  await using _ = screen;
  const whole = screen.box;
  screen.adapts = true;
  await settle();
  assert.deepEqual(screen.box, whole);
  assert.equal(screen.drawMs, undefined);
  const large = await draw(setup, 0, 900);
  const small = await draw(setup, 1, 20);
  const widthOf = (picture: string) => Number(/width=(\d+)/.exec(picture)?.[1]);
  assert.ok(widthOf(small) < widthOf(large) / 2, `${widthOf(large)} ${widthOf(small)}`);
  assert.ok(screen.box.widthPx < whole.widthPx / 2);
  screen.adapts = false;
  assert.deepEqual(screen.box, whole);
});

Deno.test("screen that does not adapt draws as large as there is room, however slow the terminal", async () => {
  const setup = await openScreen();
  await using _ = setup.screen;
  const whole = setup.screen.box;
  for (let index = 0; index < 4; index++) await draw(setup, index, 900);
  assert.deepEqual(setup.screen.box, whole);
});
