/** Live streams between two without a server: handed on by whoever keeps the order, and taken up again. */

import { deepEqual, equal } from "node:assert/strict";
import { systemClock } from "../../../lib/base/clock.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import type { StreamSending } from "../../../lib/client/streams/sending.ts";
import { PersonWithout } from "../../kit/p2p.ts";

const jpeg = systemRandom.bytes(40_000);

/** Ten pictures a second until it is stopped. */
const camera: Pick<StreamSending, "capture" | "isDevice" | "sound"> = {
  isDevice: true,
  sound: async ({ onPacket }, signal) => {
    for (;;) {
      await onPacket(new Uint8Array([0xfc, 1]));
      await systemClock.sleep(20, { signal });
    }
  },
  capture: async ({ onFrame }, signal) => {
    for (let index = 0;; index++) {
      await onFrame({ index, widthPx: 640, heightPx: 360, jpeg });
      await systemClock.sleep(100, { signal });
    }
  },
};

/** Oscar shows, julia watches: `seen` resolves when so many pictures more have come. */
async function show(oscar: PersonWithout, julia: PersonWithout) {
  const stop = new AbortController();
  const from = await oscar.pair("julia");
  const to = await julia.pair("Oscar");
  const what = { source: "camera", title: "" } as const;
  const sending = from.streams.send(from.peer.account, what, { ...camera, signal: stop.signal });
  sending.catch(() => {});
  await julia.until(async () => (await to.streams.waiting()).length > 0);
  const [offer] = await to.streams.waiting();
  const { signal } = new AbortController();
  let shown = 0;
  let heard = 0;
  const watching = (async () => {
    await using live = await to.streams.accept(offer, { signal });
    const deaf = new AbortController();
    const hearing = live.hear({
      attachLive() {},
      came: () => void heard++,
      detach() {},
      arrived() {},
    }, deaf.signal).catch(() => {});
    await using _hearing = {
      async [Symbol.asyncDispose]() {
        deaf.abort();
        await hearing;
      },
    };
    return await live.play({
      show: () => {
        shown++;
        return Promise.resolve();
      },
    }, { signal });
  })();
  watching.catch(() => {});
  // Neither ends by itself: whoever waits for pictures hears why there are none.
  const over = Promise.race([sending, watching]).then((end) => {
    throw new Error(`The stream ended: ${JSON.stringify(end)}`);
  });
  over.catch(() => {});
  return {
    /** And hears as much. */
    async sees(count: number) {
      const [upTo, soundsUpTo] = [shown + count, heard + count];
      await Promise.race([julia.until(() => shown >= upTo && heard >= soundsUpTo), over]);
    },
    async end() {
      stop.abort(new DOMException("enough", "AbortError"));
      return { sent: await sending, seen: await watching };
    },
  };
}

async function met(first: number, second: number) {
  const oscar = await PersonWithout.open("Oscar", { which: first });
  const julia = await PersonWithout.open("julia", { which: second });
  oscar.listen();
  await oscar.meet(julia);
  await julia.until(() => julia.node.book.list().length === 1);
  await oscar.say("julia", "hello");
  await julia.until(async () => (await julia.heard("Oscar")).length === 1);
  return { oscar, julia };
}

// Either may be the one who keeps the order.
for (const [first, second] of [[0, 1], [1, 0]] as const) {
  Deno.test(`a stream goes from one to the other without a server: ${first} shows it to ${second}`, async () => {
    const { oscar, julia } = await met(first, second);
    await using _oscar = oscar;
    await using _julia = julia;
    const stream = await show(oscar, julia);
    await stream.sees(10);
    const { sent, seen } = await stream.end();
    equal(sent.end, "stopped");
    deepEqual([seen.complete, seen.reason, seen.proven], [true, "stopped", "proven"]);
    equal(seen.received + seen.lost, sent.frames + sent.dropped);
    deepEqual(Object.values(seen.refused), [0, 0, 0, 0, 0]);
  });

  Deno.test(`a stream without a server goes on when the connection was lost: ${first} shows it to ${second}`, async () => {
    const { oscar, julia } = await met(first, second);
    await using _oscar = oscar;
    await using _julia = julia;
    const stream = await show(oscar, julia);
    await stream.sees(3);
    // Another connection takes the place of the one that is used, as after a loss.
    await julia.meet(oscar);
    await stream.sees(10);
    const { sent, seen } = await stream.end();
    deepEqual([sent.end, seen.complete, seen.proven], ["stopped", true, "proven"]);
    deepEqual(Object.values(seen.refused), [0, 0, 0, 0, 0]);
  });
}

Deno.test("who does not want to watch is not sent anything", async () => {
  const { oscar, julia } = await met(0, 1);
  await using _oscar = oscar;
  await using _julia = julia;
  const from = await oscar.pair("julia");
  const to = await julia.pair("Oscar");
  const { signal } = new AbortController();
  const what = { source: "camera", title: "" } as const;
  const sending = from.streams.send(from.peer.account, what, { ...camera, signal });
  await julia.until(async () => (await to.streams.waiting()).length > 0);
  const [offer] = await to.streams.waiting();
  await to.streams.decline(offer);
  equal((await sending).end, "declined");
});
