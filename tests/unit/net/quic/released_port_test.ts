import { equal, ok } from "node:assert/strict";
import { systemClock } from "../../../../lib/base/clock.ts";
import { systemRandom } from "../../../../lib/base/random.ts";
import { makeSessionCertificate } from "../../../../lib/crypto/certificates/session_certificate.ts";
import { QuicSocket } from "../../../../lib/net/quic/quic_socket.ts";
import { TransportError } from "../../../../lib/base/errors.ts";
import { portReleased } from "../../../../lib/net/quic/released_port.ts";

const clock = systemClock;

/** A port that somebody else was given in between is not this test's. */
const MAX_PORTS = 5;

Deno.test("the port of a socket that was closed is there for the next one, whoever still has the socket", async () => {
  let isThere = false;
  for (let tried = 0; tried < MAX_PORTS && !isThere; tried++) isThere = await isReleased();
  ok(isThere);
});

async function isReleased(): Promise<boolean> {
  const { port } = await openAndClose(0);
  await portReleased({ host: "127.0.0.1", port }, clock);
  try {
    equal((await openAndClose(port)).port, port);
    return true;
  } catch (error) {
    if (error instanceof TransportError) return false;
    throw error;
  }
}

async function openAndClose(port: number): Promise<QuicSocket> {
  const identity = await makeSessionCertificate(systemRandom, clock.nowMs());
  const socket = QuicSocket.open({
    ...{ clock, host: "127.0.0.1", port, identity, protocol: "heliograph-test/1" },
  });
  const accepting = socket.accept(() => {});
  await socket.close();
  await accepting;
  return socket;
}
