/** How long the chunks of an upload are over a server: by the line, by the version of the server, by what else goes on. */

import { deepEqual, equal } from "node:assert/strict";
import { RelayTransport } from "../../../../lib/client/transfers/relay_transport.ts";
import { KIB, MIB } from "../../../../lib/protocol/limits.ts";
import { FakeClock } from "../../../kit/clock.ts";
import { scriptedLink } from "../../../kit/scripted_link.ts";

const WHOLE = 31 * KIB;
/** 256 kbit/s. */
const SLOW = 32_000;

async function withTransport(
  version: number,
  isLiveRunning: () => boolean,
  action: (transport: RelayTransport) => void,
): Promise<void> {
  const clock = new FakeClock();
  const { connection, link } = scriptedLink(clock, () => {});
  link.agreed(version);
  action(new RelayTransport(link, clock, isLiveRunning));
  await connection.close();
  await link.close();
}

Deno.test("a chunk takes a quarter second of a slow line, and is whole on a fast one or before the line is known", () =>
  withTransport(2, () => false, (transport) => {
    deepEqual([0, SLOW, MIB].map((goodput) => transport.longestChunk(goodput)), [
      WHOLE,
      8 * KIB,
      WHOLE,
    ]);
  }));

Deno.test("a server of version 1 gets whole chunks, however slow the line is", () =>
  withTransport(1, () => false, (transport) => {
    deepEqual([0, SLOW, MIB].map((goodput) => transport.longestChunk(goodput)), [
      WHOLE,
      WHOLE,
      WHOLE,
    ]);
  }));

Deno.test("while a live stream runs, a chunk takes 20 ms of the line", () => {
  let isLive = false;
  return withTransport(2, () => isLive, (transport) => {
    equal(transport.delayMs, 250);
    equal(transport.longestChunk(600_000), WHOLE);
    isLive = true;
    equal(transport.delayMs, 20);
    equal(transport.longestChunk(600_000), 12 * KIB);
  });
});
