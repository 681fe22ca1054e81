import { equal } from "node:assert/strict";
import { systemClock } from "../../../../lib/base/clock.ts";
import { systemRandom } from "../../../../lib/base/random.ts";
import { makeSessionCertificate } from "../../../../lib/crypto/certificates/session_certificate.ts";
import { QuicSocket } from "../../../../lib/net/quic/quic_socket.ts";
import { portReleased } from "../../../../lib/net/quic/released_port.ts";

const clock = systemClock;

Deno.test("the port of a socket that was closed is there for the next one, whoever still has the socket", async () => {
  const first = await openAndClose(0);
  await portReleased({ host: "127.0.0.1", port: first.port }, clock);
  equal((await openAndClose(first.port)).port, first.port);
});

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
