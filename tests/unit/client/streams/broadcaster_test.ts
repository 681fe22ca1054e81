import { deepEqual, equal, rejects } from "node:assert/strict";
import { utf8 } from "../../../../lib/base/bytes.ts";
import { MediaError } from "../../../../lib/base/errors.ts";
import type { AccountId } from "../../../../lib/base/ids.ts";
import { systemRandom } from "../../../../lib/base/random.ts";
import {
  Broadcaster,
  type BroadcasterOptions,
  type Unwatched,
} from "../../../../lib/client/streams/broadcaster.ts";
import { ProofWriter } from "../../../../lib/client/streams/proof_writer.ts";
import type { ReportCollector } from "../../../../lib/client/streams/report_collector.ts";
import { type OpenedUnit, UnitOpener } from "../../../../lib/client/streams/unit_opener.ts";
import { UnitSealer } from "../../../../lib/client/streams/stream_keys.ts";
import { generateEd25519 } from "../../../../lib/crypto/keys/ed25519.ts";
import type { LiveReport } from "../../../../lib/media/live/live_steps.ts";
import { FakeClock, settle } from "../../../kit/clock.ts";
import { fingerprintOf, SERVER_ID } from "../../../kit/devices.ts";
import { STREAM, TestKeys, TestPublisher } from "../../../kit/streams.ts";

/** Sealing takes turns of other threads: waits for what must happen. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await settle();
}

type Leg = Parameters<BroadcasterOptions["capture"]>[0];

/** What people say in a test's words. */
class TestAnswers {
  why: Unwatched | undefined;
  left = false;
  /** Asked so often. */
  looks = 0;
  waitUntilMs = 90_000;
  #listeners = new Set<() => void>();

  get listening(): number {
    return this.#listeners.size;
  }

  whyNotWait(): Unwatched | undefined {
    this.looks++;
    return this.why;
  }

  hasLeft(): boolean {
    this.looks++;
    return this.left;
  }

  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Something was written. */
  say(said: { why?: Unwatched; left?: boolean } = {}): void {
    this.why = said.why ?? this.why;
    this.left = said.left ?? this.left;
    for (const listener of this.#listeners) listener();
  }
}

async function scene(options: Partial<BroadcasterOptions> = {}) {
  const clock = new FakeClock();
  const answers = new TestAnswers();
  const transport = new TestPublisher();
  const { privateKey } = await generateEd25519(systemRandom);
  const signer = {
    serverId: SERVER_ID,
    account: "alice" as AccountId,
    certificateHash: fingerprintOf("33"),
    privateKey,
  };
  const legs: { leg: Leg; end: PromiseWithResolvers<void> }[] = [];
  const heard: LiveReport[] = [];
  const broadcaster = new Broadcaster({
    clock,
    transport,
    writer: new ProofWriter(new UnitSealer(new TestKeys(), STREAM), signer, STREAM),
    // Only `take` is asked for.
    reports: { take: () => heard.shift() } as unknown as ReportCollector,
    capture: async (leg, signal) => {
      const end = Promise.withResolvers<void>();
      const abort = () => end.reject(signal.reason);
      signal.addEventListener("abort", abort, { once: true });
      legs.push({ leg, end });
      await end.promise;
    },
    isDevice: true,
    answers,
    ...options,
  });
  const stop = new AbortController();
  const running = broadcaster.run(stop.signal);
  running.catch(() => {});
  const opener = new UnitOpener(new TestKeys(), { stream: STREAM, clock });
  const sent = async () => {
    const opened: OpenedUnit[] = [];
    for (const unit of transport.units.splice(0)) {
      const one = await opener.open(unit);
      if (one !== undefined) opened.push(one);
    }
    return opened;
  };
  const picture = (index: number, text = `picture ${index}`) =>
    legs[legs.length - 1].leg.onFrame({ index, widthPx: 4, heightPx: 4, jpeg: utf8(text) });
  const begin = async () => {
    transport.subscribers = 1;
    await until(() => legs.length === 1);
  };
  /** Gives the next picture of a device, and waits until it has left. */
  const leaves = async (index: number) => {
    const before = transport.units.length;
    await picture(index);
    await until(() => transport.units.length > before);
  };
  return { clock, answers, transport, legs, heard, running, stop, sent, picture, begin, leaves };
}

const frames = (units: readonly OpenedUnit[]) =>
  units.filter((one) => one.kind === "stream.frame").map(({ fields }) => fields.index);

Deno.test("who came while the road was opened is counted", async () => {
  const transport = new TestPublisher();
  transport.subscribers = 1;
  const counts: number[] = [];
  const { legs, stop, running } = await scene({
    transport,
    onWatchers: (count) => counts.push(count),
  });
  await until(() => legs.length === 1);
  stop.abort();
  deepEqual([(await running).watchers, counts], [1, [1]]);
});

Deno.test("a source is not opened before somebody watches, and ends with the stream", async () => {
  const { clock, legs, running, sent, leaves, begin } = await scene({ isDevice: false });
  await clock.advance(60_000);
  equal(legs.length, 0);
  await begin();
  equal(legs.length, 1);
  deepEqual([legs[0].leg.step.widthPx, legs[0].leg.fromMs], [640, 0]);
  await leaves(0);
  legs[0].end.resolve();
  const result = await running;
  deepEqual([result.end, result.frames, result.dropped, result.watchers], ["ended", 1, 0, 1]);
  const units = await sent();
  deepEqual(units.map(({ kind }) => kind), ["stream.frame", "stream.proof", "stream.end"]);
});

for (const why of ["declined", "unanswered", "vanished"] as const) {
  Deno.test(`a stream that is ${why} ends without opening its source`, async () => {
    const { legs, running, answers } = await scene();
    answers.say({ why });
    deepEqual([(await running).end, legs.length, answers.listening], [why, 0, 0]);
  });
}

Deno.test("an offer without an answer ends at its time", async () => {
  const { clock, answers, running, legs } = await scene();
  await clock.advance(89_999);
  answers.why = "unanswered";
  equal(legs.length, 0);
  await clock.advance(1);
  equal((await running).end, "unanswered");
});

Deno.test("who sends waits for somebody to come, go or say something, and asks for nothing meanwhile", async () => {
  const { clock, answers, transport, running, leaves, begin } = await scene();
  await clock.advance(60_000);
  deepEqual([answers.looks, clock.pendingTimers], [1, 1]);
  answers.say();
  await clock.advance(0);
  equal(answers.looks, 2);
  await begin();
  await leaves(0);
  await clock.advance(60_000);
  deepEqual([answers.looks, clock.pendingTimers], [2, 0]);
  transport.subscribers = 0;
  await clock.advance(10_000);
  deepEqual([answers.looks, clock.pendingTimers], [3, 1]);
  answers.say({ left: true });
  equal((await running).end, "left");
  deepEqual([answers.listening, clock.pendingTimers], [0, 0]);
});

Deno.test("pictures of a file leave when it is their time", async () => {
  const { clock, transport, picture, leaves, begin, stop, running } = await scene({
    isDevice: false,
  });
  await begin();
  await leaves(0);
  let isTaken = false;
  const next = picture(15).then(() => isTaken = true);
  await clock.advance(999);
  equal(isTaken, false);
  equal(transport.units.length, 1);
  await clock.advance(1);
  await next;
  await until(() => transport.units.length > 1);
  stop.abort();
  equal((await running).frames, 2);
});

Deno.test("a slow line takes the newest picture, and those before it are counted", async () => {
  const { transport, running, sent, picture, begin, stop } = await scene();
  await begin();
  transport.full = true;
  await picture(0);
  await until(() => transport.isWaiting);
  for (let index = 1; index < 5; index++) await picture(index);
  transport.full = false;
  await until(() => transport.units.length === 2);
  const units = await sent();
  deepEqual(frames(units), [0, 1]);
  const texts = units.map(({ payload }) => new TextDecoder().decode(payload));
  deepEqual(texts, ["picture 0", "picture 4"]);
  stop.abort();
  const { end, dropped } = await running;
  deepEqual([end, dropped], ["stopped", 3]);
});

Deno.test("SR-66: a proof follows within a second of each picture", async () => {
  const { clock, transport, running, picture, begin, stop, sent } = await scene();
  await begin();
  let units = 0;
  for (let index = 0; index < 50; index++) {
    await picture(index);
    // Every fifth picture in five a second has a proof behind it: the clock stands still until both have left.
    units += index % 4 === 0 && index > 0 ? 2 : 1;
    await until(() => transport.units.length >= units);
    await clock.advance(200);
  }
  const kinds = (await sent()).map(({ kind }) => kind);
  let sinceProofMs = 0;
  for (const kind of kinds) {
    sinceProofMs = kind === "stream.proof" ? 0 : sinceProofMs + 200;
    equal(sinceProofMs <= 1000, true, `${kinds}`);
  }
  stop.abort();
  await running;
});

Deno.test("a bad report makes the next leg smaller, from the same moment of a file", async () => {
  const { clock, legs, heard, picture, leaves, begin, stop, running } = await scene({
    isDevice: false,
  });
  await begin();
  await leaves(0);
  heard.push({ received: 5, lost: 5, lateMs: 0 });
  const due = picture(12);
  await clock.advance(800);
  await due;
  await until(() => legs.length === 2);
  deepEqual([legs[1].leg.step.quality, legs[1].leg.fromMs], [8, 800]);
  stop.abort();
  equal((await running).steps, 1);
});

Deno.test("a stream that nobody watches any more waits twenty seconds for somebody to come back", async () => {
  const { clock, transport, running, leaves, begin } = await scene();
  await begin();
  await leaves(0);
  transport.subscribers = 0;
  await clock.advance(19_000);
  transport.subscribers = 1;
  await clock.advance(1_000);
  transport.subscribers = 0;
  await clock.advance(20_500);
  equal((await running).end, "left");
});

Deno.test("a stream that all have left ends at once", async () => {
  const { clock, answers, transport, running, leaves, begin } = await scene();
  await begin();
  await leaves(0);
  answers.say({ left: true });
  await clock.advance(1_000);
  transport.subscribers = 0;
  equal((await running).end, "left");
});

Deno.test("a camera that fails says so to who watches, and throws its words", async () => {
  const { legs, running, sent, begin } = await scene();
  await begin();
  legs[0].end.reject(new MediaError("device-busy", "The camera is busy"));
  await rejects(running, { code: "device-busy" });
  const [end] = await sent();
  deepEqual(end.kind === "stream.end" && end.fields.reason, "failed");
});

Deno.test("a connection that ends ends the stream", async () => {
  const { transport, running, begin } = await scene();
  await begin();
  transport.isOpen = false;
  await rejects(running, { code: "offline" });
});

Deno.test("a stream climbs again when its line is better, and says each step", async () => {
  const said: string[] = [];
  const { clock, legs, heard, leaves, begin, stop, running } = await scene({
    onStep: ({ widthPx, quality }, isBetter) =>
      said.push(`${isBetter ? "up" : "down"} ${widthPx} ${quality}`),
  });
  await begin();
  heard.push({ received: 5, lost: 5, lateMs: 0 });
  let index = 0;
  const second = async () => {
    heard.push({ received: 10, lost: 0, lateMs: 20 });
    await leaves(index++);
    // From the second picture on a proof follows, and takes one report. It has left before the next picture comes: `leaves`
    // would take it for that one, and a picture that still waits is dropped for the next, which is a step down.
    await until(() => heard.length <= 2);
    await clock.advance(1_000);
  };
  for (let seconds = 0; seconds < 16; seconds++) await second();
  // The one after it leaves behind what the last one set off.
  await leaves(index);
  deepEqual(said, ["down 640 8", "up 640 4"]);
  equal(legs.length, 3);
  stop.abort();
  equal((await running).steps, 2);
});
