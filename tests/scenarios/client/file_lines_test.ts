/** Files over lines that are slow or end: what is sent again, and what waits behind what. */

import assert from "node:assert/strict";
import { equalBytes } from "../../../lib/base/bytes.ts";
import { systemClock } from "../../../lib/base/clock.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { openSenders } from "../../kit/file_senders.ts";
import type { Hooks } from "../../kit/man_in_the_middle.ts";

const MIB = 2 ** 20;
/** 256 kbit/s. */
const BYTES_PER_MS = 32;
const CHUNK = 31_744;
/** Of the machine, for one of the line, while something is sealed. */
const SEALING_PACE_MS = 100;

/** Counts the bytes of files that pass in either direction. */
class Counter {
  upBytes = 0;
  downBytes = 0;
  readonly hooks: Hooks = {
    up: ({ header, payload }, pass) => {
      if (header.kind === "spool.chunk") this.upBytes += payload.length;
      pass(header, payload);
    },
    down: ({ header, payload }, pass) => {
      if (header.kind === "spool.piece") this.downBytes += payload.length;
      pass(header, payload);
    },
  };
}

Deno.test("J4: a resume sends at most 8 MiB again, after a sudden end of the sender, the receiver and the line", async () => {
  await using scene = await openSenders();
  const { alice, bob } = scene;
  const size = 36_000_000;
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 60_000) bytes.set(systemRandom.bytes(16), at);
  await scene.write("big", bytes);
  const counters = new Map([[alice, new Counter()], [bob, new Counter()]]);
  for (const [person, { hooks: middle }] of counters) {
    await person.test.disconnect();
    await person.back({ middle });
  }
  await scene.offer("big");
  await scene.accept();
  const reaches = (part: number) =>
    scene.until(async () => {
      const [transfer] = await bob.transfers();
      const moved = bob.client.transfers.progressOf(transfer.id)?.movedBytes ?? 0;
      return transfer.state.state === "done" || moved > size * part;
    });
  const ends = [[alice, 0.4], [bob, 0.6], [alice, 0.8]] as const;
  for (const [person, part] of ends) {
    await reaches(part);
    assert.deepEqual(await bob.states(), ["receiving"], "the end came in the middle");
    await person.restart();
    await person.back({ middle: counters.get(person)?.hooks });
  }
  await scene.until(async () => (await alice.states())[0] === "done");
  // Not by `deepEqual`, for which the oldest runtime finds it too long.
  assert(equalBytes((await scene.received()).get("big") ?? new Uint8Array(0), bytes));
  const up = counters.get(alice)?.upBytes ?? 0;
  const down = counters.get(bob)?.downBytes ?? 0;
  const all = size * 1.001;
  assert(up >= size && up < all + 2 * 8 * MIB, `${up - size} bytes were sent again in two resumes`);
  assert(down >= size && down < all + 8 * MIB, `${down - size} bytes came again in one resume`);
});

Deno.test("J4: on a line of 256 kbit/s, two files at once take the same share, and a message waits for 64 KiB at most", async () => {
  await using scene = await openSenders();
  const { alice, bob, pair } = scene;
  const { clock } = pair.world;
  const order: { upload: string; bytes: number }[] = [];
  let isSlow = true;
  let onTheWay = 0;
  let mostOnTheWay = 0;
  const stored = new Map<string, number>();
  const middle: Hooks = {
    // Each chunk takes its time, and whatever is behind it waits for it.
    async up({ header, payload }, pass) {
      if (header.kind === "spool.chunk") {
        if (isSlow) await clock.sleep(payload.length / BYTES_PER_MS);
        onTheWay += payload.length;
        mostOnTheWay = Math.max(mostOnTheWay, onTheWay);
        order.push({ upload: String(header.upload), bytes: payload.length });
      } else if (header.kind === "relay.send") order.push({ upload: "message", bytes: 0 });
      pass(header, payload);
    },
    down({ header, payload }, pass) {
      if (header.kind === "spool.stored") {
        const [upload, bytes] = [String(header.upload), Number(header.storedBytes)];
        onTheWay -= bytes - (stored.get(upload) ?? 0);
        stored.set(upload, bytes);
      }
      pass(header, payload);
    },
  };
  await scene.write("one", systemRandom.bytes(900_000));
  await scene.write("two", systemRandom.bytes(900_000));
  await bob.test.disconnect();
  await alice.test.disconnect();
  await alice.back({ middle });
  await scene.offer("one");
  await scene.offer("two");
  const chunks = () => order.filter(({ upload }) => upload !== "message").length;
  await scene.until(() => chunks() >= 10);
  // The offers were words, too.
  const wordsBefore = order.length - chunks();
  const before = chunks();
  await alice.client.write(pair.bob.account, "in between");
  const sent = alice.client.flush();
  await scene.until(() => order.length - chunks() > wordsBefore);
  const passed = chunks() - before;
  assert(passed * 31_744 <= 64 * 1024 + 31_744, `${passed} chunks went before the message`);
  await sent;
  await scene.until(() => chunks() >= 40);
  assert(mostOnTheWay <= 64 * 1024, `${mostOnTheWay} bytes were on the way`);
  // While both are under way, neither is ever more than two chunks ahead.
  const ahead = new Map<string, number>();
  for (const { upload } of order.filter((one) => one.upload !== "message").slice(4, 40)) {
    ahead.set(upload, (ahead.get(upload) ?? 0) + 1);
  }
  const [one, two] = ahead.values();
  assert(Math.abs(one - (two ?? 0)) <= 2, `${one} chunks of one, ${two} of the other`);
  isSlow = false;
  await scene.until(async () => (await alice.states()).every((state) => state === "uploaded"));
});

Deno.test("J4: of three files at once a receiver on a slow line gets the same share, and messages both ways wait for what is on the line and no more", async () => {
  await using scene = await openSenders();
  const { alice, bob, pair } = scene;
  const { clock } = pair.world;
  const NAMES = ["one", "two", "three"];
  for (const name of NAMES) await scene.write(name, systemRandom.bytes(2_000_000));
  await pair.bob.disconnect();
  alice.work();
  for (const name of NAMES) await scene.offer(name);
  await scene.until(async () => (await alice.states()).every((state) => state === "uploaded"));
  // What leaves the server for bob, in the order in which it passes, and what comes from him.
  const passed: { readonly what: string; readonly bytes: number }[] = [];
  let isSlow = true;
  const middle: Hooks = {
    async down({ header, payload }, pass) {
      if (header.kind === "spool.piece") {
        if (isSlow) await clock.sleep(payload.length / BYTES_PER_MS);
        passed.push({ what: String(header.upload), bytes: payload.length });
      } else if (header.kind === "relay.envelope") passed.push({ what: "message", bytes: 0 });
      pass(header, payload);
    },
    up({ header, payload }, pass) {
      if (header.kind === "relay.send") passed.push({ what: "answer", bytes: 0 });
      pass(header, payload);
    },
  };
  await bob.back({ middle });
  await scene.until(async () => (await bob.client.transfers.waiting()).length === 3);
  await scene.accept();
  const ofFiles = () => passed.reduce((sum, { bytes }) => sum + bytes, 0);
  await scene.until(() => ofFiles() >= 30 * CHUNK);
  const count = (what: string) => passed.filter((one) => one.what === what).length;
  const messages = count("message");
  // Time stands still while they are sealed: how long that takes is the machine's affair, and no wait on the line.
  const id = await alice.client.write(pair.bob.account, "in between");
  await alice.client.flush();
  const queued = ofFiles();
  await scene.until(() => count("message") > messages);
  const behind = ofFiles() - queued;
  // His receipt is no text. Until the server's answer to it is here, behind what is on the line, nothing else of his leaves.
  await scene.until(() => alice.client.deliveryOf(id) === "delivered");
  let isIdle = false;
  bob.client.flush().then(() => isIdle = true);
  await scene.until(() => isIdle);
  const answers = count("answer");
  await bob.client.write(pair.alice.account, "and back");
  const before = ofFiles();
  const sent = bob.client.flush();
  let isSent = false;
  sent.finally(() => isSent = true);
  // What waits for a clock, such as a lease, comes free by it. A hundredth of the machine's own pace, so that sealing, which
  // takes the machine's time, is not measured in pieces, which take a second of the line's each.
  for (let step = 0; count("answer") === answers && !isSent; step++) {
    assert(step < 3_000, "the answer did not leave");
    await clock.advance(1);
    await systemClock.sleep(SEALING_PACE_MS);
  }
  const between = ofFiles() - before;
  await scene.until(() => isSent);
  await scene.until(() => ofFiles() >= 90 * CHUNK);
  const shares = new Map<string, number>();
  let at = 0;
  for (const { what, bytes } of passed.filter(({ bytes }) => bytes > 0)) {
    at += bytes;
    if (at > 9 * CHUNK && at <= 90 * CHUNK) shares.set(what, (shares.get(what) ?? 0) + bytes);
  }
  isSlow = false;
  await scene.until(async () => (await bob.states()).every((state) => state === "done"));
  // What is on the line already, a window of each, and nothing of what waits at the server for bob.
  assert(behind <= 3 * 32_768, `${behind} bytes went before the message`);
  assert(between <= CHUNK, `${between} bytes came before the answer left`);
  const each = [...shares.values()];
  assert.equal(each.length, 3);
  assert(Math.max(...each) - Math.min(...each) <= 8 * CHUNK, `the shares are ${each.join(", ")}`);
});

Deno.test("row S0.34: how far a transfer is, is known to each program of the profile, and to the next start", async () => {
  await using scene = await openSenders();
  const { alice, bob } = scene;
  await scene.write("big", systemRandom.bytes(6_000_000));
  let sentBytes = 0;
  await alice.test.disconnect();
  await alice.back({
    middle: {
      up({ header, payload }, pass) {
        if (header.kind === "spool.chunk" && (sentBytes += payload.length) > 3_000_000) return;
        pass(header, payload);
      },
    },
  });
  bob.work();
  await scene.offer("big");
  await scene.accept();
  const movedOf = async ({ client }: typeof bob) => {
    const [{ id }] = await client.transfers.newest(1);
    return client.transfers.progressOf(id)?.movedBytes ?? 0;
  };
  await scene.until(async () => await movedOf(bob) > 2_000_000 && await movedOf(alice) > 2_000_000);
  // By what is written down alone.
  for (const person of [bob, alice]) {
    await person.restart();
    const [{ state, movedBytes }] = await person.transfers();
    assert(movedBytes > 0, `${person.name} is ${state.state} and has moved nothing`);
  }
});
