import { equal } from "node:assert/strict";
import { sentStreamLine } from "../../../lib/app/stream_lines.ts";

const SENT = { frames: 90, durationMs: 5_940, dropped: 2, watchers: 1, steps: 0 };

Deno.test("a stream that was stopped says what was sent, and that nobody watched where nothing was", () => {
  equal(
    sentStreamLine({ ...SENT, end: "stopped" }),
    "Stream stopped: 90 frames, 5.9 s, 2 dropped, watched by 1 device",
  );
  const unseen = { frames: 0, durationMs: 0, dropped: 0, watchers: 0, steps: 0 };
  equal(sentStreamLine({ ...unseen, end: "stopped" }), "Stream stopped: nobody watched it");
  equal(
    sentStreamLine({ ...SENT, end: "left", watchers: 2 }),
    "Stream ended: nobody is watching: 90 frames, 5.9 s, 2 dropped, watched by 2 devices",
  );
});
