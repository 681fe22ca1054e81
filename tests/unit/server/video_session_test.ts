import { deepEqual, equal, ok } from "node:assert/strict";
import type { Connection } from "../../../lib/net/connections/connection.ts";
import { RenditionPlan } from "../../../lib/media/library/rendition_plan.ts";
import { makeTimeline } from "../../../lib/media/library/timeline.ts";
import { BULK_PACKET_MAX_BYTES } from "../../../lib/protocol/limits.ts";
import { VideoSession } from "../../../lib/server/media/video_session.ts";
import type { Adaptation } from "../../../lib/server/media/adaptive_video.ts";
import { FakeClock, settle } from "../../kit/clock.ts";

interface Pushed {
  readonly kind: string;
  readonly lane: string;
  readonly index?: number;
  readonly offset?: number;
  readonly epoch: number;
  readonly bytes: number;
  readonly complete?: boolean;
  readonly problem?: string;
}

/**
 * A stream of `count` frames of 70,000 bytes, 100 ms apart, and what it pushes. `line`: what a part waits for; `durationMs`: what
 * the file announces.
 */
function stream(
  count: number,
  speed: number,
  { line = () => Promise.resolve(), durationMs = count * 100, adaptation, extraction }: {
    line?: () => Promise<void>;
    /** What a frame waits for. */
    extraction?: Promise<void>;
    durationMs?: number;
    adaptation?: Adaptation;
  } = {},
) {
  const clock = new FakeClock();
  const timeline = makeTimeline(Array.from({ length: count }, (_, i) => i * 100), { durationMs });
  const plan = new RenditionPlan("fixed:240p", { "240p": timeline });
  const pushed: Pushed[] = [];
  let closed = 0;
  const session = new VideoSession({
    stream: 1,
    source: {
      name: "film",
      ...(adaptation === undefined ? {} : { adaptation }),
      plan,
      total: plan.total,
      durationMs: timeline.durationMs,
      isCutShort: timeline.cutShort,
      read: async (index) => {
        await extraction;
        return {
          rendition: "240p" as const,
          source: index,
          ptsMs: plan.ptsMs[index],
          widthPx: 426,
          heightPx: 240,
          jpeg: new Uint8Array(70_000),
        };
      },
      close: () => void closed++,
    },
    mode: "fixed:240p",
    isReady: true,
    speed,
    clock,
    session: {
      // Only sound asks for it.
      connection: undefined as unknown as Connection,
      push: (kind, fields, { payload, lane = "control" } = {}) => {
        const { index, offset, epoch, complete, problem } = fields as unknown as Pushed;
        const bytes = payload?.length ?? 0;
        pushed.push({ kind, lane, index, offset, epoch, bytes, complete, problem });
      },
      whenBulkBelow: line,
    },
    onClosed: () => void closed++,
  });
  const grant = (frames: number, epoch = 0) =>
    session.credit({ stream: 1, epoch, frames, bytes: 16 * 1024 * 1024 });
  return { clock, session, pushed, grant, closed: () => closed };
}

Deno.test("video session sends nothing before it has credit, and never more frames than granted", async () => {
  const { session, pushed, grant } = stream(5, 0);
  await settle();
  equal(pushed.length, 0);
  grant(2);
  await settle();
  deepEqual([...new Set(pushed.map(({ index }) => index))], [0, 1]);
  session.close();
});

Deno.test("video session cuts a frame into parts that fit the bulk lane, in order and whole", async () => {
  const { session, pushed, grant } = stream(1, 0);
  grant(1);
  await settle();
  const parts = pushed.filter(({ kind }) => kind === "video.frame");
  ok(parts.every(({ bytes, lane }) => bytes < BULK_PACKET_MAX_BYTES && lane === "bulk"));
  let expected = 0;
  for (const { offset, bytes } of parts) {
    equal(offset, expected);
    expected += bytes;
  }
  equal(expected, 70_000);
  session.close();
});

Deno.test("video session says once that it waits for a frame that is being made, and nothing of one that is there", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { pushed, grant, clock, session } = stream(2, 1, { extraction: promise });
  grant(2);
  await clock.advance(999);
  deepEqual(pushed, []);
  await clock.advance(20_000);
  deepEqual(pushed.map(({ kind, index, epoch }) => [kind, index, epoch]), [[
    "video.waiting",
    0,
    0,
  ]]);
  resolve();
  await clock.advance(5_000);
  const after = pushed.slice(1).map(({ kind }) => kind);
  deepEqual(new Set(after), new Set(["video.frame", "video.end"]));
  session.close();
  await settle();
  equal(clock.pendingTimers, 0);
});

Deno.test("video session tells the end on the lane of the frames, so that it cannot overtake the last one", async () => {
  const { session, pushed, grant } = stream(3, 0);
  grant(3);
  await settle();
  const last = pushed[pushed.length - 1];
  deepEqual([last.kind, last.lane], ["video.end", "bulk"]);
  deepEqual([...new Set(pushed.slice(0, -1).map(({ index }) => index))], [0, 1, 2]);
  session.close();
});

Deno.test("video session sends each frame at its time, and begins anew after a seek", async () => {
  const { session, pushed, clock, grant } = stream(5, 1);
  const sent = (epoch: number) => [
    ...new Set(
      pushed.filter((it) => it.kind === "video.frame" && it.epoch === epoch).map(({ index }) =>
        index
      ),
    ),
  ];
  grant(5);
  await settle();
  deepEqual(sent(0), [0]);
  await clock.advance(100);
  deepEqual(sent(0), [0, 1]);
  await session.control({ stream: 1, action: "seek", epoch: 1, positionMs: 300 });
  await clock.advance(500);
  deepEqual(sent(0), [0, 1]);
  deepEqual(sent(1), [], "credit of the epoch before is void");
  grant(5, 1);
  await settle();
  await clock.advance(500);
  deepEqual(sent(1), [3, 4]);
  session.close();
});

Deno.test("video session is closed once, with its source, by stop and by the end of the connection", async () => {
  const { session, closed } = stream(2, 1);
  await session.control({ stream: 1, action: "stop", epoch: 1 });
  session.close();
  await settle();
  equal(closed(), 2);
});

Deno.test("video session that is stopped while a frame waits for the line ends", async () => {
  let isFree = Promise.withResolvers<void>();
  const { session, grant, closed } = stream(5, 0, { line: () => isFree.promise });
  grant(1);
  await settle();
  const stopped = session.control({ stream: 1, action: "stop", epoch: 1 });
  await settle();
  isFree.resolve();
  isFree = Promise.withResolvers();
  isFree.resolve();
  await stopped;
  equal(closed(), 2);
});

for (const [what, durationMs] of [["whole", 300], ["cut short", 9_000]] as const) {
  Deno.test(`video session plays a ${what} file to its end, and says then whether it is whole`, async () => {
    const { session, pushed, grant } = stream(3, 0, { durationMs });
    grant(3);
    await settle();
    const end = pushed.find(({ kind }) => kind === "video.end");
    equal(end?.complete, true);
    equal(
      end?.problem?.split(":")[0],
      what === "whole" ? undefined : "the file is cut short or damaged",
    );
    session.close();
  });
}

Deno.test("video session tells whoever chooses the pictures of speed, sending and word of the client, and sends one of so many", async () => {
  const told: string[] = [];
  const adaptation: Adaptation = {
    every: 2,
    restarted: (speed) => void told.push(`restarted ${speed}`),
    sent: (sizeBytes) => void told.push(`sent ${sizeBytes}`),
    told: ({ received, epoch }) => void told.push(`told ${received} of ${epoch}`),
  };
  const { session, pushed, clock } = stream(4, 2, { adaptation });
  const credit = { stream: 1, frames: 9, bytes: 1_000_000 };
  session.credit({ ...credit, epoch: 0, received: 0 });
  await clock.advance(200);
  deepEqual([...new Set(pushed.map(({ index }) => index))].filter((one) => one !== undefined), [
    ...[0, 2, 3],
  ]);
  await session.control({ stream: 1, action: "speed", epoch: 1, speed: 4 });
  // Of the epoch before: void.
  session.credit({ ...credit, epoch: 0, received: 3 });
  deepEqual(told, [
    ...["restarted 2", "told 0 of 0", "sent 70000", "sent 70000", "sent 70000", "restarted 4"],
  ]);
  session.close();
});
