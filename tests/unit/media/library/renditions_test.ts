import { deepStrictEqual, equal, throws } from "node:assert/strict";
import fc from "fast-check";
import { type RenditionName, RENDITIONS } from "../../../../lib/protocol/hop/video.ts";
import {
  bestSource,
  renditionFile,
  renditionSize,
} from "../../../../lib/media/library/renditions.ts";

const file = (path: string) => ({ path, sizeBytes: 1, modifiedMs: 0 });
const size = (widthPx: number, heightPx: number, rendition: RenditionName) => {
  const { widthPx: w, heightPx: h } = renditionSize({ widthPx, heightPx }, rendition);
  return `${w}x${h}`;
};

Deno.test("rendition has the height of its rung and the shape of the drawn picture, both sides even", () => {
  equal(size(1280, 720, "240p"), "426x240");
  equal(size(720, 405, "720p"), "1280x720");
  equal(size(640, 360, "1080p"), "1920x1080");
  equal(size(640, 360, "480p"), "854x480");
  equal(size(640, 360, "1440p"), "2560x1440");
  equal(size(360, 640, "240p"), "136x240");
  equal(size(427, 239, "720p"), "1286x720");
});

Deno.test("rendition of a very wide picture is made lower so that clients decode it", () => {
  equal(size(4000, 100, "1080p"), "4096x102");
  equal(size(10, 720, "240p"), "4x240");
});

Deno.test("SR-67: rendition is never larger than a client decodes", () => {
  const side = fc.integer({ min: 1, max: 8192 });
  fc.assert(fc.property(side, side, fc.constantFrom(...RENDITIONS), (w, h, rendition) => {
    const { widthPx, heightPx } = renditionSize({ widthPx: w, heightPx: h }, rendition);
    equal(widthPx >= 2 && widthPx <= 4096 && widthPx % 2 === 0, true);
    equal(heightPx >= 2 && heightPx <= 2304 && heightPx % 2 === 0, true);
  }));
});

Deno.test("rendition comes from its ready file, else from the plain file, else from the tallest ready one", () => {
  const ready = { "240p": file("a_240"), "720p": file("a_720") };
  const both = { plain: file("a"), ready };
  deepStrictEqual(renditionFile(both, "240p"), file("a_240"));
  deepStrictEqual(renditionFile(both, "1080p"), file("a"));
  deepStrictEqual(renditionFile({ plain: undefined, ready }, "1080p"), file("a_720"));
  deepStrictEqual(bestSource({ plain: undefined, ready }), file("a_720"));
  throws(() => bestSource({ plain: undefined, ready: {} }), { name: "Bug" });
});
