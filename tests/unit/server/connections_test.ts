import { equal } from "node:assert/strict";
import { memoryLink } from "../../../lib/net/streams/memory.ts";
import { encodePacket } from "../../../lib/protocol/packet.ts";
import { Connections } from "../../../lib/server/serving/connections.ts";
import { FakeClock } from "../../kit/clock.ts";

Deno.test("connections go over the simulated line that the server was started with", async () => {
  const clock = new FakeClock();
  const line = { bytesPerSecond: undefined, roundTripMs: 300, loss: 0 };
  const connections = new Connections({ clock, random: { fraction: () => 1 } }, line);
  const { near, far } = memoryLink();
  await using connection = connections.make(near, "");
  let got = 0;
  far.read(new Uint8Array(100)).then((count) => got = count ?? 0);
  const packet = encodePacket({ kind: "server.ping" });
  connection.send(packet);
  await clock.advance(149);
  equal(got, 0);
  await clock.advance(1);
  equal(got, packet.length);
  await connection.close("done", 0);
});
