import { deepStrictEqual, equal, throws } from "node:assert/strict";
import fc from "fast-check";
import { concatBytes, utf8 } from "../../../../lib/base/bytes.ts";
import { MpjpegParser } from "../../../../lib/media/ffmpeg/mpjpeg.ts";

const numRuns = Deno.env.get("SLOW") === "1" ? 2000 : 100;

/** As ffmpeg 4.1 and 5.1 write it. */
function stream(frames: readonly Uint8Array[]): Uint8Array {
  const parts = [utf8("--ffmpeg\r\n")];
  for (const frame of frames) {
    parts.push(utf8(`Content-type: image/jpeg\r\nContent-length: ${frame.length}\r\n\r\n`));
    parts.push(new Uint8Array(frame), utf8("\r\n--ffmpeg\r\n"));
  }
  return concatBytes(...parts);
}

Deno.test("mpjpeg parser gives the same frames wherever the pieces end, also when frames hold headers", () => {
  const frame = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 60 }),
    fc.constant(utf8("\r\n--ffmpeg\r\nContent-length: 3\r\n\r\nabc")),
  );
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 6 }), fc.array(fc.nat(300)), (frames, cuts) => {
      const whole = stream(frames);
      const ends = [...cuts.filter((cut) => cut < whole.length), whole.length].sort((a, b) =>
        a - b
      );
      const parser = new MpjpegParser();
      const found: Uint8Array[] = [];
      let from = 0;
      for (const end of ends) {
        found.push(...parser.push(whole.subarray(from, end)));
        from = end;
      }
      deepStrictEqual(found.map((f) => [...f]), frames.map((f) => [...f]));
    }),
    { numRuns },
  );
});

Deno.test("SR-71: mpjpeg parser refuses a header without an end, without a length, and frames over its limit", () => {
  const refused = { name: "MediaError", code: "ffmpeg-output" };
  throws(() => [...new MpjpegParser().push(new Uint8Array(513).fill(65))], refused);
  throws(() => [...new MpjpegParser().push(utf8("--ffmpeg\r\nContent-type: x\r\n\r\n"))], refused);
  for (const length of ["0", "16777217", "999999999", "-1", "1e9"]) {
    const header = utf8(`--ffmpeg\r\nContent-length: ${length}\r\n\r\n`);
    throws(() => [...new MpjpegParser().push(header)], refused);
  }
  equal([...new MpjpegParser().push(utf8("--x\r\nContent-length: 16777216\r\n\r\n"))].length, 0);
});

Deno.test("mpjpeg parser fed with noise ends in MediaError or waits for more", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), (noise) => {
      try {
        for (const frame of new MpjpegParser().push(noise)) {
          equal(frame.length <= noise.length, true);
        }
      } catch (error) {
        equal(error instanceof Error && error.name, "MediaError");
      }
    }),
    { numRuns },
  );
});
