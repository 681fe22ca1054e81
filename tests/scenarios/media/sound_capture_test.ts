/** The sound of files and devices: what ffmpeg is given, and what is made of how it ends. */

import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { captureOf, soundOf } from "../../../lib/client/streams/sending.ts";
import type { CaptureSource } from "../../../lib/media/live/capture_source.ts";
import type { Ffmpeg } from "../../../lib/media/ffmpeg/ffmpeg.ts";
import { captureSound, whySilent } from "../../../lib/media/live/sound_capture.ts";
import { makeBeepFilm } from "../../kit/beep_film.ts";
import { liveOffsets } from "../../kit/live_offsets.ts";
import { waysOf } from "../../kit/offset_watch.ts";
import { HAS_SOUND_RIG, SoundRig } from "../../kit/sound_rig.ts";
import { FFMPEG_PATH, openFfmpeg, standIn, tempFolder } from "./media_kit.ts";

const LINUX = { os: "linux", environment: () => undefined } as const;
const CAMERA = { kind: "camera", name: undefined } as const;
const { signal } = new AbortController();

async function silenceOf(
  ffmpeg: Ffmpeg,
  source: CaptureSource,
  { os = LINUX.os, device }: { os?: typeof Deno.build.os; device?: string } = {},
): Promise<string | undefined> {
  return await whySilent(ffmpeg, { source, device, system: { ...LINUX, os } }, signal);
}

/** The options before its sound, as ffmpeg is given them. */
async function givenTo(
  source: CaptureSource,
  about: { os: typeof Deno.build.os; device?: string },
): Promise<string> {
  const said = `${await tempFolder()}/said`;
  const ffmpeg = await standIn(`echo "$@" > ${said}\nexit 1`);
  await silenceOf(ffmpeg, source, about);
  const words = await Deno.readTextFile(said);
  return /-f (\S+).* -i (.*?) -threads/.exec(words)?.slice(1).join(" ") ?? words;
}

Deno.test("sound is opened as each system has it", async () => {
  const screen = { kind: "screen", name: undefined } as const;
  equal(await givenTo(CAMERA, { os: "darwin" }), "avfoundation none:default");
  equal(
    await givenTo(screen, { os: "darwin", device: "BlackHole 2ch" }),
    "avfoundation none:BlackHole 2ch",
  );
  equal(await givenTo(CAMERA, { os: "windows", device: "Mic (USB)" }), "dshow audio=Mic (USB)");
  equal(await givenTo(CAMERA, { os: "linux" }), "alsa default");
});

Deno.test("where a system has no sound of a screen or names no microphone, a word says so", async () => {
  const ffmpeg = await standIn("exit 1");
  const screen = { kind: "screen", name: undefined } as const;
  for (
    const [source, os, expected] of [
      [screen, "darwin", /macOS gives no program its own sound/],
      [screen, "windows", /Stereo Mix/],
      [CAMERA, "windows", /name the microphone by --sound NAME/],
      [screen, "linux", /PulseAudio or PipeWire only/],
    ] as const
  ) {
    ok(expected.test(await silenceOf(ffmpeg, source, { os }) ?? ""), os);
  }
});

for (
  const [words, expected] of [
    [
      "[alsa @ 0x1] cannot open audio device default (Device or resource busy)",
      "another program uses it",
    ],
    [
      "[alsa @ 0x1] cannot open audio device default (No such file or directory)",
      "no such sound device",
    ],
    ["[pulse @ 0x1] Access denied", "no permission"],
    ["Unknown encoder 'libopus'", "this ffmpeg has no Opus"],
    ["", "it delivers none"],
  ]
) {
  Deno.test(`a sound device that cannot be heard is a word: ${expected}`, async () => {
    const ffmpeg = await standIn(`echo "${words}" >&2; exit 1`);
    equal(await silenceOf(ffmpeg, CAMERA), expected);
  });
}

Deno.test("sound whose ffmpeg was killed has not come to its end, and what is no Ogg is refused", async () => {
  const request = { source: CAMERA, device: undefined, system: LINUX, fromMs: 0 };
  const onPacket = () => Promise.resolve();
  const killed = captureSound(await standIn("kill -9 $$"), { ...request, onPacket }, { signal });
  await rejects(killed, { code: "ffmpeg-killed" });
  const noise = await standIn("head -c 100000 /dev/zero");
  await rejects(captureSound(noise, { ...request, onPacket }, { signal }), {
    code: "sound-unreadable",
  });
});

Deno.test({
  name: "sound of a file comes as packets of 20 ms from any moment, and a file without any says so",
  ignore: FFMPEG_PATH === "",
  async fn() {
    const folder = await tempFolder();
    const ffmpeg = await openFfmpeg();
    const counts: number[] = [];
    const source = { kind: "file", path: `${folder}/film.mp4` } as const;
    await makeBeepFilm(FFMPEG_PATH, source.path, { seconds: 3, tracks: "one" });
    for (const fromMs of [0, 2000]) {
      let count = 0;
      const onPacket = () => Promise.resolve(void count++);
      const request = { source, device: undefined, system: LINUX, fromMs, onPacket };
      await captureSound(ffmpeg, request, { signal });
      counts.push(count);
    }
    deepEqual(counts.map((count) => Math.round(count / 10)), [15, 5]);
    equal(await silenceOf(ffmpeg, source), undefined);
    const silent = { kind: "file", path: `${folder}/silent.mp4` } as const;
    await makeBeepFilm(FFMPEG_PATH, silent.path, { seconds: 1, tracks: "silent" });
    equal(await silenceOf(ffmpeg, silent), "this file has none");
  },
});

Deno.test({
  name: "sound of a stream is heard within 40 ms of its picture (needs pulseaudio)",
  ignore: !HAS_SOUND_RIG || FFMPEG_PATH === "",
  async fn() {
    const folder = await tempFolder();
    const source = { kind: "file", path: `${folder}/film.mp4` } as const;
    await makeBeepFilm(FFMPEG_PATH, source.path, { seconds: 8, tracks: "one" });
    const ffmpeg = await openFfmpeg();
    await using rig = await SoundRig.open();
    const { ways } = await waysOf(rig, folder);
    const { sound } = soundOf(ffmpeg, source, undefined);
    const { offsetsMs, proven, silence } = await liveOffsets(
      { ...captureOf(ffmpeg, source), sound },
      rig,
      { ways: { ways: ways.slice(0, 1), silence: undefined }, stop: signal },
    );
    const middle = offsetsMs.toSorted((a, b) => a - b)[offsetsMs.length >> 1];
    ok(Math.abs(middle) <= 40, `${offsetsMs.map(Math.round).join(" ")}`);
    deepEqual([proven, silence], ["proven", undefined]);
  },
});
