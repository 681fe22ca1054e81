import { deepEqual, equal } from "node:assert/strict";
import { Connection } from "../../../lib/net/connections/connection.ts";
import { Flusher } from "../../../lib/net/connections/flusher.ts";
import { memoryLink } from "../../../lib/net/streams/memory.ts";
import { TimerWheel } from "../../../lib/net/connections/timer_wheel.ts";
import { SIGNED_IN_PACKET_LIMITS } from "../../../lib/protocol/limits.ts";
import { PacketDecoder } from "../../../lib/protocol/packet.ts";
import { Acknowledgements } from "../../../lib/server/delivery/mailbox.ts";
import { ClientLine } from "../../../lib/server/sessions/client_line.ts";
import { EnvelopeRun } from "../../../lib/relay/envelope_run.ts";
import { type EnvelopeConnection, Subscription } from "../../../lib/relay/subscription.ts";
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

type Happening = (subscription: Subscription, stored: Envelope[]) => void;

/** A device that reads its log of one conversation, with what happens while it is read for the first time, and each time. */
async function readWhile(
  happens: Happening,
  { afterwards = () => {}, always = () => {} }: {
    readonly afterwards?: Happening;
    readonly always?: Happening;
  } = {},
): Promise<{ sent: readonly (number | string)[]; fetchedAfter: readonly number[]; lists: number }> {
  const stored = [envelopeOf(1), envelopeOf(2)];
  const sent: (number | string)[] = [];
  const fetchedAfter: number[] = [];
  const decoder = new PacketDecoder(SIGNED_IN_PACKET_LIMITS);
  let lists = 0;
  const connection: EnvelopeConnection = {
    controlBytes: 0,
    whenBelow: () => Promise.resolve(),
    send(packets) {
      decoder.push(packets);
      for (let packet = decoder.next(); packet !== undefined; packet = decoder.next()) {
        const { seq, kind } = packet.header;
        sent.push(typeof seq === "number" ? seq : String(kind));
      }
      return true;
    },
    close: () => {},
  };
  const subscription = new Subscription(connection, deviceId(2), {
    log: {
      listWaiting: () => {
        lists++;
        return Promise.resolve([{ conversation: conversationId(1), afterSeq: 0 }]);
      },
      fetch: async ({ afterSeq, limit }) => {
        fetchedAfter.push(afterSeq);
        const page = stored.filter(({ seq }) => seq > afterSeq).slice(0, limit);
        await Promise.resolve();
        if (fetchedAfter.length === 1) happens(subscription, stored);
        always(subscription, stored);
        return page;
      },
    },
    clock: new FakeClock(),
    onFailure: (error) => {
      throw error;
    },
    acknowledgements: { put: () => {} },
  });
  subscription.start();
  await settle();
  afterwards(subscription, stored);
  await settle();
  subscription.close();
  return { sent, fetchedAfter, lists };
}

function envelopeOf(seq: number): Envelope {
  return {
    conversation: conversationId(1),
    seq,
    envelope: envelopeId(seq),
    type: "message",
    epoch: 1,
    account: accountId("eve"),
    device: deviceId(1),
    atMs: 1,
    place: undefined,
    body: new Uint8Array(3),
  };
}

Deno.test("subscription hands on what arrives while the log is read, without reading that again", async () => {
  const { sent, fetchedAfter, lists } = await readWhile((subscription, stored) => {
    for (const seq of [3, 4]) {
      const run = new EnvelopeRun([envelopeOf(seq)]);
      stored.push(envelopeOf(seq));
      subscription.offer(run);
      run.release();
    }
  });
  deepEqual(sent, [1, 2, 3, 4, "relay.caught-up"]);
  deepEqual([fetchedAfter, lists], [[0], 1]);
});

Deno.test("subscription sends once what it has read and what was offered meanwhile", async () => {
  const { sent } = await readWhile((subscription) => {
    subscription.offer(new EnvelopeRun([envelopeOf(1), envelopeOf(2), envelopeOf(3)]));
  });
  deepEqual(sent, [1, 2, 3, "relay.caught-up"]);
});

Deno.test("subscription reads the log again for what was missed while it was read", async () => {
  const { sent, lists } = await readWhile((subscription, stored) => {
    stored.push(envelopeOf(3), envelopeOf(4));
    subscription.offer(new EnvelopeRun([envelopeOf(4)]));
    subscription.catchUp();
  });
  deepEqual(sent, [1, 2, 3, 4, "relay.caught-up"]);
  equal(lists, 2);
});

Deno.test("subscription that has to read again goes live though others write as fast as it reads", async () => {
  let last = 2;
  const { sent, fetchedAfter } = await readWhile((subscription) => subscription.catchUp(), {
    always(subscription, stored) {
      // Not for ever, or a subscription that reads on would never end.
      if (last === 100) return;
      stored.push(envelopeOf(++last));
      subscription.offer(new EnvelopeRun([envelopeOf(last)]));
    },
  });
  deepEqual(sent, [1, 2, 3, 4, "relay.caught-up"]);
  equal(fetchedAfter.length, 2);
});

Deno.test("subscription reads the log again when more arrives than it holds", async () => {
  const { sent } = await readWhile((subscription, stored) => {
    const many = Array.from({ length: 1_001 }, (_, i) => envelopeOf(i + 3));
    stored.push(...many);
    subscription.offer(new EnvelopeRun(many));
  });
  // As many as may be on the way.
  deepEqual(sent, Array.from({ length: 1_000 }, (_, i) => i + 1));
});

Deno.test("subscription reads what arrived while the window was full, behind what it held before", async () => {
  const range = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, i) => envelopeOf(from + i));
  const arrive = (subscription: Subscription, stored: Envelope[], envelopes: Envelope[]) => {
    stored.push(...envelopes);
    subscription.offer(new EnvelopeRun(envelopes));
  };
  const { sent } = await readWhile((subscription, stored) => {
    stored.push(...range(3, 1_100));
    arrive(subscription, stored, range(1_101, 1_101));
  }, {
    afterwards: (subscription, stored) => {
      arrive(subscription, stored, range(1_102, 1_500));
      subscription.acknowledge(conversationId(1), 1_000);
    },
  });
  deepEqual(sent, [...range(1, 1_500).map(({ seq }) => seq), "relay.caught-up"]);
});
