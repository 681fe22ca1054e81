import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { MediaError } from "../../lib/base/errors.ts";
import { systemRandom } from "../../lib/base/random.ts";
import { systemClock } from "../../lib/base/clock.ts";
import type { Bitmap } from "../../lib/base/bitmap.ts";
import { JpegDecoder } from "../../lib/media/picture/jpeg_decoder.ts";
import { Screen } from "../../lib/screen/screen.ts";
import { WorkerPainter } from "../../lib/screen/worker_painter.ts";
import type { Capabilities } from "../../lib/terminal/capability/capability.ts";
import { ShownTerminal } from "../kit/cells.ts";
import { FakeOutput } from "../kit/fake_output.ts";
import { decodePalettePng, parseKitty } from "../kit/kitty_reader.ts";
import { decodeSixel, psnr } from "../kit/pictures.ts";
import { PLAIN_TERMINAL, realFrame } from "../kit/screens.ts";
import { FFMPEG_PATH, withFfmpeg } from "../scenarios/media/media_kit.ts";

// Everything here goes through the real Worker: JPEG in, bytes for the terminal out.

const rectangle = { column: 2, row: 1, widthCells: 80, heightCells: 20 };
const kitty = { sharedMemory: false, temporaryFile: false, png: true, jpeg: false };
const sixel = { colourRegisters: 256, maxSizePx: undefined };

async function decodeFrame(): Promise<Bitmap> {
  const decoded = (await JpegDecoder.open()).decode(realFrame(0).jpegBytes);
  assert.ok(decoded.ok);
  return decoded.bitmap;
}

async function drawOne(capabilities: Capabilities): Promise<Uint8Array> {
  const output = new FakeOutput();
  await using screen = await Screen.open({
    ...{ output, capabilities, rectangle, clock: systemClock, random: systemRandom },
  });
  screen.show(realFrame(0));
  await output.untilWrites(1);
  output.answer(1);
  return output.pictures[0];
}

Deno.test("a JPEG drawn by sixel decodes to the picture above 37 dB", async () => {
  const bytes = await drawOne({ ...PLAIN_TERMINAL, sixel, method: "sixel" });
  assert.ok(psnr(decodeSixel(bytes), await decodeFrame()) >= 37);
});

Deno.test("a JPEG drawn by kitty in palette PNG decodes to the picture above 37 dB", async () => {
  const bytes = await drawOne({ ...PLAIN_TERMINAL, kitty, method: "kitty" });
  const [{ data }] = parseKitty(bytes);
  assert.ok(psnr(decodePalettePng(data), await decodeFrame()) >= 37);
});

withFfmpeg(
  "a JPEG drawn by iTerm2 is taken by ffmpeg and decodes to the picture above 37 dB",
  async () => {
    const bytes = await drawOne({ ...PLAIN_TERMINAL, iterm2: true, method: "iterm2" });
    const written = new TextDecoder("latin1").decode(bytes);
    const [header, payload] = written.slice(written.indexOf("File="), written.indexOf("\x07"))
      .split(":");
    const size = new URLSearchParams(header.replaceAll(";", "&")).get("size");
    const jpeg = Buffer.from(payload, "base64");
    assert.equal(jpeg.length, Number(size));
    const expected = await decodeFrame();
    assert.ok(psnr(await decodeByFfmpeg(jpeg, expected), expected) >= 37);
  },
);

/** What ffmpeg, which no one here wrote, makes of one JPEG. */
async function decodeByFfmpeg(jpeg: Uint8Array<ArrayBuffer>, size: Bitmap): Promise<Bitmap> {
  const child = new Deno.Command(FFMPEG_PATH, {
    args: "-v error -f image2pipe -c:v mjpeg -i pipe:0 -f rawvideo -pix_fmt rgb24 pipe:1".split(
      " ",
    ),
    ...{ stdin: "piped", stdout: "piped", stderr: "piped" },
  }).spawn();
  const output = child.output();
  const writer = child.stdin.getWriter();
  await writer.write(jpeg);
  await writer.close();
  const { stdout, stderr } = await output;
  const { widthPx, heightPx } = size;
  assert.equal(stdout.length, widthPx * heightPx * 3, new TextDecoder().decode(stderr));
  return { widthPx, heightPx, rgb: stdout };
}

Deno.test("a JPEG drawn by half blocks shows in its cells and nowhere else", async () => {
  using terminal = new ShownTerminal(100, 30);
  await terminal.write(await drawOne(PLAIN_TERMINAL));
  // The wall on the left is light, the beam above it dark, the crest orange.
  const channels = (column: number, row: number) => {
    const value = terminal.cell(column, row).background?.value ?? 0;
    return [value >> 16, value >> 8 & 255, value & 255];
  };
  assert.ok(Math.min(...channels(8, 10)) > 110, `${channels(8, 10)}`);
  assert.ok(Math.max(...channels(50, 1)) < 110, `${channels(50, 1)}`);
  const [red, , blue] = channels(2 + 54, 1 + 3);
  assert.ok(red > blue + 60, "the crest is orange");
  assert.equal(terminal.cell(1, 5).background, undefined);
  assert.equal(terminal.cell(82, 5).background, undefined);
  assert.equal(terminal.cell(40, 21).background, undefined);
  assert.equal(terminal.scrolledLines, 0);
});

Deno.test("the Worker refuses a damaged JPEG and draws the next one", async () => {
  const output = new FakeOutput();
  const results: string[] = [];
  const capabilities: Capabilities = { ...PLAIN_TERMINAL, sixel, method: "sixel" };
  await using screen = await Screen.open({
    ...{ output, capabilities, rectangle, clock: systemClock, random: systemRandom },
    onFrame: ({ result }) => results.push(result),
  });
  const frame = realFrame(0);
  const damaged = frame.jpegBytes.slice();
  // Noise inside the coded data, with the picture's end kept.
  for (let at = 3_000; at < 9_000; at++) damaged[at] = damaged[at] === 0xff ? 0xff : at * 7 & 0x7f;
  screen.show({ ...frame, jpegBytes: damaged });
  while (results.length === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  screen.show(realFrame(1));
  await output.untilWrites(1);
  assert.deepEqual(results, ["refused"]);
  assert.equal(screen.statistics.refused, 1);
});

Deno.test("the Worker takes a frame that is a view of a larger packet and leaves the packet whole", async () => {
  const output = new FakeOutput();
  await using screen = await Screen.open({
    ...{ output, rectangle, clock: systemClock, random: systemRandom },
    capabilities: PLAIN_TERMINAL,
  });
  const frame = realFrame(0);
  const packet = new Uint8Array(frame.jpegBytes.length + 20).fill(7);
  packet.set(frame.jpegBytes, 10);
  screen.show({ ...frame, jpegBytes: packet.subarray(10, 10 + frame.jpegBytes.length) });
  await output.untilWrites(1);
  assert.equal(packet.length, frame.jpegBytes.length + 20);
  assert.equal(packet[5], 7);
});

Deno.test("the Worker that cannot open says so and is ended", async () => {
  // Not a method: stands for whatever may go wrong in a Worker.
  const method = "unknown" as "blocks";
  const opening = WorkerPainter.open({ method, capabilities: PLAIN_TERMINAL });
  await assert.rejects(opening, MediaError);
});
