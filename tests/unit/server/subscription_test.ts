import { equal } from "node:assert/strict";
import { Connection } from "../../../lib/net/connections/connection.ts";
import { Flusher } from "../../../lib/net/connections/flusher.ts";
import { memoryLink } from "../../../lib/net/streams/memory.ts";
import { TimerWheel } from "../../../lib/net/connections/timer_wheel.ts";
import { SIGNED_IN_PACKET_LIMITS } from "../../../lib/protocol/limits.ts";
import { Acknowledgements } from "../../../lib/server/delivery/mailbox.ts";
import { ClientLine } from "../../../lib/server/sessions/client_line.ts";
import { EnvelopeRun } from "../../../lib/relay/envelope_run.ts";
import { Subscription } from "../../../lib/relay/subscription.ts";
import type { Envelope } from "../../../lib/relay/message_log.ts";
import type { Store } from "../../../lib/server/store/store.ts";
import { FakeClock, settle } from "../../kit/clock.ts";
import { accountId, conversationId, deviceId, envelopeId } from "./store_kit.ts";

Deno.test("subscription does not take a receiver for slow because of one large envelope", async () => {
  const clock = new FakeClock();
  const { near, toFar } = memoryLink();
  const connection = new Connection(near, {
    wheel: new TimerWheel(clock),
    flusher: new Flusher(clock),
    limits: SIGNED_IN_PACKET_LIMITS,
    remoteAddress: "192.0.2.1",
  });
  const running = connection.run(() => {});
  const line = new ClientLine(connection);
  const envelope: Envelope = {
    conversation: conversationId(1),
    seq: 2,
    envelope: envelopeId(2),
    type: "commit",
    epoch: 1,
    account: accountId("eve"),
    device: deviceId(1),
    atMs: 1,
    place: undefined,
    body: new Uint8Array(900_000),
  };
  // Nothing waits at first; then the one envelope.
  const store = {
    listWaiting: () =>
      Promise.resolve(
        connection.controlBytes === 0 ? [] : [{
          conversation: envelope.conversation,
          afterSeq: 1,
        }],
      ),
    fetch: ({ afterSeq }: { afterSeq: number }) => Promise.resolve(afterSeq < 2 ? [envelope] : []),
  } as unknown as Store;
  const subscription = new Subscription(connection, deviceId(2), {
    log: store,
    clock,
    onFailure: (error) => {
      throw error;
    },
    acknowledgements: new Acknowledgements(store, clock),
  });
  subscription.start();
  await settle();
  toFar.setStalled(true);
  for (let i = 0; i < 100; i++) line.push("server.notice", { text: "x".repeat(2000) });
  subscription.offer(new EnvelopeRun([envelope]));
  await settle();
  equal(connection.isOpen, true);
  subscription.close();
  connection.close("done", 0);
  await running;
});
