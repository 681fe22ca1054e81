/** The edges of docs/transfers.md, one test each. */

import assert from "node:assert/strict";
import {
  isEnded,
  type ReceiverEvent,
  type ReceiverState,
  type SenderEvent,
  type SenderState,
  stepReceiver,
  stepSender,
} from "../../../../lib/client/transfers/transfer_state.ts";

const sender = (...events: SenderEvent[]) =>
  events.reduce<SenderState>((now, event) => stepSender(now, event) ?? now, { state: "offered" });
const receiver = (...events: ReceiverEvent[]) =>
  events.reduce<ReceiverState>((now, event) => stepReceiver(now, event) ?? now, {
    state: "offered",
  });
const YES = { event: "answered", accepts: true } as const;
const TAKE = { event: "answer", accepts: true } as const;
const STORED = { event: "stored" } as const;
const here = { by: "here" } as const;
const there = { by: "there" } as const;
const again = { event: "resume", by: "there", again: true } as const;

Deno.test("sender offered: uploading when the answer is yes, or the receiver is away", () => {
  assert.deepEqual(sender(YES), { state: "uploading" });
  assert.deepEqual(sender({ event: "away" }), { state: "uploading" });
  assert.deepEqual(sender({ event: "away" }, YES), { state: "uploading" });
});

Deno.test("sender offered, uploading or uploaded: declined when the answer is no", () => {
  const no = { event: "answered", accepts: false } as const;
  for (const before of [[], [{ event: "away" }], [{ event: "away" }, STORED]] as SenderEvent[][]) {
    assert.deepEqual(sender(...before, no), { state: "declined" });
  }
});

Deno.test("sender uploading: uploaded when all is stored, done when it is verified", () => {
  assert.deepEqual(sender(YES, STORED), { state: "uploaded" });
  const done = { state: "done" };
  assert.deepEqual(sender(YES, STORED, { event: "verified" }), done);
  // The word of the server may come behind that of the receiver.
  assert.deepEqual(sender(YES, { event: "verified" }, STORED), done);
});

Deno.test("sender uploaded: uploading again when the receiver asks for it", () => {
  assert.deepEqual(sender(YES, STORED, again), { state: "uploading", again: true });
  assert.deepEqual(sender(YES, STORED, again, { event: "begun" }), { state: "uploading" });
  assert.equal(stepSender({ state: "uploading" }, again), undefined);
});

Deno.test("sender paused: goes on where it was when the side that paused resumes, and only then", () => {
  for (const by of ["here", "there"] as const) {
    const other = by === "here" ? "there" : "here";
    const paused = sender(YES, { event: "pause", by });
    assert.deepEqual(paused, { state: "paused", by, was: "uploading" });
    assert.equal(stepSender(paused, { event: "resume", by: other, again: false }), undefined);
    assert.deepEqual(stepSender(paused, { event: "resume", by, again: false }), {
      state: "uploading",
    });
    assert.equal(stepSender(paused, { event: "pause", by: other }), undefined);
  }
});

Deno.test("sender paused while offered: an answer is remembered", () => {
  const paused = sender({ event: "pause", ...here }, YES);
  assert.deepEqual(paused, { state: "paused", by: "here", was: "uploading" });
});

Deno.test("sender paused: keeps why, so that the person is told", () => {
  const paused = sender(YES, { event: "pause", ...here, why: "the server's disk is full" });
  assert.deepEqual(paused, {
    state: "paused",
    by: "here",
    was: "uploading",
    why: "the server's disk is full",
  });
});

Deno.test("sender in any state but an ended one: cancelled by either side", () => {
  for (const by of ["here", "there"] as const) {
    const cancel = { event: "cancel", by, reason: "cancelled" } as const;
    const cancelled = { state: "cancelled", by, reason: "cancelled" };
    for (
      const before of [[], [YES], [YES, STORED], [{ event: "pause", ...here }]] as SenderEvent[][]
    ) {
      assert.deepEqual(sender(...before, cancel), cancelled);
    }
  }
});

Deno.test("sender and receiver ended: nothing moves them", () => {
  const ended: readonly SenderState[] = [
    { state: "done" },
    { state: "declined" },
    { state: "cancelled", by: "here", reason: "cancelled" },
  ];
  for (const state of ended) {
    assert(isEnded(state));
    for (
      const event of [YES, STORED, again, { event: "pause", ...here }, {
        event: "cancel",
        ...there,
        reason: "damaged",
      }] as SenderEvent[]
    ) {
      assert.equal(stepSender(state, event), undefined);
    }
    assert.equal(stepReceiver(state as ReceiverState, TAKE), undefined);
  }
});

Deno.test("receiver offered: receiving or declined by the person's answer", () => {
  assert.deepEqual(receiver(TAKE), { state: "receiving" });
  assert.deepEqual(receiver({ event: "answer", accepts: false }), { state: "declined" });
  assert.equal(stepReceiver({ state: "receiving" }, TAKE), undefined);
});

Deno.test("receiver receiving: done when verified, and not before it was accepted", () => {
  const verified = { event: "verified" } as const;
  assert.deepEqual(receiver(TAKE, verified), { state: "done" });
  assert.equal(stepReceiver({ state: "offered" }, verified), undefined);
});

Deno.test("receiver paused: goes on where it was when the side that paused resumes", () => {
  for (const by of ["here", "there"] as const) {
    const paused = receiver(TAKE, { event: "pause", by });
    assert.deepEqual(stepReceiver(paused, { event: "resume", by }), { state: "receiving" });
    const other = by === "here" ? "there" : "here";
    assert.equal(stepReceiver(paused, { event: "resume", by: other }), undefined);
  }
  const early = receiver({ event: "pause", ...there }, TAKE);
  assert.deepEqual(early, { state: "paused", by: "there", was: "receiving" });
});

Deno.test("receiver in any state but an ended one: cancelled by either side", () => {
  for (const by of ["here", "there"] as const) {
    const cancel = { event: "cancel", by, reason: "damaged" } as const;
    for (const before of [[], [TAKE], [TAKE, { event: "pause", ...here }]] as ReceiverEvent[][]) {
      assert.deepEqual(receiver(...before, cancel), { state: "cancelled", by, reason: "damaged" });
    }
  }
});
