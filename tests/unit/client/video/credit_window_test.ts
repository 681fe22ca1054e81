import { equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { CreditWindow } from "../../../../lib/client/video/credit_window.ts";

const MAX_FRAME_BYTES = 1024 * 1024;

Deno.test("CreditWindow grants small pictures many at once and room for the greatest one", () => {
  const grant = new CreditWindow().grant(0);
  ok(grant !== undefined);
  equal(grant.frames, 8);
  ok(grant.bytes >= MAX_FRAME_BYTES);
});

Deno.test("CreditWindow grants nothing more while what it granted is on the way", () => {
  const window = new CreditWindow();
  window.grant(0);
  equal(window.grant(0), undefined);
  window.received(8192, 0);
  equal(window.grant(0), undefined, "less than half a window is free");
  for (let i = 0; i < 5; i++) window.received(8192, 10);
  equal(window.grant(0)?.frames, 6);
});

Deno.test("CreditWindow counts frames that are held as on the way", () => {
  const window = new CreditWindow();
  window.grant(0);
  for (let i = 0; i < 8; i++) window.received(8192, i);
  equal(window.grant(8), undefined);
  equal(window.grant(0)?.frames, 8);
});

Deno.test("CreditWindow grows on a fast line and has one great frame on the way on a slow one", () => {
  const fast = new CreditWindow();
  for (let i = 0; i < 200; i++) {
    fast.grant(0);
    fast.received(100_000, i * 5);
  }
  fast.reset();
  ok((fast.grant(0)?.frames ?? 0) >= 10, "20 MB/s hold 5 MB in 250 ms");
  const slow = new CreditWindow();
  for (let i = 0; i < 50; i++) {
    slow.grant(0);
    slow.received(126_000, i * 4000);
  }
  slow.reset();
  equal(slow.grant(0)?.frames, 1, "32 kB/s");
});

Deno.test("CreditWindow never lets a stream stop: without frames on the way or held it grants at least one", () => {
  fc.assert(fc.property(
    fc.array(fc.record({ size: fc.integer({ min: 1, max: MAX_FRAME_BYTES }), ms: fc.nat(5000) }), {
      maxLength: 60,
    }),
    (frames) => {
      const window = new CreditWindow();
      let granted = 0;
      let bytes = 0;
      let nowMs = 0;
      for (const { size, ms } of frames) {
        const grant = window.grant(0);
        granted += grant?.frames ?? 0;
        bytes += grant?.bytes ?? 0;
        ok(granted >= 1, "a frame may come");
        ok(bytes >= size, "it has room");
        nowMs += ms;
        granted -= 1;
        bytes -= size;
        window.received(size, nowMs);
      }
    },
  ));
});
