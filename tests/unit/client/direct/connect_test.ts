/** A meeting beyond its end; what two ports make of it is in direct_port_test. */

import { equal, rejects } from "node:assert/strict";
import { systemRandom } from "../../../../lib/base/random.ts";
import { TransportError } from "../../../../lib/base/errors.ts";
import { ConnectionAttempt } from "../../../../lib/client/direct/connect.ts";
import { makeDirectProof } from "../../../../lib/crypto/keys/direct_proof.ts";
import { memoryLink } from "../../../../lib/net/streams/memory.ts";
import type { QuicPeer } from "../../../../lib/net/quic/quic_socket.ts";
import { FakeClock } from "../../../kit/clock.ts";

function makeTerms() {
  const bytes = (count: number) => systemRandom.bytes(count);
  const [attempt, token] = [bytes(16), bytes(32)];
  return { attempt, token, offering: bytes(32), answering: bytes(32), epoch: 7 };
}

/** Somebody who dialled. `isClosed` resolves when they are sent away. */
function arrival() {
  const { near, far } = memoryLink();
  const isClosed = far.read(new Uint8Array(1)).then((count) => count === null);
  // A meeting knows it by its bytes.
  const peer = { stream: near, remote: { host: "192.0.2.1", port: 1 } } as unknown as QuicPeer;
  return { peer, isClosed };
}

Deno.test("SR-76: who proves the token when another connection was chosen goes, and is no forger", async () => {
  const terms = makeTerms();
  const meeting = new ConnectionAttempt(
    { terms, role: "offering", addresses: [] },
    new FakeClock(),
  );
  const over = AbortSignal.abort(new TransportError("closed", "over"));
  await rejects(meeting.run(undefined as never, 1000, over), TransportError);
  const late = arrival();
  equal(await meeting.arrived(late.peer, await makeDirectProof(terms, "answering")), true);
  equal(await late.isClosed, true);
  // Their own proof turned round proves nothing, however late it is.
  const forger = arrival();
  equal(await meeting.arrived(forger.peer, await makeDirectProof(terms, "offering")), false);
  forger.peer.stream.close();
  equal(await forger.isClosed, true);
});
