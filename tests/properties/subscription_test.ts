import { deepEqual } from "node:assert/strict";
import fc from "fast-check";
import type { ConversationId } from "../../lib/base/ids.ts";
import { SIGNED_IN_PACKET_LIMITS } from "../../lib/protocol/limits.ts";
import { PacketDecoder } from "../../lib/protocol/packet.ts";
import { EnvelopeRun } from "../../lib/relay/envelope_run.ts";
import type { Envelope } from "../../lib/relay/message_log.ts";
import { type EnvelopeConnection, Subscription } from "../../lib/relay/subscription.ts";
import { FakeClock, settle } from "../kit/clock.ts";
import { accountId, conversationId, deviceId, envelopeId } from "../unit/server/store_kit.ts";

const RUNS = Deno.env.get("SLOW") === "1" ? 5_000 : 150;
const CONVERSATIONS = 3;
/** A few of these fill the window of a device, and what is queued for its connection. */
const BODY_BYTES = [1, 60_000, 200_000] as const;

/** One thing that happens, as numbers that are taken modulo what there is. */
type Act =
  | { readonly does: "store"; readonly conversation: number; readonly body: number }
  | { readonly does: "tell" | "lose" | "answer" | "acknowledge" | "flush"; readonly which: number };

const acts: fc.Arbitrary<Act[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: storing() },
    { weight: 4, arbitrary: other("tell") },
    { weight: 1, arbitrary: other("lose") },
    { weight: 3, arbitrary: other("answer") },
    { weight: 2, arbitrary: other("acknowledge") },
    { weight: 2, arbitrary: other("flush") },
  ),
  { minLength: 10, maxLength: 120 },
);

function storing(): fc.Arbitrary<Act> {
  return fc.record({ does: fc.constant("store" as const), conversation: fc.nat(), body: fc.nat() });
}

function other(does: Exclude<Act["does"], "store">): fc.Arbitrary<Act> {
  return fc.record({ does: fc.constant(does), which: fc.nat() });
}

/** A device, the log of its conversations, and news of it that come later, or not. */
class World {
  readonly clock = new FakeClock();
  readonly stored = new Map<ConversationId, Envelope[]>();
  readonly received = new Map<ConversationId, number[]>();
  /** What was stored and is not told yet, in the order in which it was. */
  #untold: Envelope[] = [];
  /** Conversations of which something was not told. */
  readonly #gaps = new Set<ConversationId>();
  readonly #cursors = new Map<ConversationId, number>();
  #answers: (() => void)[] = [];
  #asked = 0;
  #queuedBytes = 0;
  #onFlush: (() => void)[] = [];
  readonly #decoder = new PacketDecoder(SIGNED_IN_PACKET_LIMITS);
  readonly subscription: Subscription;

  constructor() {
    const connection: EnvelopeConnection = {
      send: (packets) => this.#take(packets),
      whenBelow: async (_, belowBytes) => {
        while (this.#queuedBytes >= belowBytes) {
          await new Promise<void>((resolve) => this.#onFlush.push(resolve));
        }
      },
      close: () => {
        throw new Error("closed");
      },
      get controlBytes() {
        return queuedBytes();
      },
    };
    const queuedBytes = () => this.#queuedBytes;
    this.subscription = new Subscription(connection, deviceId(2), {
      clock: this.clock,
      onFailure: (error) => {
        throw error;
      },
      acknowledgements: {
        put: (_, conversation, seq) => void this.#cursors.set(conversation, seq),
      },
      log: {
        listWaiting: () => {
          const waiting = [...this.stored].map(([conversation, envelopes]) => {
            const afterSeq = this.#cursors.get(conversation) ?? 0;
            return { conversation, afterSeq, waits: envelopes.length > afterSeq };
          });
          return this.#later(waiting.filter(({ waits }) => waits));
        },
        fetch: ({ conversation, afterSeq, limit, maxBytes }) => {
          let sizeBytes = 0;
          const page = (this.stored.get(conversation) ?? []).slice(afterSeq)
            .filter(({ body }, i) =>
              i < limit && ((sizeBytes += body.length) <= maxBytes || i === 0)
            );
          return this.#later(page);
        },
      },
    });
  }

  act(act: Act): void {
    if (act.does === "store") return this.#store(act);
    switch (act.does) {
      case "tell":
        return this.#tell(1 + act.which % 3);
      case "lose": {
        const [lost] = this.#untold.splice(0, 1);
        if (lost !== undefined) this.#gaps.add(lost.conversation);
        return;
      }
      case "answer":
        return this.#answers.splice(act.which % (this.#answers.length + 1), 1)[0]?.();
      case "acknowledge":
        return this.#acknowledge(act.which);
      case "flush":
        return this.#flush();
    }
  }

  /** Everything that is still to come comes; what was never told, by the sweep that looks for it. */
  async end(): Promise<void> {
    while (this.#untold.length > 0) this.#tell();
    for (let quiet = 0; quiet < 3; quiet++) {
      const before = this.#state();
      if (quiet === 0 && this.#gaps.size > 0) this.subscription.catchUp();
      for (const answer of this.#answers.splice(0)) answer();
      this.#flush();
      for (let i = 0; i < CONVERSATIONS; i++) this.#acknowledge(i);
      await this.clock.advance(200);
      if (this.#state() !== before) quiet = 0;
    }
  }

  #state(): string {
    return `${[...this.received.values()].map((seqs) => seqs.length)} ${this.#asked} ${[
      ...this.#cursors.values(),
    ]}`;
  }

  #store({ conversation: which, body }: Extract<Act, { does: "store" }>): void {
    const conversation = conversationId(which % CONVERSATIONS);
    const envelopes = this.stored.get(conversation) ?? [];
    this.stored.set(conversation, envelopes);
    const seq = envelopes.length + 1;
    const envelope: Envelope = {
      ...{ conversation, seq, envelope: envelopeId(seq), type: "message", epoch: 1, atMs: 1 },
      ...{ account: accountId("eve"), device: deviceId(1), place: undefined },
      body: new Uint8Array(BODY_BYTES[body % BODY_BYTES.length]),
    };
    envelopes.push(envelope);
    this.#untold.push(envelope);
  }

  /** The next ones of a conversation together, at most so many. */
  #tell(most = 1): void {
    const [told] = this.#untold;
    if (told === undefined) return;
    const others = this.#untold.findIndex(({ conversation }) => conversation !== told.conversation);
    const together = this.#untold.splice(0, others < 0 ? most : Math.min(most, others));
    // Behind something that was not told, the log is read, as the order of arrivals does it.
    if (this.#gaps.delete(told.conversation)) return this.subscription.catchUp();
    const run = new EnvelopeRun(together);
    this.subscription.offer(run);
    run.release();
  }

  #acknowledge(which: number): void {
    const conversation = conversationId(which % CONVERSATIONS);
    const seq = this.received.get(conversation)?.at(-1);
    if (seq !== undefined) this.subscription.acknowledge(conversation, seq);
  }

  #flush(): void {
    this.#queuedBytes = 0;
    for (const resolve of this.#onFlush.splice(0)) resolve();
  }

  #take(packets: Uint8Array): boolean {
    this.#queuedBytes += packets.length;
    this.#decoder.push(packets);
    for (let packet = this.#decoder.next(); packet; packet = this.#decoder.next()) {
      if (packet.header.kind !== "relay.envelope") continue;
      const { conversation, seq } = packet.header as unknown as Envelope;
      const seqs = this.received.get(conversation) ?? [];
      this.received.set(conversation, [...seqs, seq]);
    }
    return true;
  }

  /** The answer of the log, as it was when it was asked. */
  #later<Answer>(answer: Answer): Promise<Answer> {
    this.#asked++;
    return new Promise((resolve) => this.#answers.push(() => resolve(answer)));
  }
}

Deno.test("a subscription brings every envelope once and in order, whatever is slow, told late or never", async () => {
  await fc.assert(
    fc.asyncProperty(acts, async (list) => {
      const world = new World();
      const begin = list.findIndex(({ does }) => does !== "store");
      for (const [i, act] of list.entries()) {
        if (i === begin) world.subscription.start();
        world.act(act);
        await settle();
      }
      if (begin < 0) world.subscription.start();
      await world.end();
      world.subscription.close();
      const all = [...world.stored].map(([conversation, { length }]) => [
        conversation,
        Array.from({ length }, (_, i) => i + 1),
      ]);
      deepEqual(new Map(world.received), new Map(all as [ConversationId, number[]][]));
    }),
    { numRuns: RUNS },
  );
});
