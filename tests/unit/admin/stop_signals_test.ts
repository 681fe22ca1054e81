import assert from "node:assert/strict";
import { StopSignals } from "../../../lib/admin/stop_signals.ts";
import { FakeClock } from "../../kit/clock.ts";

Deno.test("the first stop is graceful, its echo is nothing, and a second one ends at once", async () => {
  const clock = new FakeClock();
  let ended = 0;
  using signals = new StopSignals(clock, () => ended++);
  signals.stop("SIGINT");
  assert.equal(await signals.first, "SIGINT");
  await clock.advance(20);
  signals.stop("SIGINT");
  assert.equal(ended, 0, "deno task passes ctrl-C on, which the terminal has sent already");
  await clock.advance(250);
  signals.stop("SIGINT");
  assert.equal(ended, 1);
});

Deno.test("another way to stop is no echo of the first", async () => {
  const clock = new FakeClock();
  let ended = 0;
  using signals = new StopSignals(clock, () => ended++);
  signals.stop("console");
  signals.stop("SIGTERM");
  assert.deepEqual([await signals.first, ended], ["console", 1]);
});
