/**
 * The times of a film's pictures as its container lists them: a second where a decode takes a minute. It is a draft. A picture that
 * cannot be decoded is listed all the same, so what is found by it is kept apart until the film was decoded once.
 */

import type { Ffmpeg } from "../ffmpeg/ffmpeg.ts";
import { LineSplitter } from "../ffmpeg/ffmpeg_child.ts";
import { VIDEO_MAX_FRAMES } from "../picture/media_limits.ts";
import { parseStart, type SeekIndex, tellApart } from "./picture_index.ts";
import { makeTimeline, type Timeline } from "./timeline.ts";
import { decodeLimits } from "./timeline_scan.ts";

/** A film that is decoded in a second or two is not drafted. */
const DRAFT_FROM_FRAMES = 1_000;
/** Whose packets are a picture each. Those of VP8, MPEG-4 and others may be none, and a transport stream begins anywhere. */
const CODECS = ["h264", "hevc", "av1", "vp9"];
const CONTAINERS = /\.(?:mp4|m4v|mov|mkv|webm)$/i;

/** One packet, as the muxer `framecrc` writes it. */
interface ListedPacket {
  readonly ticks: number;
  readonly isKey: boolean;
}

/** What a container lists. */
export interface DraftTimeline {
  readonly timeline: Timeline;
  readonly index: SeekIndex;
}

/** Undefined where the list does not tell the pictures of a decode, and for a short film. Throws as `Ffmpeg.run`. */
export async function draftTimeline(
  ffmpeg: Ffmpeg,
  path: string,
  { durationMs, signal }: { readonly durationMs: number | undefined; readonly signal: AbortSignal },
): Promise<DraftTimeline | undefined> {
  if (!CONTAINERS.test(path)) return undefined;
  const list = new PacketList();
  const lines = new LineSplitter((line) => list.take(line));
  let startMicroseconds = 0;
  await ffmpeg.run({
    ...{ inputPath: path, keepsTimes: true, lane: "poster" },
    outputArgs: ["-map", "0:V:0", "-c", "copy", "-copyinkf", "-f", "framecrc", "-"],
    ...decodeLimits(durationMs),
    onLine: (line) => {
      startMicroseconds ||= parseStart(line) ?? 0;
      return false;
    },
    onOutput: (piece) => Promise.resolve(lines.push(piece)),
  }, { signal });
  lines.end();
  const packets = list.sorted();
  if (packets === undefined || packets.length < DRAFT_FROM_FRAMES) return undefined;
  const { tickSeconds } = list;
  const startTicks = Math.round(startMicroseconds / 1e6 / tickSeconds);
  const ticks = Float64Array.from(packets, (packet) => packet.ticks);
  if (!tellApart(ticks)) return undefined;
  const keyFrames = packets.flatMap(({ isKey }, i) => isKey ? [i] : []);
  const rawMs = packets.map((packet) => (packet.ticks - startTicks) * tickSeconds * 1000);
  const timeline = makeTimeline(rawMs, {
    durationMs,
    startMs: startMicroseconds / 1000,
    keyFrames,
  });
  return timeline.cutShort ? undefined : { timeline, index: { tickSeconds, startTicks, ticks } };
}

/** Reads `#tb 0: 1/90000`, `#codec_id 0: h264` and `0, DTS, PTS, DURATION, SIZE, CHECKSUM, F=FLAGS, …`; no flags for a keyframe. */
class PacketList {
  readonly #packets: ListedPacket[] = [];
  tickSeconds = 0;
  #isKnown = false;
  #isOdd = false;

  take(line: string): void {
    if (line.startsWith("#")) return this.#takeHead(line);
    const packet = /^0, *-?\d+, *(-?\d+), *\d+, *\d+, *0x[\da-f]+(?:, F=0x([\dA-F]+))?/.exec(line);
    // Neither a keyframe nor nothing: damaged, or not to be shown.
    const isOdd = packet === null || (packet[2] !== undefined && Number(packet[2]) !== 0) ||
      this.#packets.length > VIDEO_MAX_FRAMES;
    if (isOdd) this.#isOdd = true;
    else this.#packets.push({ ticks: Number(packet[1]), isKey: packet[2] === undefined });
  }

  /** In the order in which they are shown; undefined where they are not the pictures of a decode. */
  sorted(): readonly ListedPacket[] | undefined {
    const beginsWhole = this.#packets[0]?.isKey === true;
    if (!this.#isKnown || this.#isOdd || !beginsWhole || !(this.tickSeconds > 0)) return undefined;
    return this.#packets.toSorted((a, b) => a.ticks - b.ticks);
  }

  #takeHead(line: string): void {
    const base = /^#tb 0: (\d+)\/(\d+)$/.exec(line);
    if (base !== null) this.tickSeconds = Number(base[1]) / Number(base[2]);
    const codec = /^#codec_id 0: (\w+)$/.exec(line)?.[1];
    if (codec !== undefined) this.#isKnown = CODECS.includes(codec);
  }
}
