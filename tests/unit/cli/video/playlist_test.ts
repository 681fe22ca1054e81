import { deepEqual, equal } from "node:assert/strict";
import { Playlist } from "../../../../lib/cli/video/playlist.ts";

Deno.test("playlist of one goes nowhere, and plays again when that is wanted", () => {
  const list = new Playlist(["a"]);
  deepEqual([list.video, list.place, list.step(1), list.step(-1), list.ended()], [
    "a",
    undefined,
    false,
    false,
    "nothing",
  ]);
  list.nextLoop();
  deepEqual([list.loop, list.ended(), list.video], ["one", "again", "a"]);
  list.nextLoop();
  equal(list.loop, "none");
});

Deno.test("playlist ends behind its last video, or begins again where all are looped", () => {
  const list = new Playlist(["a", "b"]);
  deepEqual([list.place, list.ended(), list.video, list.place], ["1 of 2", "other", "b", "2 of 2"]);
  deepEqual([list.ended(), list.video, list.step(1)], ["nothing", "b", false]);
  list.nextLoop();
  list.nextLoop();
  deepEqual([list.loop, list.ended(), list.video], ["all", "other", "a"]);
  deepEqual([list.step(-1), list.video], [true, "b"]);
});
