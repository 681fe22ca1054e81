/** Awkward and broken videos, made by ffmpeg from the footage of this repository, and what becomes of each. */

import { resolve } from "node:path";
import { utf8 } from "../../lib/base/bytes.ts";
import { isOnPath } from "./on_path.ts";

/** What a case is made of, and what the frame store makes of it. */
export interface MediaCase {
  readonly name: string;
  /** Writes it to the path. */
  readonly make: (to: string, from: string) => Promise<void>;
  /** It plays, with so many frames (undefined: as many as ffmpeg decodes), or it is refused. */
  readonly outcome:
    | {
      readonly plays: number | "as decoded";
      readonly cutShort?: boolean;
      readonly shape?: number;
    }
    | { readonly problem: string };
}

const BIRD = resolve("videos/cockatoo.mp4");
const LAUNCH = resolve("videos/launch.webm");
const CITY = resolve("tests/fixtures/media/city.mpg");
const X264 = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "26"];

/** Whether the ffmpeg on PATH can make them: not every build has an encoder for H.264. */
export function canMakeMediaCases(): boolean {
  if (!isOnPath("ffmpeg")) return false;
  const { stdout } = new Deno.Command("ffmpeg", { args: ["-v", "quiet", "-encoders"] })
    .outputSync();
  const encoders = new TextDecoder().decode(stdout);
  return ["libx264", "libvpx-vp9", "mjpeg", " aac"].every((name) => encoders.includes(name));
}

/** Has the ffmpeg on PATH write `to`. */
async function ff(to: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("ffmpeg", {
    args: ["-hide_banner", "-v", "error", "-y", ...args, `file:${to}`],
  }).output();
  if (!success) throw new Error(`${to}: ${new TextDecoder().decode(stderr)}`);
}

/** Writes what is left of `source`, or of the base. */
function damaged(
  source: string | undefined,
  change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array,
): MediaCase["make"] {
  return async (to, base) => await Deno.writeFile(to, change(await Deno.readFile(source ?? base)));
}

function text(words: string): MediaCase["make"] {
  return (to) => Deno.writeFile(to, utf8(words));
}

/** 200 bytes of nonsense every 40,000, behind the first quarter. */
function withNoise(bytes: Uint8Array<ArrayBuffer>): Uint8Array {
  for (let at = Math.floor(bytes.length / 4); at < bytes.length - 3_000; at += 40_000) {
    for (let k = 0; k < 200; k++) bytes[at + k] = (k * 37 + at) & 255;
  }
  return bytes;
}

/** All of them, in the order in which they are made: `base.mp4` is what others are made from, in the same folder. */
export const MEDIA_CASES: readonly MediaCase[] = [
  {
    name: "base.mp4",
    make: (to) =>
      ff(to, "-t", "3", "-i", BIRD, "-an", "-vf", "scale=640:360,format=yuv420p", ...X264),
    outcome: { plays: 60 },
  },
  {
    name: "rotated-90.mp4",
    make: (to, base) => ff(to, "-i", base, "-c", "copy", "-metadata:s:v", "rotate=90"),
    outcome: { plays: 60, shape: 9 / 16 },
  },
  {
    name: "odd-427x239.webm",
    make: (to) =>
      ff(
        to,
        ...["-t", "1", "-i", LAUNCH, "-an", "-vf", "scale=427:239,format=yuv444p"],
        ...["-c:v", "libvpx-vp9", "-b:v", "500k", "-cpu-used", "8", "-deadline", "realtime"],
      ),
    outcome: { plays: "as decoded", shape: 426 / 240 },
  },
  {
    name: "narrow-34x720.mp4",
    make: (to) =>
      ff(
        to,
        ...["-t", "1", "-i", LAUNCH, "-an"],
        ...["-vf", "scale=34:720:flags=area,setsar=1", ...X264, "-pix_fmt", "yuv420p"],
      ),
    outcome: { plays: "as decoded", shape: 34 / 720 },
  },
  {
    name: "anamorphic-sar2.mp4",
    make: (to) =>
      ff(
        to,
        ...["-t", "1", "-i", LAUNCH, "-an", "-vf", "scale=320:360,setsar=2"],
        ...[...X264, "-pix_fmt", "yuv420p"],
      ),
    outcome: { plays: "as decoded", shape: 16 / 9 },
  },
  {
    name: "vfr-gap.mp4",
    make: (to) =>
      ff(
        to,
        ...["-t", "4", "-i", LAUNCH, "-an", "-vf"],
        ...["select='lt(t,1)+gte(t,2)*not(mod(n,5))',scale=640:-2", "-vsync", "vfr", ...X264],
      ),
    // Versions of ffmpeg that make it disagree by a few.
    outcome: { plays: "as decoded" },
  },
  {
    name: "one-frame.mp4",
    make: (to, base) => ff(to, "-i", base, "-frames:v", "1", "-c:v", "libx264"),
    outcome: { plays: 1 },
  },
  {
    name: "sound-only.m4a",
    make: (to) => ff(to, "-f", "lavfi", "-i", "sine=d=1", "-c:a", "aac"),
    outcome: { problem: "no-video" },
  },
  {
    name: "1000fps.mp4",
    make: (to) =>
      ff(
        to,
        ...["-f", "lavfi", "-i", "testsrc=s=64x64:r=1000:d=0.5", ...X264],
        ...["-pix_fmt", "yuv420p"],
      ),
    outcome: { plays: 500 },
  },
  {
    name: "120fps.mp4",
    make: (to) =>
      ff(
        to,
        ...["-f", "lavfi", "-i", "testsrc=s=320x180:r=120:d=1", ...X264],
        ...["-pix_fmt", "yuv420p"],
      ),
    outcome: { plays: 120 },
  },
  {
    // A picture each ten seconds.
    name: "two-hours.mp4",
    make: (to) =>
      ff(
        to,
        ...["-f", "lavfi", "-i", "testsrc=s=128x72:r=1/10:d=7200", ...X264],
        ...["-pix_fmt", "yuv420p"],
      ),
    outcome: { plays: 720 },
  },
  {
    name: "8k.avi",
    make: (to) =>
      ff(
        to,
        ...["-i", LAUNCH, "-an", "-vf", "scale=7680:4320:flags=bilinear", "-c:v", "mjpeg"],
        ...["-pix_fmt", "yuvj420p", "-q:v", "12", "-frames:v", "2"],
      ),
    outcome: { plays: 2 },
  },
  {
    name: "4k-mjpeg.avi",
    make: (to) =>
      ff(
        to,
        ...["-t", "2", "-i", LAUNCH, "-an", "-vf", "scale=3840:2160", "-c:v", "mjpeg"],
        ...["-pix_fmt", "yuvj420p", "-q:v", "12", "-frames:v", "4"],
      ),
    outcome: { plays: 4 },
  },
  {
    name: "cut-no-index.mp4",
    make: damaged(undefined, (bytes) => bytes.subarray(0, bytes.length * 6 / 10)),
    outcome: { problem: "index-missing" },
  },
  {
    name: "cut-faststart.mp4",
    async make(to, base) {
      await ff(to, "-i", base, "-c", "copy", "-movflags", "+faststart");
      await damaged(to, (bytes) => bytes.subarray(0, bytes.length * 6 / 10))(to, base);
    },
    outcome: { plays: "as decoded", cutShort: true },
  },
  {
    name: "cut.webm",
    make: damaged(LAUNCH, (bytes) => bytes.subarray(0, bytes.length / 2)),
    outcome: { plays: "as decoded", cutShort: true },
  },
  {
    // It says no length: nobody knows what is missing.
    name: "cut.mpg",
    make: damaged(CITY, (bytes) => bytes.subarray(0, bytes.length * 6 / 10)),
    outcome: { plays: "as decoded" },
  },
  {
    name: "noise.mpg",
    make: damaged(CITY, withNoise),
    outcome: { plays: "as decoded" },
  },
  {
    name: "noise.webm",
    // The noise ends it early.
    make: damaged(LAUNCH, withNoise),
    outcome: { plays: "as decoded", cutShort: true },
  },
  {
    name: "not-a-video.mp4",
    make: text("This is a text file with the wrong name.\n".repeat(50)),
    outcome: { problem: "not-media" },
  },
  { name: "empty.mp4", make: text(""), outcome: { problem: "empty" } },
  {
    name: "-i evil; $(touch pwned) `x` é中 \"q\" 'r'.mp4",
    make: (to, base) => Deno.copyFile(base, to),
    outcome: { plays: 60 },
  },
  {
    name: "concat.mp4",
    make: text("ffconcat version 1.0\nfile base.mp4\n"),
    outcome: { problem: "playlist" },
  },
  {
    name: "playlist.mp4",
    make: text(
      "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n",
    ),
    outcome: { problem: "playlist" },
  },
];
