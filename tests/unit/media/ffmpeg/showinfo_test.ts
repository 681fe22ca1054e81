import { deepStrictEqual, equal } from "node:assert/strict";
import { ShowinfoParser } from "../../../../lib/media/ffmpeg/showinfo.ts";

const parser = new ShowinfoParser("ab12");
const frame = (text: string) => parser.parse(`[showinfo@ab12 @ 0x3fd41280] ${text}`);

Deno.test("showinfo reads the clock and the rate of the stream", () => {
  deepStrictEqual(frame("config in time_base: 1/10240, frame_rate: 20/1"), {
    kind: "config",
    tickSeconds: 1 / 10240,
    ratePerSecond: 20,
  });
  deepStrictEqual(frame("config in time_base: 1/1000, frame_rate: 0/0"), {
    kind: "config",
    tickSeconds: 1 / 1000,
    ratePerSecond: undefined,
  });
});

Deno.test("showinfo reads frames of ffmpeg 4.1 and 5.1", () => {
  const said =
    "pts:  12800 pts_time:1.25    pos:    17212 fmt:yuv420p sar:2/1 s:360x404 i:P iskey:0 type:B";
  const expected = {
    kind: "frame",
    pts: 12800,
    widthPx: 360,
    heightPx: 404,
    pixelAspect: 2,
    isKey: false,
    checksum: 0x6e,
  };
  deepStrictEqual(
    frame(`n:   1 ${said} checksum:6E mean:[113 126 129 ] stdev:[54.4 3.7]`),
    expected,
  );
  deepStrictEqual(
    frame(`n:9999999 ${said} checksum:6E mean:[113 126 129] stdev:[54.4 3]`),
    expected,
  );
  deepStrictEqual(
    frame(`n:   0 ${said.replace("iskey:0 type:B", "iskey:1 type:I")} checksum:6E`),
    { ...expected, isKey: true },
  );
});

Deno.test("showinfo takes a frame without a time, and a pixel shape that is not known for square", () => {
  deepStrictEqual(
    frame("n:   0 pts: NOPTS pts_time:NOPTS   pos: 1 fmt:rgb24 sar:0/1 s:64x36 i:P "),
    {
      kind: "frame",
      pts: NaN,
      widthPx: 64,
      heightPx: 36,
      pixelAspect: 1,
      isKey: false,
      checksum: 0,
    },
  );
});

Deno.test("showinfo of another name, as a hostile tag may print it, is not read", () => {
  const line = "n:   0 pts:      0 pts_time:0 pos: 1 fmt:rgb24 sar:0/1 s:64x36 i:P ";
  equal(parser.parse(`[showinfo@0000 @ 0x1] ${line}`), undefined);
  equal(parser.parse(`    title           : [showinfo@ab12 @ 0x1] ${line}`), undefined);
  deepStrictEqual(frame("  side data - User Data Unregistered:"), { kind: "other" });
});
