/** A stream over a direct connection: its units one way, what the watcher says the other. Each lives as long as its line. */

import type { Clock } from "../../base/clock.ts";
import type { StreamId } from "../../base/ids.ts";
import type { DirectLine } from "../direct/direct_line.ts";
import type {
  LastingOptions,
  PublishedEvents,
  PublishedLine,
  SubscribedEvents,
  SubscribedLine,
} from "./live_media.ts";
import { UnitJoiner, UnitLane } from "./unit_lane.ts";
import type { Scope } from "../../base/scope.ts";
import { DirectMeetings, type DirectMeetingsOptions } from "./direct_meetings.ts";

/** For who sends. */
export function sendDirectly(
  line: DirectLine,
  { stream, clock, heard }: PublishedEvents & { readonly stream: StreamId; readonly clock: Clock },
): PublishedLine {
  const lane = new UnitLane({
    get isOpen() {
      return line.isOpen;
    },
    part: (place, payload) => line.sendBulk("direct.unit", { stream, ...place }, payload, "live"),
  }, clock);
  line.on("direct.taken", ({ stream: of, bytes }) => {
    if (of === stream) lane.taken(bytes);
  });
  line.on("direct.word", ({ stream: of }, word) => {
    if (of === stream) heard(word);
  });
  const closed = line.closed.then(() => lane.close());
  return { lane, subscribers: 1, closed, close: () => line.close() };
}

/** For who watches. */
export function watchDirectly(
  line: DirectLine,
  { stream, take, refused }: SubscribedEvents & { readonly stream: StreamId },
): SubscribedLine {
  const joiner = new UnitJoiner(refused);
  line.on("direct.unit", ({ stream: of, unit, size, offset }, payload) => {
    if (of !== stream) return;
    const whole = joiner.take({ unit, size, offset }, payload);
    line.send("direct.taken", { stream, bytes: joiner.takenBytes });
    if (whole !== undefined) take(whole.unit, whole.bytes);
  });
  return {
    ended: line.closed.then(() => "lost"),
    feedback: (word) => line.send("direct.word", { stream }, word),
    close: () => line.close(),
  };
}

// A direct connection beside a stream's way over the server, the same at both of its ends.

/** From now on, until `scope` is closed; nothing where the other end can be met in no other way than over the server. */
export function meetDirectly(
  scope: Scope,
  { host, peer, mode, stream, onNoMeeting }: LastingOptions,
  end: Pick<DirectMeetingsOptions, "proposes" | "use">,
): void {
  const { beside } = host;
  if (peer === undefined || beside === undefined) return;
  const meetings = new DirectMeetings({
    ...{ host, beside, mode, stream: { id: stream, peer } },
    ...end,
    failed: async (why) => await onNoMeeting?.(why),
  });
  scope.run("direct", (signal) => meetings.run(signal));
}
