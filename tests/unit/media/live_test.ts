import { deepEqual, equal, throws } from "node:assert/strict";
import { captureFailure, captureInput } from "../../../lib/media/live/capture_source.ts";
import {
  FIRST_STEP,
  firstPace,
  LIVE_STEPS,
  middleReport,
  pace,
} from "../../../lib/media/live/live_steps.ts";
import { LiveWindow } from "../../../lib/media/live/live_window.ts";

const GOOD = { received: 15, lost: 0, lateMs: 20 };
const LOSSY = { received: 12, lost: 3, lateMs: 20 };
const LATE = { received: 15, lost: 0, lateMs: 900 };

Deno.test("the steps of a live stream go down in pixels, rate or quality, each of them", () => {
  const cost = (step: typeof LIVE_STEPS[number]) =>
    step.widthPx * step.heightPx * step.framesPerSecond / step.quality;
  const costs = LIVE_STEPS.map(cost);
  deepEqual(costs, costs.toSorted((one, other) => other - one));
  equal(new Set(costs).size, costs.length);
});

for (
  const [what, report, step] of [
    ["goes down when every tenth frame is lost", { received: 8, lost: 1, lateMs: 0 }, 1],
    ["stays at one of ten", { received: 9, lost: 1, lateMs: 0 }, 0],
    ["goes down when frames come late", { received: 10, lost: 0, lateMs: 501 }, 1],
    ["stays at half a second", { received: 10, lost: 0, lateMs: 500 }, 0],
    ["says nothing about nothing", { received: 0, lost: 0, lateMs: 9000 }, 0],
  ] as const
) {
  Deno.test(`a live stream ${what}`, () => {
    equal(pace(firstPace(), report, 10_000).step, FIRST_STEP + step);
  });
}

Deno.test("a live stream takes one step and rests before the next", () => {
  let now = pace(firstPace(), LOSSY, 1000);
  equal(now.step, FIRST_STEP + 1);
  equal(pace(now, LATE, 2999), now);
  now = pace(now, LATE, 3000);
  equal(now.step, FIRST_STEP + 2);
});

Deno.test("a live stream goes up when all is well for long enough, and waits longer after it failed", () => {
  let now = firstPace();
  const at = (nowMs: number) => now = pace(now, GOOD, nowMs);
  at(0);
  equal(at(4999).step, FIRST_STEP);
  equal(at(5000).step, FIRST_STEP - 1);
  now = pace(now, LOSSY, 8000);
  equal(now.step, FIRST_STEP);
  at(10_000);
  equal(at(19_999).step, FIRST_STEP);
  equal(at(20_000).step, FIRST_STEP - 1);
});

Deno.test("a live stream stays within its table", () => {
  let now = firstPace(0);
  for (let nowMs = 0; nowMs < 100_000; nowMs += 1000) now = pace(now, GOOD, nowMs);
  equal(now.step, 0);
  for (let nowMs = 100_000; nowMs < 200_000; nowMs += 1000) now = pace(now, LATE, nowMs);
  equal(now.step, LIVE_STEPS.length - 1);
});

Deno.test("of several watchers the one in the middle counts", () => {
  equal(middleReport([]), undefined);
  equal(middleReport([LATE]), LATE);
  equal(middleReport([LOSSY, GOOD, GOOD]), GOOD);
  equal(middleReport([LATE, GOOD, LATE]), LATE);
});

Deno.test("a live window lets one part out always, and more as far as the line was measured", () => {
  const window = new LiveWindow((goodput) => Math.max(100, goodput / 4));
  equal(window.covers(5000), true);
  window.sent(60, 0);
  equal(window.covers(40), true);
  equal(window.covers(41), false);
  window.taken(60, 50);
  equal(window.inFlightBytes, 0);
  for (let ms = 100; ms <= 2000; ms += 100) {
    window.sent(1000, ms - 100);
    window.taken(60 + 10 * ms, ms);
  }
  equal(window.goodput > 5000, true, `${window.goodput}`);
  window.sent(50, 2000);
  equal(window.covers(1000), true);
});

Deno.test("a live window does not believe more than was sent, nor less than before", () => {
  const window = new LiveWindow(() => 100);
  window.sent(80, 0);
  window.taken(1e9, 10);
  equal(window.inFlightBytes, 0);
  window.sent(80, 20);
  window.taken(0, 30);
  equal(window.inFlightBytes, 80);
});

const linux = { os: "linux", environment: () => ":0" } as const;
const camera = (name?: string) => ({ kind: "camera", name } as const);
const screen = (name?: string) => ({ kind: "screen", name } as const);

Deno.test("cameras and screens are opened as each system has them, by their own format only", () => {
  const open = (source: Parameters<typeof captureInput>[0], os: typeof Deno.build.os) => {
    const input = captureInput(source, 0, { ...linux, os });
    return "device" in input ? [input.device.format, input.device.name] : [];
  };
  deepEqual(open(camera(), "linux"), ["video4linux2,v4l2", "/dev/video0"]);
  deepEqual(open(camera("2"), "linux"), ["video4linux2,v4l2", "/dev/video2"]);
  deepEqual(open(camera("test"), "linux"), ["lavfi", "testsrc2=size=640x360:rate=15"]);
  deepEqual(open(camera("test"), "darwin"), ["lavfi", "testsrc2=size=640x360:rate=15"]);
  deepEqual(open(camera(), "darwin"), ["avfoundation", "0:none"]);
  deepEqual(open(camera("HD Camera"), "windows"), ["dshow", "video=HD Camera"]);
  deepEqual(open(screen(), "linux"), ["x11grab", ":0"]);
  deepEqual(open(screen(), "darwin"), ["avfoundation", "Capture screen 0:none"]);
  deepEqual(open(screen(), "windows"), ["gdigrab", "desktop"]);
});

Deno.test("a screen is opened with the person's key to it, and with nothing else of their environment", () => {
  const opened = (known: Record<string, string>) => {
    const input = captureInput(screen(":0"), 0, {
      os: "linux",
      environment: (name) => known[name],
    });
    return "device" in input ? input.device.environment : undefined;
  };
  const others = { HOME: "/home/alice", PATH: "/bin", SECRET: "x" };
  deepEqual(opened(others), { XAUTHORITY: "/home/alice/.Xauthority" });
  deepEqual(opened({ ...others, XAUTHORITY: "/run/1/x" }), { XAUTHORITY: "/run/1/x" });
  deepEqual(opened({}), {});
});

Deno.test("a screen of another machine is refused: ffmpeg has no network", () => {
  for (const name of ["localhost:10.0", "10.0.0.7:0"]) {
    throws(() => captureInput(screen(name), 0, linux), { message: /another machine.*--screen :0/ });
  }
});

Deno.test("SR-71: a name of a device that is none is refused with an example", () => {
  for (const name of ["/etc/passwd", "/dev/../etc/passwd", "x", "-i", "lavfi:x", ""]) {
    throws(() => captureInput(camera(name), 0, linux), { code: "bad-camera" }, name);
  }
  throws(() => captureInput(camera(), 0, { ...linux, os: "windows" }), { code: "no-camera-name" });
  throws(() => captureInput(camera("a:audio=b"), 0, { ...linux, os: "windows" }), {
    code: "bad-camera",
  });
  throws(() => captureInput(screen("; ls"), 0, linux), { code: "no-screen" });
  throws(() => captureInput(screen(), 0, { ...linux, environment: () => undefined }), {
    code: "no-screen",
  });
});

for (
  const [words, code, text] of [
    ["[video4linux2] ioctl(VIDIOC_STREAMON): Device or resource busy", "device-busy", /busy/],
    ["/dev/video0: No such file or directory", "device-missing", /No camera found/],
    ["/dev/video0: Permission denied", "device-forbidden", /No permission/],
    // avfoundation and dshow.
    ["[avfoundation @ 0x1] Video device not found", "device-missing", /No camera found/],
    ["[avfoundation @ 0x1] Invalid device index", "device-missing", /No camera found/],
    [
      "Failed to create AV capture input device: Cannot use FaceTime HD Camera",
      "device-forbidden",
      /No permission/,
    ],
    [
      "Could not run graph (sometimes caused by a device already in use by other application)",
      "device-busy",
      /busy/,
    ],
    [
      "Could not find video device with name [X] among source devices of type video.",
      "device-missing",
      /No camera found/,
    ],
    ["Unknown input format: 'v4l2'", "ffmpeg-missing", /cannot open a camera/],
    ["something else", "device-failed", /delivers no picture/],
  ] as const
) {
  Deno.test(`a camera of which ffmpeg says "${words}" is ${code}`, () => {
    const error = captureFailure(camera(), ["Input", words]);
    equal(error.code, code);
    equal(text.test(error.message), true, error.message);
  });
}

Deno.test("a device that was named is named in the words", () => {
  const absent = "No such file or directory";
  equal(captureFailure(camera("/dev/video7"), [absent]).message, "No camera /dev/video7");
  const closed = captureFailure(screen(":7"), ["[x11grab @ 0x1] Cannot open display :7, error 1."]);
  equal(closed.message, "No screen :7 found, or no permission to use it");
});
