/** Envelopes whose news come in any order are handed on in theirs. */

import { deepEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import type { AccountId, ConversationId, DeviceId, EnvelopeId } from "../../../lib/base/ids.ts";
import type { Envelope } from "../../../lib/relay/message_log.ts";
import { ArrivalOrder, EARLY_MS, MAX_EARLY } from "../../../lib/server/delivery/arrival_order.ts";
import { FakeClock } from "../../kit/clock.ts";

// The casts: nothing looks into these names.
const RECIPIENTS = [{ account: "bob" as AccountId, device: "b" as DeviceId }];

const CAROL = { account: "carol" as AccountId, device: "c" as DeviceId };

function envelope(seq: number): Envelope {
  return {
    ...{ conversation: "c" as ConversationId, seq, place: seq, envelope: `${seq}` as EnvelopeId },
    ...{ type: "message", epoch: 1, account: "alice" as AccountId, device: "a" as DeviceId },
    ...{ atMs: 0, body: new Uint8Array(1) },
  };
}

function order({ isAlone = false } = {}) {
  const clock = new FakeClock();
  const next: number[] = [];
  let missed = 0;
  const told: string[] = [];
  const arrivals = new ArrivalOrder({
    clock,
    isAlone,
    onNext: ({ seq }) => void next.push(seq),
    onMissed: (recipients) => {
      missed++;
      told.push(...recipients.map(({ device }) => device));
    },
  });
  return {
    clock,
    next,
    told,
    hearFor: (seq: number, recipients: typeof RECIPIENTS) =>
      arrivals.hear(envelope(seq), recipients),
    get missed() {
      return missed;
    },
    hear: (...seqs: readonly number[]) =>
      seqs.map((seq) => arrivals.hear(envelope(seq), RECIPIENTS)),
    close: () => arrivals.close(),
  };
}

Deno.test("SR-24: whatever the order of their news, envelopes are handed on once each, in order, and the store is not read", () => {
  const shuffled = fc.integer({ min: 1, max: 60 }).chain((count) =>
    fc.shuffledSubarray(Array.from({ length: count }, (_, i) => i + 2), { minLength: count })
  );
  fc.assert(fc.property(shuffled, (seqs) => {
    const one = order();
    one.hear(1, ...seqs);
    const last = Math.max(...seqs);
    // Again: nothing comes of it.
    deepEqual(one.hear(...seqs), seqs.map(() => false));
    deepEqual([one.next, one.missed], [Array.from({ length: last }, (_, i) => i + 1), 0]);
    one.close();
  }));
});

/** A device of a node: what is pushed to it passes over what came before and was not sent, as `Subscription` does. */
class Reader {
  readonly got: number[] = [];
  readonly device: DeviceId;

  constructor(device: DeviceId) {
    this.device = device;
  }

  take({ seq, device }: Pick<Envelope, "seq" | "device">): void {
    if (device !== this.device && seq > (this.got.at(-1) ?? 0)) this.got.push(seq);
  }
}

const DEVICES = ["a", "b", "c", "d"];

/** Who said each of a conversation, and in which order a node hears of some of it, from lists with the sender or without. */
const heardSomehow = fc.array(fc.constantFrom(...DEVICES), { minLength: 1, maxLength: 30 }).chain((
  senders,
) =>
  fc.record({
    senders: fc.constant(senders),
    news: fc.shuffledSubarray(senders.map((_, i) => i + 1), { minLength: 1 }),
    isSenderListed: fc.boolean(),
  })
);

Deno.test("SR-24: each device gets all of the others in order, whatever is overtaken or never heard of", async () => {
  await fc.assert(fc.asyncProperty(heardSomehow, async ({ senders, news, isSenderListed }) => {
    const stored = senders.map((name, i) => ({ ...envelope(i + 1), device: name as DeviceId }));
    const readers = DEVICES.map((name) => new Reader(name as DeviceId));
    const clock = new FakeClock();
    let committed = 0;
    const among = (recipients: readonly { device: DeviceId }[]) =>
      readers.filter(({ device }) => recipients.some((one) => one.device === device));
    const order = new ArrivalOrder({
      clock,
      isAlone: false,
      onNext: (one, recipients) => among(recipients).forEach((reader) => reader.take(one)),
      onMissed: (recipients) => {
        for (const reader of among(recipients)) {
          stored.slice(0, committed).forEach((one) => reader.take(one));
        }
      },
    });
    for (const seq of news) {
      committed = Math.max(committed, seq);
      const { device: sender } = stored[seq - 1];
      const members = DEVICES.map((name) => ({
        account: name as AccountId,
        device: name as DeviceId,
      }));
      order.hear(
        stored[seq - 1],
        members.filter(({ device }) => isSenderListed || device !== sender),
      );
    }
    await clock.advance(EARLY_MS);
    order.close();
    for (const { device, got } of readers) {
      const others = stored.slice(0, committed).filter((one) => one.device !== device);
      deepEqual(got, others.map(({ seq }) => seq));
    }
  }));
});

Deno.test("SR-24: what is never heard of is read from the store after a moment, and what comes then goes on", async () => {
  const one = order();
  one.hear(1, 3, 4);
  // Another node writes the same list anew.
  one.hearFor(6, [...RECIPIENTS]);
  deepEqual(one.hear(4), [false]);
  await one.clock.advance(EARLY_MS - 1);
  deepEqual([one.next, one.missed], [[1], 0]);
  await one.clock.advance(1);
  deepEqual([one.next, one.missed, one.told], [[1], 1, ["b", "a"]]);
  one.hear(7);
  deepEqual(one.next, [1, 7]);
  // Late: who has read meanwhile has it, and its readers may be others, too.
  one.hear(2);
  equal(one.missed, 1);
  one.hearFor(5, [...RECIPIENTS, CAROL]);
  one.hearFor(5, [...RECIPIENTS, CAROL]);
  deepEqual([one.missed, one.told], [2, ["b", "a", "c"]]);
  deepEqual(one.next, [1, 7]);
  one.close();
});

Deno.test("whoever waits for one is given more time while others come, and more than can be overtaken are read", async () => {
  const one = order();
  one.hear(1, 3, 5);
  await one.clock.advance(EARLY_MS - 1);
  one.hear(2);
  await one.clock.advance(EARLY_MS - 1);
  deepEqual([one.next, one.missed], [[1, 2, 3], 0]);
  one.hear(4);
  one.hear(...Array.from({ length: MAX_EARLY }, (_, i) => i + 7));
  equal(one.missed, 0);
  one.hear(MAX_EARLY + 7);
  deepEqual([one.next, one.missed], [[1, 2, 3, 4, 5], 1]);
  one.close();
});

Deno.test("the first that is heard of a conversation follows on nothing where other nodes write", () => {
  const [several, alone] = [order(), order({ isAlone: true })];
  for (const one of [several, alone]) one.hear(7, 8);
  deepEqual([several.next, several.missed], [[8], 1]);
  deepEqual([alone.next, alone.missed], [[7, 8], 0]);
  // Before the first one: read by whoever was not told to read by then.
  for (const one of [several, alone]) one.hear(6, 5);
  deepEqual([several.told, alone.told], [["b", "a"], ["b", "a"]]);
  for (const one of [several, alone]) one.close();
});
