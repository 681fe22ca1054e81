import { equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { RENDITIONS } from "../../../../lib/protocol/hop/video.ts";
import { CreditWindow } from "../../../../lib/client/video/credit_window.ts";

const MAX_FRAME_BYTES = 1024 * 1024;

const small = { sizeBytes: 8192, rendition: "240p" } as const;

/** A window that has seen one small frame, with eight of them granted. */
function opened(): CreditWindow {
  const window = new CreditWindow("fixed:240p");
  equal(window.grant(0)?.frames, 1);
  window.received(small, 0);
  equal(window.grant(0)?.frames, 8);
  return window;
}

Deno.test("D2: CreditWindow grants one frame until it knows a size, with room for the greatest", () => {
  const window = new CreditWindow("fixed:720p");
  const grant = window.grant(0);
  ok(grant !== undefined);
  equal(grant.frames, 1);
  ok(grant.bytes >= MAX_FRAME_BYTES);
  window.received({ sizeBytes: 32 * 1024, rendition: "720p" }, 0);
  equal(window.grant(0)?.frames, 2, "64 KiB may be on the way");
});

Deno.test("CreditWindow has no more of a greater rendition on the way than of a smaller one", () => {
  const window = new CreditWindow("thirds");
  window.grant(0);
  window.received({ sizeBytes: 7_000, rendition: "240p" }, 0);
  const onTheWay = window.grant(0)?.frames ?? 0;
  ok(onTheWay >= 2 && onTheWay * 31_500 <= 65_536, `${onTheWay} frames`);
  // The second part has begun: what came before says nothing of its frames.
  for (let i = 0; i < onTheWay; i++) window.received({ sizeBytes: 60_000, rendition: "720p" }, 0);
  equal(window.grant(0)?.frames, 1);
});

Deno.test("CreditWindow grants nothing more while what it granted is on the way", () => {
  const window = opened();
  equal(window.grant(0), undefined);
  window.received(small, 0);
  equal(window.grant(0), undefined, "less than half a window is free");
  for (let i = 0; i < 5; i++) window.received(small, 10);
  equal(window.grant(0)?.frames, 6);
});

Deno.test("CreditWindow counts frames that are held as on the way", () => {
  const window = opened();
  for (let i = 0; i < 8; i++) window.received(small, i);
  equal(window.grant(8), undefined);
  equal(window.grant(0)?.frames, 8);
});

Deno.test("CreditWindow grows on a fast line and has one great frame on the way on a slow one", () => {
  const fast = new CreditWindow("fixed:1080p");
  for (let i = 0; i < 200; i++) {
    fast.grant(0);
    fast.received({ sizeBytes: 100_000, rendition: "1080p" }, i * 5);
  }
  fast.reset();
  ok((fast.grant(0)?.frames ?? 0) >= 10, "20 MB/s hold 5 MB in 250 ms");
  const slow = new CreditWindow("fixed:1080p");
  for (let i = 0; i < 50; i++) {
    slow.grant(0);
    slow.received({ sizeBytes: 126_000, rendition: "1080p" }, i * 4000);
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
      const window = new CreditWindow("thirds");
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
        window.received({ sizeBytes: size, rendition: RENDITIONS[ms % 3] }, nowMs);
      }
    },
  ));
});

Deno.test("CreditWindow of adaptive has as little on the way as TCP begins with, until more passes", () => {
  const window = new CreditWindow("adaptive");
  equal(window.grant(0)?.frames, 1);
  window.received({ sizeBytes: 3_000, rendition: "144p" }, 0);
  equal(window.grant(0)?.frames, 4, "14,600 bytes");
  // 100 kB/s: a second of that.
  for (let ms = 30; ms <= 3_000; ms += 30) {
    window.received({ sizeBytes: 3_000, rendition: "144p" }, ms);
    window.grant(0);
  }
  window.reset();
  const frames = window.grant(0)?.frames ?? 0;
  ok(frames > 25 && frames < 40, `${frames}`);
});
