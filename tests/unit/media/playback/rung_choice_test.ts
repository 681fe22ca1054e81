import { deepEqual, equal, ok } from "node:assert/strict";
import {
  type ClientFacts,
  type RungChoice,
  RungChooser,
} from "../../../../lib/media/playback/rung_choice.ts";
import { rungsOf } from "../../../../lib/media/library/rungs.ts";

const FRAMES_PER_SECOND = 20;
/** About what cockatoo has. */
const BYTES = [2_600, 7_500, 8_300, 11_000, 11_400, 16_000, 20_600, 29_000];
const SIZES = rungsOf({ widthPx: 1280, heightPx: 720 });
const TOP = SIZES.length - 1;
const NOTHING: ClientFacts = {
  box: undefined,
  drawMs: undefined,
  decodeMs: undefined,
  maxRate: undefined,
};

interface Line {
  readonly bytesPerSecond: number;
  readonly roundTripMs: number;
  /** A segment is lost once in so long, and all behind it waits for half a second. */
  readonly lossEveryMs?: number;
}

/** A stream over a line that may change: who is sent what when, and what it comes to. */
class Trace {
  readonly chooser = new RungChooser(FRAMES_PER_SECOND);
  readonly choices: (RungChoice & { readonly atMs: number })[] = [];
  /** When each picture arrived. */
  readonly arrivals: number[] = [];
  client: ClientFacts = NOTHING;
  ready = (_rung: number) => true;
  #nowMs = 0;
  #frame = 0;
  #freeAtMs = 0;
  #latestMs = 0;
  #lostAtMs = 0;
  #onWay: { sentAtMs: number; sizeBytes: number; backAtMs: number }[] = [];

  run(forMs: number, line: Line): this {
    const untilMs = this.#nowMs + forMs;
    for (; this.#nowMs < untilMs; this.#nowMs += 1000 / FRAMES_PER_SECOND) {
      while (this.#onWay[0]?.backAtMs <= this.#nowMs) {
        const frame = this.#onWay.shift();
        if (frame !== undefined) this.chooser.arrived(frame, frame.backAtMs);
      }
      this.#tick(line);
    }
    return this;
  }

  get last(): RungChoice {
    return this.choices[this.choices.length - 1];
  }

  get greatestGapMs(): number {
    return Math.max(...this.arrivals.slice(1).map((ms, i) => ms - this.arrivals[i]));
  }

  #tick({ bytesPerSecond, roundTripMs, lossEveryMs }: Line): void {
    const nowMs = this.#nowMs;
    const facts = SIZES.map((size, i) => ({
      ...{ widthPx: size.widthPx, heightPx: size.heightPx, frameBytes: BYTES[i] },
      isReady: this.ready(i),
    }));
    const choice = this.chooser.choose(facts, this.client, nowMs);
    this.choices.push({ ...choice, atMs: nowMs });
    const sizeBytes = BYTES[choice.rung];
    const room = Math.max(14_600, bytesPerSecond);
    const sent = this.#onWay.reduce((sum, frame) => sum + frame.sizeBytes, 0);
    if (this.#frame++ % choice.every !== 0 || (sent > 0 && sent + sizeBytes > room)) return;
    this.#freeAtMs = Math.max(nowMs, this.#freeAtMs) + 1000 * sizeBytes / bytesPerSecond;
    let arrivesMs = this.#freeAtMs + roundTripMs / 2;
    if (lossEveryMs !== undefined && nowMs - this.#lostAtMs >= lossEveryMs) {
      this.#lostAtMs = nowMs;
      arrivesMs += roundTripMs + 200;
    }
    this.#latestMs = Math.max(this.#latestMs, arrivesMs);
    this.arrivals.push(this.#latestMs);
    const backAtMs = this.#latestMs + roundTripMs / 2;
    this.#onWay.push({ sentAtMs: nowMs, sizeBytes, backAtMs });
  }
}

const FAST: Line = { bytesPerSecond: 2_500_000, roundTripMs: 40 };
const BAD: Line = { bytesPerSecond: 32_000, roundTripMs: 300, lossEveryMs: 2_300 };

Deno.test("rung choice begins with the smallest picture and climbs to the largest in 5 s on a fast line", () => {
  const trace = new Trace().run(5_000, FAST);
  equal(trace.choices[0].rung, 0);
  // Nothing says so far that the line has no more.
  ok(trace.choices.every(({ limit }) => limit === undefined || limit === "source"));
  deepEqual([trace.last.rung, trace.last.every, trace.last.limit], [TOP, 1, "source"]);
  // Up only, and never to more than three times the bytes.
  const rates = trace.choices.map(({ rung, every }) => BYTES[rung] / every);
  ok(rates.every((rate, i) => i === 0 || (rate >= rates[i - 1] && rate <= 3 * rates[i - 1])));
});

Deno.test("rung choice on 256 kbit/s with 300 ms and losses shows small pictures without a stall of a second", () => {
  const trace = new Trace().run(30_000, BAD);
  const late = trace.choices.filter(({ atMs }) => atMs > 5_000);
  ok(late.every(({ rung }) => rung <= 1));
  equal(trace.last.limit, "line");
  ok(trace.greatestGapMs <= 1_000, `${trace.greatestGapMs}`);
  ok(trace.arrivals.length > 5 * 30, `${trace.arrivals.length}`);
});

Deno.test("rung choice goes down at once when the line becomes bad, and up again when it is good again", () => {
  const trace = new Trace().run(6_000, FAST);
  equal(trace.last.rung, TOP);
  trace.run(5_000, BAD);
  equal(trace.last.rung, 0);
  trace.run(12_000, BAD).run(30_000, FAST);
  deepEqual([trace.last.rung, trace.last.every], [TOP, 1]);
});

Deno.test("rung choice works at 32 kbit/s: about a picture a second, none in a long queue", () => {
  const trace = new Trace().run(60_000, { bytesPerSecond: 4_000, roundTripMs: 300 });
  const settled = trace.choices.filter(({ atMs }) => atMs > 20_000);
  ok(settled.every(({ rung, every }) => rung === 0 && every >= 6));
  const late = trace.arrivals.filter((ms) => ms > 20_000);
  ok(late.length >= 30, `${late.length}`);
});

Deno.test("rung choice takes no stall of a single lost segment for a slow line", () => {
  const trace = new Trace().run(6_000, FAST);
  trace.run(20_000, { ...FAST, lossEveryMs: 2_000 });
  ok(trace.choices.filter(({ atMs }) => atMs > 6_000).every(({ rung }) => rung === TOP));
});

Deno.test("rung choice never sends more pixels than the box has, and follows it", () => {
  const trace = new Trace();
  trace.client = { ...NOTHING, box: { widthPx: 640, heightPx: 400 } };
  trace.run(6_000, FAST);
  deepEqual([SIZES[trace.last.rung].folder, trace.last.limit], ["360p", "box"]);
  trace.client = { ...NOTHING, box: { widthPx: 200, heightPx: 100 } };
  trace.run(100, FAST);
  equal(SIZES[trace.last.rung].name, "144p");
});

Deno.test("rung choice sends no more pictures than the screen draws, with a few to choose from", () => {
  const trace = new Trace();
  trace.client = { ...NOTHING, drawMs: 250, decodeMs: 10 };
  trace.run(6_000, FAST);
  deepEqual([trace.last.every, trace.last.limit], [4, "drawing"]);
  trace.client = { ...NOTHING, drawMs: 5, decodeMs: 10 };
  trace.run(2_000, FAST);
  equal(trace.last.every, 1);
});

Deno.test("rung choice keeps within the client's own limit, by size and by number", () => {
  const trace = new Trace().run(5_000, FAST);
  trace.client = { ...NOTHING, maxRate: 160_000 };
  trace.run(1_000, FAST);
  deepEqual([trace.last.rung, trace.last.every, trace.last.limit], [1, 1, "rate"]);
  trace.client = { ...NOTHING, maxRate: 10_000 };
  trace.run(1_000, FAST);
  equal(trace.last.rung, 0);
  ok(BYTES[0] * FRAMES_PER_SECOND / trace.last.every <= 10_000);
});

Deno.test("rung choice waits for the next rung until its pictures are ready, and says which it wants", () => {
  const trace = new Trace();
  trace.ready = (rung) => rung < 1;
  trace.run(5_000, FAST);
  const { wanted } = trace.last;
  ok(trace.last.rung === 0 && wanted !== undefined && wanted > 0);
  trace.ready = () => true;
  trace.run(200, FAST);
  equal(trace.last.rung, wanted);
});

Deno.test("rung choice goes on after a seek with what it knows of the line", () => {
  const trace = new Trace().run(6_000, FAST);
  trace.chooser.restart();
  trace.run(100, FAST);
  equal(trace.last.rung, TOP);
});

Deno.test("rung choice on 2 Mbit/s shows every picture rather than larger ones", () => {
  const trace = new Trace().run(20_000, { bytesPerSecond: 250_000, roundTripMs: 40 });
  const late = trace.arrivals.filter((ms) => ms > 10_000 && ms <= 20_000);
  ok(late.length >= 0.95 * 10 * FRAMES_PER_SECOND, `${late.length} in 10 s`);
  ok(trace.last.rung >= 1);
});

Deno.test("rung choice takes a lower quality for a step between two sizes", () => {
  // 480p at its best does not pass, 360p leaves room.
  const trace = new Trace();
  trace.client = { ...NOTHING, maxRate: 20 * 12_000 };
  trace.run(10_000, FAST);
  equal(SIZES[trace.last.rung].folder, "480p-q8");
});

Deno.test("rung choice has the largest pictures again within 5 s of a line that becomes good, at any moment", () => {
  const good: Line = { ...FAST, roundTripMs: 300 };
  for (let badMs = 4_000; badMs <= 30_000; badMs += 500) {
    const trace = new Trace().run(badMs, BAD).run(10_000, good);
    const back = trace.choices.find(({ atMs, rung, every }) =>
      atMs >= badMs && rung === TOP && every === 1
    );
    const tookMs = (back?.atMs ?? Infinity) - badMs;
    ok(tookMs <= 5_000, `${tookMs} ms after ${badMs} ms of a bad line`);
  }
});
