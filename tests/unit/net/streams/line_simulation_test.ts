import { deepEqual, equal, throws } from "node:assert/strict";
import { UsageError } from "../../../../lib/base/errors.ts";
import {
  describeLineSimulation,
  parseLineSimulation,
} from "../../../../lib/net/streams/line_simulation.ts";

Deno.test("line simulation reads rate, round trip and loss in any order, and says them shortly", () => {
  const line = parseLineSimulation("rate=256k,rtt=300ms,loss=2%");
  deepEqual(line, { bytesPerSecond: 32_000, roundTripMs: 300, loss: 0.02 });
  equal(describeLineSimulation(line), "256 kbit/s, 300 ms, 2 % loss");
  deepEqual(parseLineSimulation("loss=0.5%, rtt=1.5s , rate=20M"), {
    bytesPerSecond: 2_500_000,
    roundTripMs: 1500,
    loss: 0.005,
  });
});

Deno.test("line simulation leaves alone what is not named", () => {
  const line = parseLineSimulation("rtt=40ms");
  deepEqual(line, { bytesPerSecond: undefined, roundTripMs: 40, loss: 0 });
  equal(describeLineSimulation(line), "40 ms");
});

Deno.test("line simulation takes each limit, and nothing beyond", () => {
  for (
    const text of ["rate=8k", "rate=10g", "rate=8000", "rtt=0ms", "rtt=10s", "loss=0%", "loss=50%"]
  ) parseLineSimulation(text);
  for (
    const text of [
      ...["rate=7999", "rate=10.001g", "rate=0", "rtt=10001ms", "rtt=11s", "loss=50.1%", "loss=2"],
      ...["", "rate", "rate=", "rate=256kb", "rtt=300", "loss=-1%", "rate=1e6", "speed=1", "=5"],
      ...["rate=1m,rate=2m", "rate=1m,,rtt=1ms", "constructor=1", `rtt=${"1".repeat(80)}ms`],
    ]
  ) {
    throws(
      () => parseLineSimulation(text),
      (error) => error instanceof UsageError && error.code === "bad-simulation",
      text,
    );
  }
});
