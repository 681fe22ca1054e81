import { deepEqual, equal } from "node:assert/strict";
import { MediaQueue } from "../../../../lib/media/live/media_queue.ts";

function takeAll(queue: MediaQueue<string>): readonly string[] {
  const taken: string[] = [];
  for (let one = queue.take(); one !== undefined; one = queue.take()) taken.push(one);
  return taken;
}

Deno.test("media queue gives the most urgent first, and each priority in its order", () => {
  const queue = new MediaQueue<string>([3, 2]);
  for (const picture of ["picture 1", "picture 2"]) queue.offer(picture, 1);
  for (const sound of ["sound 1", "sound 2"]) queue.offer(sound, 0);
  deepEqual(takeAll(queue), ["sound 1", "sound 2", "picture 1", "picture 2"]);
  equal(queue.dropped, 0);
});

Deno.test("media queue drops the oldest of a priority for a newer one, and none of another", () => {
  const queue = new MediaQueue<string>([2, 1]);
  for (const n of [1, 2, 3]) {
    queue.offer(`sound ${n}`, 0);
    queue.offer(`picture ${n}`, 1);
  }
  equal(queue.dropped, 3);
  deepEqual(takeAll(queue), ["sound 2", "sound 3", "picture 3"]);
});
