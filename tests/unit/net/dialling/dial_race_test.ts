/** Happy eyeballs: who starts when, who wins, and what becomes of the others. */

import { deepEqual, equal, rejects } from "node:assert/strict";
import { TransportError, TrustError } from "../../../../lib/base/errors.ts";
import {
  HEAD_START_MS,
  nextStep,
  raceDials,
  STRAGGLER_MS,
} from "../../../../lib/net/dialling/dial_race.ts";
import { FakeClock } from "../../../kit/clock.ts";

const NONE = { left: 0, running: 0, sinceStartMs: 0, sinceLastFailedMs: undefined };
const never = new AbortController().signal;

/** A way that ends when it is told to. */
function way() {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let isStarted = false;
  let isAborted = false;
  const run = (signal: AbortSignal) => {
    isStarted = true;
    signal.addEventListener("abort", () => {
      isAborted = true;
      reject(signal.reason);
    });
    return promise;
  };
  return {
    run,
    resolve,
    reject,
    get isStarted() {
      return isStarted;
    },
    get isAborted() {
      return isAborted;
    },
  };
}

function race() {
  const [clock, quic, tls] = [new FakeClock(), way(), way()];
  const late: string[] = [];
  const run = (signal = never) =>
    raceDials([quic.run, tls.run], { clock, signal, giveBack: (result) => late.push(result) });
  return { clock, quic, tls, late, run };
}

Deno.test("the next way starts when the one before has had its head start, or when nothing runs", () => {
  deepEqual(nextStep({ ...NONE, left: 2 }), { do: "start" });
  const one = { ...NONE, left: 1, running: 1 };
  deepEqual(nextStep(one), { do: "wait", forMs: HEAD_START_MS });
  deepEqual(nextStep({ ...one, sinceStartMs: HEAD_START_MS - 1 }), { do: "wait", forMs: 1 });
  deepEqual(nextStep({ ...one, sinceStartMs: HEAD_START_MS }), { do: "start" });
  deepEqual(nextStep({ ...one, running: 0, sinceStartMs: 1 }), { do: "start" });
});

Deno.test("a race is given up when nothing runs, or some time after the last way has failed", () => {
  deepEqual(nextStep(NONE), { do: "give-up" });
  const straggler = { ...NONE, running: 1 };
  deepEqual(nextStep(straggler), { do: "wait", forMs: undefined });
  deepEqual(nextStep({ ...straggler, sinceLastFailedMs: 0 }), { do: "wait", forMs: STRAGGLER_MS });
  deepEqual(nextStep({ ...straggler, sinceLastFailedMs: STRAGGLER_MS }), { do: "give-up" });
});

Deno.test("who comes about within the head start is used, and nobody else is ever started", async () => {
  const { clock, quic, tls, run } = race();
  const running = run();
  await clock.advance(HEAD_START_MS - 1);
  quic.resolve("quic");
  equal(await running, "quic");
  await clock.advance(HEAD_START_MS);
  deepEqual([tls.isStarted, clock.pendingTimers], [false, 0]);
});

Deno.test("after the head start both run, the first is used and the other one ended", async () => {
  const { clock, quic, tls, late, run } = race();
  const running = run();
  await clock.advance(HEAD_START_MS);
  equal(tls.isStarted, true);
  tls.resolve("tls");
  equal(await running, "tls");
  deepEqual([quic.isAborted, late, clock.pendingTimers], [true, [], 0]);
});

Deno.test("two who come about at once are one, and the other is given back", async () => {
  const { clock, quic, tls, late, run } = race();
  const running = run();
  await clock.advance(HEAD_START_MS);
  quic.resolve("quic");
  tls.resolve("tls");
  equal(await running, "quic");
  deepEqual(late, ["tls"]);
});

Deno.test("who fails lets the next one start at once", async () => {
  const { clock, quic, tls, run } = race();
  const running = run();
  quic.reject(new TransportError("unreachable", "no"));
  await clock.advance(0);
  equal(tls.isStarted, true);
  tls.resolve("tls");
  equal(await running, "tls");
});

Deno.test("when all have failed the last way's reason is told, and before it a breach of trust", async () => {
  for (const isTrust of [false, true]) {
    const { clock, quic, tls, run } = race();
    const failed = rejects(run(), isTrust ? { code: "peer-certificate" } : { code: "refused" });
    quic.reject(
      isTrust ? new TrustError("peer-certificate", "no") : new TransportError("unreachable", "no"),
    );
    await clock.advance(0);
    tls.reject(new TransportError("refused", "nobody"));
    await failed;
  }
});

Deno.test("a way before the last one has some time more when that has failed, and may still come about", async () => {
  for (const comes of [false, true]) {
    const { clock, quic, tls, run } = race();
    const running = run();
    const ended = comes ? running : rejects(running, { code: "refused" });
    await clock.advance(HEAD_START_MS);
    tls.reject(new TransportError("refused", "nobody"));
    await clock.advance(STRAGGLER_MS - 1);
    if (comes) quic.resolve("quic");
    await clock.advance(1);
    await ended;
    equal(quic.isAborted, true);
  }
});

Deno.test("a race that is stopped ends with the signal's reason, and with it all ways", async () => {
  const { clock, quic, tls, run } = race();
  const stop = new AbortController();
  const stopped = rejects(run(stop.signal), { name: "AbortError", message: "stopped" });
  await clock.advance(HEAD_START_MS);
  stop.abort(new DOMException("stopped", "AbortError"));
  await stopped;
  deepEqual([quic.isAborted, tls.isAborted, clock.pendingTimers], [true, true, 0]);
});
