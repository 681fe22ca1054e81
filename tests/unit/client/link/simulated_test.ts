import { equal, rejects } from "node:assert/strict";
import { greetStream } from "../../../../lib/client/link/handshake.ts";
import { memoryLink } from "../../../../lib/net/streams/memory.ts";
import { systemRandom } from "../../../../lib/base/random.ts";
import { FakeClock } from "../../../kit/clock.ts";

Deno.test("a handshake goes over the simulated line that the client was started with", async () => {
  const clock = new FakeClock();
  const { near, far } = memoryLink();
  const greeting = greetStream(near, {
    ...{ clock, random: systemRandom, address: { host: "127.0.0.1", port: 1 }, judge: undefined },
    simulate: { bytesPerSecond: undefined, roundTripMs: 300, loss: 0 },
  });
  let got = 0;
  far.read(new Uint8Array(1000)).then((count) => got = count ?? 0);
  await clock.advance(149);
  equal(got, 0);
  await clock.advance(1);
  equal(got > 0, true);
  const refused = rejects(greeting, /ended the connection/);
  far.close();
  await clock.advance(1000);
  await refused;
});
