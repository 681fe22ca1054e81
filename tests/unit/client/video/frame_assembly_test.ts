import { deepEqual, equal, throws } from "node:assert/strict";
import { ProtocolError } from "../../../../lib/base/errors.ts";
import { FrameAssembly } from "../../../../lib/client/video/frame_assembly.ts";

const HEAD = {
  stream: 1,
  epoch: 0,
  mode: "thirds",
  rendition: "240p",
  index: 7,
  total: 280,
  width: 426,
  height: 240,
  pts: 350,
  size: 10,
  offset: 0,
  source: 7,
} as const;

const bytes = (...values: number[]) => new Uint8Array(values);

Deno.test("FrameAssembly gives a frame when its last part has come", () => {
  const assembly = new FrameAssembly();
  equal(assembly.add(HEAD, bytes(1, 2, 3, 4)), undefined);
  equal(assembly.add({ ...HEAD, offset: 4 }, bytes(5, 6, 7, 8)), undefined);
  const frame = assembly.add({ ...HEAD, offset: 8 }, bytes(9, 10));
  deepEqual(frame?.jpeg, bytes(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
  deepEqual(
    [frame?.index, frame?.rendition, frame?.ptsMs, frame?.widthPx, frame?.heightPx],
    [7, "240p", 350, 426, 240],
  );
});

Deno.test("FrameAssembly gives a frame of one part at once, and then the next one", () => {
  const assembly = new FrameAssembly();
  const whole = { ...HEAD, size: 3 };
  equal(assembly.add(whole, bytes(1, 2, 3))?.sizeBytes, 3);
  equal(assembly.add({ ...whole, index: 8 }, bytes(4, 5, 6))?.index, 8);
});

Deno.test("FrameAssembly refuses parts that do not fit together, and goes on with the next frame", () => {
  const wrong = [
    ["a part without its first one", [], { ...HEAD, offset: 4 }, bytes(1)],
    ["a hole", [bytes(1, 2)], { ...HEAD, offset: 4 }, bytes(1)],
    ["a repeated part", [bytes(1, 2)], { ...HEAD, offset: 1 }, bytes(1)],
    ["more than announced", [bytes(1, 2)], { ...HEAD, offset: 2 }, new Uint8Array(9)],
    ["an empty part", [bytes(1, 2)], { ...HEAD, offset: 2 }, bytes()],
    ["a part of another frame", [bytes(1, 2)], { ...HEAD, offset: 2, index: 8 }, bytes(1)],
    ["a part of another epoch", [bytes(1, 2)], { ...HEAD, offset: 2, epoch: 1 }, bytes(1)],
    ["a part with another size", [bytes(1, 2)], { ...HEAD, offset: 2, size: 11 }, bytes(1)],
  ] as const;
  for (const [name, before, part, payload] of wrong) {
    const assembly = new FrameAssembly();
    for (const first of before) assembly.add(HEAD, first);
    throws(() => assembly.add(part, payload), ProtocolError, name);
    equal(assembly.add({ ...HEAD, size: 1 }, bytes(1))?.sizeBytes, 1, name);
  }
});
