/** The sound of a file, or of what is heard beside a camera or a screen, as Opus, while it is taken. */

import { join } from "node:path";
import type { Bytes } from "../../base/bytes.ts";
import { MediaError } from "../../base/errors.ts";
import type { CaptureSource, CaptureSystem } from "./capture_source.ts";
import type { Ffmpeg, FfmpegDevice, FfmpegInput } from "../ffmpeg/ffmpeg.ts";
import { TEST_CAMERA } from "./capture_source.ts";
import { findTracks } from "../sound/film_tracks.ts";
import { OggReader } from "../sound/ogg.ts";
import { isSoundPacket, PACKET_MS } from "../sound/opus_packet.ts";
import { pulseSocket } from "../sound/sound_ways.ts";

/** As of the library. */
const BITS_PER_SECOND = 64_000;
/** Of one call of ffmpeg, as of pictures. */
const CAPTURE_TIME_LIMIT_MS = 12 * 60 * 60_000;
/** A device that gives no sound for so long gives none. */
const TRY_MS = 5_000;
/** In front of the packets stand a head and a comment (RFC 7845, section 3). */
const OGG_HEADERS = 2;
/** A beep at every full second. */
const TEST_SOUND = "aevalsrc=0.3*sin(2*PI*880*t)*lt(mod(t\\,1)\\,0.1):s=48000:c=stereo";
/** Of PulseAudio: what plays here. */
const MONITOR = "@DEFAULT_MONITOR@";

/** Which sound, and who takes it. */
export interface SoundCapture {
  readonly source: CaptureSource;
  /** The device that the person named; undefined: the one of the system. */
  readonly device: string | undefined;
  /** Of a file: where to begin. */
  readonly fromMs: number;
  readonly system: CaptureSystem;
  /** A packet of 20 ms. Of a file the next one waits for the promise. A device does not wait: return soon. */
  readonly onPacket: (packet: Bytes) => Promise<void>;
  /** Without it, half a day. */
  readonly timeLimitMs?: number;
}

/**
 * Resolves at the end of a file. Throws MediaError when there is none (`no-sound`), none came (`device-missing`, …), or
 * somebody else ended ffmpeg (`ffmpeg-killed`); what `onPacket` threw, or the signal's reason; then ffmpeg is gone.
 */
export async function captureSound(
  ffmpeg: Ffmpeg,
  request: SoundCapture,
  options: { readonly signal: AbortSignal },
): Promise<void> {
  const { source, fromMs, onPacket, timeLimitMs = CAPTURE_TIME_LIMIT_MS } = request;
  const isFile = source.kind === "file";
  const reader = new OggReader();
  let count = 0;
  const { words, isKilled } = await ffmpeg.run({
    ...await soundInput(request),
    lane: "sound",
    outputArgs: [
      ...["-map", "0:a:0", "-vn", "-sn", "-dn", "-map_metadata", "-1"],
      // Where there is no sound there is silence, so that counting packets tells the time.
      ...["-af", isFile ? "aresample=async=1:first_pts=0" : "aresample=async=1"],
      ...["-ac", "2", "-ar", "48000", "-c:a", "libopus", "-b:a", String(BITS_PER_SECOND)],
      // Without the last two a page holds a second.
      ...["-frame_duration", String(PACKET_MS), "-page_duration", String(PACKET_MS * 1000)],
      ...["-flush_packets", "1", "-f", "ogg", "-"],
    ],
    timeLimitMs,
    onOutput: async (piece) => {
      for (const packet of reader.push(piece)) {
        if (count++ < OGG_HEADERS) continue;
        if (!isSoundPacket(packet)) {
          throw new MediaError("ffmpeg-output", "Cannot read the sound of ffmpeg");
        }
        await onPacket(packet);
      }
    },
  }, options);
  if (isKilled) throw new MediaError("ffmpeg-killed", "Cannot send the sound: ffmpeg was killed");
  if (count <= OGG_HEADERS && fromMs === 0) throw soundFailure(source, words);
}

/** Why nothing is to be heard of it, before anybody is asked; undefined when something is. Throws the signal's reason. */
export async function whySilent(
  ffmpeg: Ffmpeg,
  request: Pick<SoundCapture, "source" | "device" | "system">,
  signal: AbortSignal,
): Promise<string | undefined> {
  const heard = new DOMException("There is sound", "AbortError");
  try {
    if (request.source.kind === "file") {
      const { sound } = await findTracks(ffmpeg, request.source.path, { signal });
      return sound.length > 0 ? undefined : "this file has none";
    }
    const onPacket = () => Promise.reject(heard);
    await captureSound(ffmpeg, { ...request, fromMs: 0, onPacket, timeLimitMs: TRY_MS }, {
      signal,
    });
  } catch (error) {
    if (error === heard) return undefined;
    signal.throwIfAborted();
    if (!(error instanceof MediaError)) throw error;
    return error.code === "ffmpeg-timeout" ? "it delivers none" : error.message;
  }
  return "it delivers none";
}

async function soundInput({ source, device, fromMs, system }: SoundCapture): Promise<FfmpegInput> {
  if (source.kind === "file") return { inputPath: source.path, fromMs };
  if (source.name === TEST_CAMERA && source.kind === "camera") {
    return { device: { format: "lavfi", name: TEST_SOUND, options: ["-re"] } };
  }
  const find = SYSTEMS[system.os] ?? onLinux;
  return { device: await find(source, device, system) };
}

type Device = Exclude<CaptureSource, { readonly kind: "file" }>;
type Find = (
  source: Device,
  device: string | undefined,
  system: CaptureSystem,
) => FfmpegDevice | Promise<FfmpegDevice>;

const SYSTEMS: Partial<Record<typeof Deno.build.os, Find>> = {
  darwin: ({ kind }, device) => {
    if (device === undefined && kind === "screen") {
      throw silent("macOS gives no program its own sound: name a device that does by --sound NAME");
    }
    return { format: "avfoundation", name: `none:${named(device ?? "default")}`, options: LOW };
  },
  windows: ({ kind }, device) => {
    if (device !== undefined) {
      return { format: "dshow", name: `audio=${named(device)}`, options: LOW };
    }
    throw silent(
      kind === "screen"
        ? "name a device that hears this machine by --sound NAME, e.g. Stereo Mix"
        : "name the microphone by --sound NAME",
    );
  },
};

/** What comes leaves at once, and nothing is looked at for long before. */
const LOW = ["-fflags", "nobuffer", "-probesize", "32", "-analyzeduration", "0"];

const onLinux: Find = async ({ kind }, device, system) => {
  const { environment } = system;
  const socket = pulseSocket(environment);
  if (socket !== undefined && await isThere(socket)) {
    const cookie = await firstThere(cookies(environment));
    return {
      format: "pulse",
      name: named(device ?? (kind === "screen" ? MONITOR : "default")),
      // 20 ms: else it comes every 50.
      options: ["-sample_rate", "48000", "-channels", "2", "-fragment_size", "3840", ...LOW],
      environment: {
        PULSE_SERVER: `unix:${socket}`,
        ...(cookie === undefined ? {} : { PULSE_COOKIE: cookie }),
      },
      sharedBytes: PULSE_SHARED_BYTES,
      reads: [socket, ...(cookie === undefined ? [] : [cookie])],
    };
  }
  if (kind === "screen" && device === undefined) {
    throw silent("what plays here is heard by PulseAudio or PipeWire only, and neither is there");
  }
  const reads = ["/dev/snd", "/etc/asound.conf"];
  return { format: "alsa", name: named(device ?? "default"), options: LOW, reads };
};

/** libpulse shares a pool of memory of 64 MiB with its server, and is ended where it may not. */
const PULSE_SHARED_BYTES = 65 * 1024 * 1024;

/** As libpulse looks for it. */
function cookies(environment: CaptureSystem["environment"]): readonly string[] {
  const home = environment("HOME");
  const config = environment("XDG_CONFIG_HOME") ?? (home && join(home, ".config"));
  return [
    environment("PULSE_COOKIE"),
    config && join(config, "pulse/cookie"),
    home && join(home, ".pulse-cookie"),
  ].filter((path) => path !== undefined);
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

async function firstThere(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if (await isThere(path)) return path;
  return undefined;
}

/** A quote or a colon would begin something else in some of these formats. Throws MediaError. */
function named(device: string): string {
  if (/^[^"\p{Cc}]{1,200}$/u.test(device)) return device;
  throw silent("this is no name of a sound device");
}

function silent(why: string): MediaError {
  return new MediaError("no-sound", why);
}

const SIGNS: readonly (readonly [RegExp, string])[] = [
  [/Device or resource busy|already in use/i, "another program uses it"],
  [/Permission denied|Operation not permitted|not authorized|Access denied/i, "no permission"],
  [/Unknown input format/i, "this ffmpeg cannot take it"],
  [/Unknown encoder/i, "this ffmpeg has no Opus"],
  [/matches no streams/i, "this file has none"],
  [/Connection refused/i, "the sound server does not answer"],
  [/No such|not found|Could not find|Invalid device index|cannot open/i, "no such sound device"],
];

/** Foreign text of ffmpeg is not in it. */
function soundFailure(source: CaptureSource, words: readonly string[]): MediaError {
  const text = words.join("\n");
  const sign = SIGNS.find(([pattern]) => pattern.test(text));
  return silent(sign?.[1] ?? (source.kind === "file" ? "it cannot be read" : "it delivers none"));
}
