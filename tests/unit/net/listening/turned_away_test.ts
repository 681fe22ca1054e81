import { deepEqual, equal } from "node:assert/strict";
import { startLogging, stopLogging } from "../../../../lib/server/config/logging.ts";
import { TurnedAway } from "../../../../lib/net/listening/turned_away.ts";
import { FakeClock } from "../../../kit/clock.ts";

Deno.test("a flood of strangers writes one line when it begins and one a minute, with its numbers", async () => {
  const lines: Record<string, unknown>[] = [];
  startLogging({
    ...{ format: "json", level: "info" },
    write: (line) => lines.push(JSON.parse(line)),
  });
  try {
    const clock = new FakeClock();
    const desk = { displaced: 0, refused: 0 };
    const turnedAway = new TurnedAway(clock, desk);
    turnedAway.look();
    equal(lines.length, 0);
    for (let i = 0; i < 5000; i++) {
      desk.displaced++;
      turnedAway.look();
    }
    turnedAway.late();
    turnedAway.acceptFailed(new Error("Too many open files"));
    await clock.advance(60_000);
    deepEqual(
      lines.map(({ level, event, displaced, overdue, failed }) => ({
        ...{ level, event, displaced, overdue, failed },
      })),
      [
        { level: "warning", event: "strangers turned away", displaced: 1, overdue: 0, failed: 0 },
        {
          ...{ level: "warning", event: "strangers turned away" },
          ...{ displaced: 5000, overdue: 1, failed: 1 },
        },
      ],
    );
    // Nothing more happens, and nothing more is said.
    await clock.advance(120_000);
    equal(lines.length, 2);
    turnedAway.close();
    equal(clock.pendingTimers, 0);
  } finally {
    stopLogging();
  }
});
