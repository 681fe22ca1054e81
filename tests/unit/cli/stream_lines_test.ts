import { equal } from "node:assert/strict";
import { shownWords } from "../../../lib/app/commands/streams.ts";
import {
  liveStatus,
  pauseLine,
  sizeLine,
  watchedStreamLine,
} from "../../../lib/app/stream_lines.ts";
import { TransportError } from "../../../lib/base/errors.ts";
import type { LiveSummary } from "../../../lib/client/streams/live_counts.ts";
import type { StreamRow } from "../../../lib/client/streams/stream_store.ts";

const NONE = { malformed: 0, unknownKey: 0, forged: 0, repeated: 0, late: 0 };
const SEEN: LiveSummary = {
  ...{ received: 412, shown: 412, lost: 0, droppedHere: 0, durationMs: 27_400 },
  ...{ refused: NONE, proven: "proven", complete: true, reason: "ended" },
};

type Watched = Parameters<typeof watchedStreamLine>[0];

const lineOf = (summary: LiveSummary, more: Partial<Watched> = {}) =>
  watchedStreamLine({
    ...{ summary, statistics: { refused: 0 }, error: undefined, saved: undefined },
    ...more,
  });

Deno.test("row S0.33: whoever watched reads how a stream ended, and what came of it", () => {
  equal(lineOf(SEEN), "Stream ended: 412 frames, 27.4 s, 0 dropped");
  const left = { ...SEEN, complete: false, reason: undefined, lost: 2, droppedHere: 1 };
  equal(lineOf(left), "Stream left: 412 frames, 27.4 s, 3 dropped");
  const lost = "Stream lost: 412 frames, 27.4 s, 3 dropped";
  equal(lineOf(left, { error: new TransportError("offline", "Gone") }), lost);
});

Deno.test("what was refused of a stream is in its closing line: by the seal, and pictures that are not what they say", () => {
  const refused = { ...NONE, forged: 2, repeated: 1 };
  const line = lineOf({ ...SEEN, refused, proven: "not-proven" }, { statistics: { refused: 4 } });
  const head = "Stream ended: 412 frames, 27.4 s, 0 dropped";
  equal(line, `${head}, 7 refused; sender not proven`);
});

Deno.test("a stream that pauses is told with why, and that it goes on", () => {
  const stream = { account: "alice" } as StreamRow;
  equal(pauseLine(stream, "sender"), "alice's stream is interrupted: waiting for it to come back");
  equal(pauseLine(stream, "own"), "Connection lost: waiting for it and the stream");
  equal(pauseLine(stream, "silence"), "No pictures from alice: waiting");
  equal(pauseLine(stream, undefined), "alice's stream continues");
});

Deno.test("who watches reads the size of the pictures, and that they became another", () => {
  const stream = { account: "alice", source: "camera", title: "" } as StreamRow;
  const facts = { proven: "proven", received: 9, lost: 2 } as const;
  const picture = { ptsMs: 61_500, widthPx: 480, heightPx: 270 };
  equal(liveStatus(stream, picture, facts), "alice: their camera  live 1:01  480×270  2 dropped");
  const size = { widthPx: 320, heightPx: 180 };
  const smaller = "alice now streams smaller pictures: 320×180";
  equal(sizeLine(stream, { ...size, isLarger: false }), smaller);
});

Deno.test("who streams reads what is heard of it, and why nothing is", () => {
  const camera = { kind: "camera", title: "" } as const;
  equal(shownWords({ ...camera, sounds: true }), "your camera and your microphone");
  equal(shownWords(camera), "your camera");
  const silent = "your camera, without sound: no permission";
  equal(shownWords({ ...camera, silence: "no permission" }), silent);
  const screen = { kind: "screen", title: "", sounds: true } as const;
  equal(shownWords(screen), "your screen and what plays here");
  equal(shownWords({ kind: "file", title: "film.mp4", sounds: true }), "film.mp4");
});
