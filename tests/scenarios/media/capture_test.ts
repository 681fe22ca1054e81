/** Cameras and screens: what ffmpeg is given, and what is made of how it ends. */

import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { resolve } from "node:path";
import { capture, type CapturedFrame } from "../../../lib/media/live/capture.ts";
import type { CaptureSource } from "../../../lib/media/live/capture_source.ts";
import type { Ffmpeg } from "../../../lib/media/ffmpeg/ffmpeg.ts";
import { JpegDecoder } from "../../../lib/media/picture/jpeg_decoder.ts";
import { LIVE_STEPS } from "../../../lib/media/live/live_steps.ts";
import { isOnPath } from "../../kit/on_path.ts";
import { FFMPEG_PATH, openFfmpeg, standIn, tempFolder } from "./media_kit.ts";

/** One leg of a stream on Linux. */
async function captureAll(
  ffmpeg: Ffmpeg,
  source: CaptureSource,
  { environment = {}, onFrame = () => Promise.resolve() }: {
    readonly environment?: Record<string, string>;
    readonly onFrame?: (frame: CapturedFrame) => Promise<void>;
  } = {},
): Promise<void> {
  const system = { os: "linux", environment: (name: string) => environment[name] } as const;
  const { signal } = new AbortController();
  await capture(ffmpeg, { source, step: LIVE_STEPS[0], fromMs: 0, system, onFrame }, { signal });
}

const CAMERA = { kind: "camera", name: "/dev/video0" } as const;

/** What ffmpeg 5.1 says on Linux, whole, and what becomes of it. */
const SAID = [
  [
    "[video4linux2,v4l2 @ 0x5] ioctl(VIDIOC_STREAMON): Device or resource busy\n" +
    "/dev/video0: Device or resource busy",
    { code: "device-busy", message: "The camera is busy: another program uses it" },
  ],
  [
    "[video4linux2,v4l2 @ 0x5] Cannot open video device /dev/video0: Permission denied\n" +
    "/dev/video0: Permission denied",
    {
      code: "device-forbidden",
      message: "No permission to use the camera",
    },
  ],
  [
    "[video4linux2,v4l2 @ 0x5] Cannot open video device /dev/video0: No such file or directory\n" +
    "/dev/video0: No such file or directory",
    { code: "device-missing", message: "No camera /dev/video0" },
  ],
] as const;

for (const [words, expected] of SAID) {
  Deno.test(`a camera that ffmpeg cannot open is ${expected.code}, in words`, async () => {
    const ffmpeg = await standIn(`cat >&2 <<'end'\n${words}\nend\nexit 1`);
    await rejects(captureAll(ffmpeg, CAMERA), expected);
  });
}

for (
  const source of [CAMERA, { kind: "file", path: resolve("videos/realshort.mp4") }] as const
) {
  Deno.test({
    name: `a ${source.kind} whose ffmpeg is killed in the middle has not come to its end`,
    ignore: FFMPEG_PATH === "",
    fn: async () => {
      const made = "-f lavfi -i testsrc2=size=64x36:rate=5 -frames:v 2 -c:v mjpeg -f mpjpeg -";
      const ffmpeg = await standIn(`${FFMPEG_PATH} -v quiet ${made}\nkill -9 $$`);
      let frames = 0;
      const killed = captureAll(ffmpeg, source, {
        onFrame: () => Promise.resolve(void frames++),
      });
      await rejects(killed, { code: "ffmpeg-killed" });
      equal(frames, 2);
    },
  });
}

/** An entry of a file as Xsecurity(7) and libXau have it, for every display. */
function xauthority(cookie: Uint8Array): Uint8Array {
  const field = (bytes: Uint8Array) => [bytes.length >> 8, bytes.length & 255, ...bytes];
  const name = field(new TextEncoder().encode("MIT-MAGIC-COOKIE-1"));
  const none = field(new Uint8Array());
  // 0xffff: whatever address and number.
  return Uint8Array.from([0xff, 0xff, ...none, ...none, ...name, ...field(cookie)]);
}

const hasXvfb = isOnPath("Xvfb");

/** A white screen of 320×200 that lets in whoever has the key. */
async function openScreen() {
  const folder = await tempFolder();
  const key = `${folder}/key`;
  await Deno.writeFile(key, xauthority(crypto.getRandomValues(new Uint8Array(16))));
  const child = new Deno.Command("Xvfb", {
    args: ["-displayfd", "1", "-auth", key, "-wr", "-screen", "0", "320x200x24"],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  return {
    display: `:${new TextDecoder().decode(value).trim()}`,
    key,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await reader.cancel();
      await child.status;
    },
  };
}

Deno.test({
  name: "a screen is shown to whoever has its key (needs Xvfb)",
  ignore: !hasXvfb || FFMPEG_PATH === "",
  fn: async () => {
    await using screen = await openScreen();
    const source = { kind: "screen", name: undefined } as const;
    const ffmpeg = await openFfmpeg();
    const seen = new Error("seen");
    let first: CapturedFrame | undefined;
    const onFrame = (frame: CapturedFrame) => {
      first = frame;
      return Promise.reject(seen);
    };
    const environment = { DISPLAY: screen.display };
    await rejects(captureAll(ffmpeg, source, { environment, onFrame }), { code: "device-missing" });
    const known = { ...environment, XAUTHORITY: screen.key };
    await rejects(captureAll(ffmpeg, source, { environment: known, onFrame }), seen);
    ok(first !== undefined);
    deepEqual([first.widthPx, first.heightPx], [320, 200]);
    const decoder = await JpegDecoder.open();
    const decoded = decoder.decode(first.jpeg);
    ok(decoded.ok && decoded.bitmap.rgb.subarray(0, 3).every((value) => value > 240));
  },
});

Deno.test("a file that was cut short while it was shown does not end as if that were its end", async () => {
  const folder = await tempFolder();
  const path = `${folder}/film.mp4`;
  try {
    await Deno.writeFile(path, new Uint8Array(50));
    const ffmpeg = await standIn("exit 0");
    await rejects(captureAll(ffmpeg, { kind: "file", path, sizeBytes: 100 }), {
      name: "MediaError",
      code: "source-cut",
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
