/** A stream over a direct connection: its units one way, what the watcher says the other. */

import type { Bytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import type { StreamId } from "../../base/ids.ts";
import type { DirectLine } from "../direct/direct_line.ts";
import type { TakeUnit } from "./relay_ends.ts";
import type { TransportRefused } from "./stream_transport.ts";
import { UnitJoiner, UnitLane } from "./unit_lane.ts";

/** For who sends. The lane ends with the line. `heard` must not throw. */
export function sendDirectly(
  line: DirectLine,
  { stream, clock, heard }: {
    readonly stream: StreamId;
    readonly clock: Clock;
    readonly heard: (word: Bytes) => void;
  },
): UnitLane {
  const lane = new UnitLane({
    get isOpen() {
      return line.isOpen;
    },
    part: (place, payload) => line.sendBulk("direct.unit", { stream, ...place }, payload),
  }, clock);
  line.on("direct.taken", ({ stream: of, bytes }) => {
    if (of === stream) lane.taken(bytes);
  });
  line.on("direct.word", ({ stream: of }, word) => {
    if (of === stream) heard(word);
  });
  line.closed.then(() => lane.close());
  return lane;
}

/** For who watches: what is said to the sender over this line. Counts in `refused`. */
export function watchDirectly(
  line: DirectLine,
  { stream, take, refused }: {
    readonly stream: StreamId;
    readonly take: TakeUnit;
    readonly refused: TransportRefused;
  },
): (word: Bytes) => void {
  const joiner = new UnitJoiner(refused);
  line.on("direct.unit", ({ stream: of, unit, size, offset }, payload) => {
    if (of !== stream) return;
    const whole = joiner.take({ unit, size, offset }, payload);
    line.send("direct.taken", { stream, bytes: joiner.takenBytes });
    if (whole !== undefined) take(whole.unit, whole.bytes);
  });
  return (word) => line.sendWith("direct.word", { stream }, word);
}
