import { deepEqual, equal, rejects } from "node:assert/strict";
import { Channel } from "../../../lib/base/channel.ts";
import { Bug } from "../../../lib/base/errors.ts";
import { settle } from "../../kit/clock.ts";

async function collect<T>(channel: Channel<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of channel) items.push(item);
  return items;
}

Deno.test("channel gives items in the order in which they were pushed, before and while one waits", async () => {
  const channel = new Channel<number>();
  channel.push(1);
  channel.push(2);
  const collected = collect(channel);
  await settle();
  channel.push(3);
  await settle();
  channel.push(4);
  channel.push(5);
  channel.close();
  deepEqual(await collected, [1, 2, 3, 4, 5]);
});

Deno.test("channel that is closed gives what was pushed before and takes nothing more", async () => {
  const channel = new Channel<string>();
  equal(channel.push("before"), true);
  equal(channel.closed, false);
  channel.close();
  equal(channel.closed, true);
  equal(channel.push("after"), false);
  equal(channel.size, 1);
  deepEqual(await collect(channel), ["before"]);
  equal(await channel.next(), undefined);
});

Deno.test("channel closed with an error throws it after what was pushed before", async () => {
  const channel = new Channel<string>();
  const error = new Bug("torn");
  channel.push("before");
  channel.close(error);
  channel.close();
  equal(await channel.next(), "before");
  await rejects(channel.next(), (thrown) => thrown === error);
  await rejects(channel.next(), (thrown) => thrown === error, "it stays so");
});

Deno.test("channel that closes wakes the one who waits", async () => {
  const channel = new Channel<string>();
  const waiting = channel.next();
  await settle();
  channel.close();
  equal(await waiting, undefined);
});

Deno.test("channel rejects with the signal's reason when aborted while waiting, and loses nothing", async () => {
  const channel = new Channel<string>();
  const stop = new AbortController();
  const reason = new DOMException("enough", "AbortError");
  const waiting = channel.next({ signal: stop.signal });
  await settle();
  stop.abort(reason);
  await rejects(waiting, (thrown) => thrown === reason);
  channel.push("kept");
  equal(await channel.next(), "kept");
});

Deno.test("channel with an aborted signal gives what is there and does not wait for more", async () => {
  const channel = new Channel<string>();
  channel.push("there");
  const signal = AbortSignal.abort(new DOMException("over", "AbortError"));
  equal(await channel.next({ signal }), "there");
  await rejects(channel.next({ signal }), { message: "over" });
});

Deno.test("channel leaves no listener on a signal that outlives the wait", async () => {
  const channel = new Channel<number>();
  const { signal } = new AbortController();
  let listening = 0;
  const [add, remove] = [signal.addEventListener, signal.removeEventListener];
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listening++;
    add.apply(signal, args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listening--;
    remove.apply(signal, args);
  };
  for (let i = 0; i < 10; i++) {
    const waiting = channel.next({ signal });
    await settle();
    equal(listening, 1);
    channel.push(i);
    equal(await waiting, i);
  }
  equal(listening, 0);
});

Deno.test("channel refuses a second one that waits", async () => {
  const channel = new Channel<string>();
  const first = channel.next();
  await rejects(channel.next(), Bug);
  channel.push("for the first");
  equal(await first, "for the first");
});
