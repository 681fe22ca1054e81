import { deepEqual, equal } from "node:assert/strict";
import { TransportError } from "../../../lib/base/errors.ts";
import { VideoNames } from "../../../lib/cli/dialogue/video_names.ts";

Deno.test("names of videos are asked for when they are wanted, once", async () => {
  let asked = 0;
  const names = new VideoNames(() => {
    asked++;
    return Promise.resolve(["cockatoo"]);
  });
  deepEqual(names.known, []);
  equal(asked, 0);
  await Promise.all([names.fetch(), names.fetch()]);
  deepEqual(names.known, ["cockatoo"]);
  equal(names.fetch(), undefined);
  equal(asked, 1);
});

Deno.test("names of videos that could not be had are asked for again, and a listing needs no asking", async () => {
  let asked = 0;
  const names = new VideoNames(() => {
    asked++;
    return Promise.reject(new TransportError("offline", "Not connected"));
  });
  await names.fetch();
  await names.fetch();
  deepEqual(names.known, []);
  equal(asked, 2);
  names.keep(["launch"]);
  deepEqual(names.known, ["launch"]);
  equal(names.fetch(), undefined);
});
