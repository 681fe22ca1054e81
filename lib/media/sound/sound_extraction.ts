/** Makes Opus of a track of a film, from some moment on. */

import type { Bytes } from "../../base/bytes.ts";
import { MediaError } from "../../base/errors.ts";
import type { Ffmpeg } from "../ffmpeg/ffmpeg.ts";
import { OggReader } from "./ogg.ts";
import { isSoundPacket, PACKET_MS } from "./opus_packet.ts";
import { encodeUnit, UNIT_MS, UNIT_PACKETS } from "./sound_unit.ts";

/** Stereo at 64 kbit/s: hardly to be told from the original, and a quarter of the thinnest line that a video is watched on. */
const BITS_PER_SECOND = 64_000;
/** Beyond what is wanted, so that the encoder's delay does not cost the last packet. */
const SPARE_MS = 100;
/** Sound is encoded at 60 times its pace; what takes longer than a minute more than its length is stuck. */
const TIME_LIMIT_MS = 60_000;

/** Which sound of which file, and who takes it. */
export interface SoundRequest {
  readonly inputPath: string;
  /** Place among the tracks of sound, from 0. */
  readonly track: number;
  /** When the first picture is shown, by the file's own time. */
  readonly pictureStartMs: number;
  readonly fromUnit: number;
  readonly toUnit: number;
  readonly onUnit: (unit: Bytes) => void;
}

/**
 * Units `[fromUnit, toUnit)`, as far as the file goes: the last one may have fewer packets. Throws MediaError `sound-unreadable`, and what
 * `Ffmpeg.run` throws.
 */
export async function extractSound(
  ffmpeg: Ffmpeg,
  request: SoundRequest,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const { inputPath, track, pictureStartMs, fromUnit, toUnit, onUnit } = request;
  // A unit more in front: the encoder has settled when what is kept begins, and pieces join without a click.
  const leadUnits = Math.min(1, fromUnit);
  const fromMs = (fromUnit - leadUnits) * UNIT_MS;
  const lengthMs = (toUnit - fromUnit + leadUnits) * UNIT_MS;
  const reader = new OggReader();
  // The head and the comment.
  let skipped = 2 + leadUnits * UNIT_PACKETS;
  let left = lengthMs / PACKET_MS - leadUnits * UNIT_PACKETS;
  let unit: Bytes[] = [];
  const flush = () => {
    if (unit.length > 0) onUnit(encodeUnit(unit));
    unit = [];
  };
  const { words } = await ffmpeg.run({
    inputPath,
    fromMs: fromMs + pictureStartMs,
    lane: "sound",
    outputArgs: [
      ...["-map", `0:a:${track}`, "-vn", "-sn", "-dn", "-map_metadata", "-1"],
      // Where the film has no sound there is silence, so that counting packets tells the time.
      ...["-af", "aresample=async=1:first_pts=0", "-ac", "2", "-ar", "48000"],
      ...["-t", ((lengthMs + SPARE_MS) / 1000).toFixed(3)],
      ...["-c:a", "libopus", "-b:a", String(BITS_PER_SECOND)],
      ...["-frame_duration", String(PACKET_MS), "-f", "ogg", "-"],
    ],
    timeLimitMs: TIME_LIMIT_MS,
    onOutput: (piece) => {
      for (const packet of reader.push(piece)) {
        if (skipped > 0) {
          skipped--;
          continue;
        }
        if (left === 0) break;
        if (!isSoundPacket(packet)) {
          throw new MediaError("sound-unreadable", "Cannot read sound: it is no Opus of 20 ms");
        }
        left--;
        unit.push(packet);
        if (unit.length === UNIT_PACKETS) flush();
      }
      return Promise.resolve();
    },
  }, options);
  flush();
  // What was read to its end says nothing of this.
  if (skipped > 0 && words.some((line) => line.includes("Unknown encoder"))) {
    throw new MediaError("sound-unreadable", "Cannot make sound: this ffmpeg has no Opus");
  }
}
