import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { MediaError } from "../../../lib/base/errors.ts";
import { systemClock } from "../../../lib/base/clock.ts";
import { Stills } from "../../../lib/screen/stills/stills.ts";
import type { StillAnswer, StillRequest } from "../../../lib/screen/stills/still_message.ts";
import { StillThread } from "../../../lib/screen/stills/still_thread.ts";
import { FakeClock, settle } from "../../kit/clock.ts";
import { readTerminal } from "../../kit/screens.ts";
import { gif, still } from "../../kit/stills.ts";

/** A Worker that answers when the test says so. */
class FakeWorker {
  onmessage: ((event: { data: StillAnswer }) => void) | undefined;
  onerror: ((event: { message: string; preventDefault(): void }) => void) | undefined;
  readonly asked: StillRequest["kind"][] = [];
  isEnded = false;

  postMessage({ kind }: StillRequest): void {
    this.asked.push(kind);
    if (kind === "close") this.answer({ kind: "closed" });
  }

  answer(data: StillAnswer): void {
    queueMicrotask(() => this.onmessage?.({ data }));
  }

  terminate(): void {
    this.isEnded = true;
  }
}

function openThread() {
  const clock = new FakeClock();
  const workers: FakeWorker[] = [];
  const thread = new StillThread({
    clock,
    limitMs: 5_000,
    startWorker: () => {
      const worker = new FakeWorker();
      workers.push(worker);
      // The cast: all of a Worker that a thread uses.
      return worker as unknown as Worker;
    },
  });
  return { clock, workers, thread };
}

const DECODE = { kind: "decode", file: new Uint8Array(0), options: {} } as unknown as StillRequest;
const DAMAGED: StillAnswer = { kind: "decoded", result: { ok: false, problem: "damaged" } };

Deno.test("SR-67: a Worker that takes longer than its time is given up, and the next picture has another one", async () => {
  const { clock, workers, thread } = openThread();
  const slow = thread.ask(DECODE);
  const next = thread.ask(DECODE);
  await clock.advance(4_999);
  equal(workers[0].isEnded, false);
  deepEqual(workers[0].asked, ["decode"]);
  await clock.advance(1);
  equal(await slow, undefined);
  equal(workers[0].isEnded, true);
  await settle();
  equal(workers.length, 2);
  workers[1].answer(DAMAGED);
  deepEqual(await next, DAMAGED);
  await thread.close();
  equal(workers[1].isEnded, true);
  equal(clock.pendingTimers, 0);
});

Deno.test("SR-67: pictures are decoded one at a time, and a Worker that failed is not used again", async () => {
  const { workers, thread } = openThread();
  const asked = [thread.ask(DECODE), thread.ask(DECODE)];
  await settle();
  deepEqual(workers[0].asked, ["decode"]);
  workers[0].answer({ kind: "failed", reason: "planted" });
  await rejects(asked[0], MediaError);
  await settle();
  equal(workers[0].isEnded, true);
  workers[1].answer(DAMAGED);
  await asked[1];
  await thread.close();
});

Deno.test("a Worker that has nothing to do ends after a while, and its memory with it", async () => {
  const { clock, workers, thread } = openThread();
  const asked = thread.ask(DECODE);
  await settle();
  workers[0].answer(DAMAGED);
  await asked;
  await clock.advance(5_000);
  await settle();
  deepEqual(workers[0].asked, ["decode", "close"]);
  equal(workers[0].isEnded, true);
  const again = thread.ask(DECODE);
  await settle();
  workers[1].answer(DAMAGED);
  await again;
  await thread.close();
});

Deno.test("closing does not wait for a picture that is being decoded", async () => {
  const { workers, thread } = openThread();
  const asked = thread.ask(DECODE);
  await settle();
  await thread.close();
  await rejects(asked, MediaError);
  equal(workers[0].isEnded, true);
  await rejects(thread.ask(DECODE), MediaError);
});

Deno.test("SR-67: hostile files end in a word in their Worker, and a good one is decoded after them", async () => {
  using _reading = readTerminal();
  await using stills = new Stills({ clock: systemClock });
  const options = { box: { widthPx: 100, heightPx: 100 }, ground: [0, 0, 0] } as const;
  const decode = async (file: Uint8Array) => {
    const result = await stills.decode(new Uint8Array(file), options);
    return result.ok ? `${result.bitmap.widthPx}x${result.bitmap.heightPx}` : result.problem;
  };
  equal(await decode(gif({ widthPx: 60_000, heightPx: 60_000 })), "too-large");
  equal(await decode(gif({ frames: 100_000 })), "too-many-frames");
  equal(await decode(still("still.png").subarray(0, 200)), "damaged");
  equal(await decode(new Uint8Array(0)), "not-a-picture");
  equal(await decode(still("turned.jpg")), "32x48");
  ok((await stills.decode(new Uint8Array(still("still.webp")), options)).ok);
});
