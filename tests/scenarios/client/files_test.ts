/** Files between honest clients of an honest server, over lines that break. */

import assert from "node:assert/strict";
import { systemRandom } from "../../../lib/base/random.ts";
import { openSenders } from "../../kit/file_senders.ts";
import { openPair } from "../../kit/test_client.ts";

Deno.test("rows S0.35, S0.41: files of every size arrive as they were, verified, in one offer", async () => {
  await using scene = await openSenders();
  const { alice, bob } = scene;
  const chunk = 31_712;
  const block = 253_920;
  // Behind each file comes its digest: with the first of these the stream is one whole block.
  const blocks = [block - 32, block - 1, block, block + 1, 2 * block];
  const sizes = [
    0,
    1,
    39,
    4095,
    4096,
    4097,
    chunk - 32,
    chunk,
    2 * chunk,
    3 * chunk + 1,
    ...blocks,
  ];
  const files = new Map<string, Uint8Array>();
  for (const size of sizes) files.set(`${size}.bin`, systemRandom.bytes(size));
  for (const [name, bytes] of files) await scene.write(name, bytes);
  alice.work();
  bob.work();
  await scene.offer(...files.keys());
  await scene.accept();
  await scene.until(async () => (await alice.states())[0] === "done");
  assert.deepEqual(await bob.states(), ["done"]);
  assert.deepEqual(new Map([...await scene.received()].sort()), new Map([...files].sort()));
});

Deno.test("who is sent a file first is heard when they accept it", async () => {
  await using scene = await openSenders(openPair);
  const { alice, bob } = scene;
  // As people have it: strangers ask first. Bob lets everybody in.
  alice.test.messenger.contacts.contactStatuses.policy = "contacts";
  await scene.write("letter", systemRandom.bytes(1000));
  alice.work();
  bob.work();
  await scene.offer("letter");
  await scene.accept();
  await scene.until(async () => (await alice.states())[0] === "done");
  assert.deepEqual([...(await scene.received()).keys()], ["letter"]);
});

Deno.test("row S0.30: folders arrive as they are, beside a folder of the same name that was there", async () => {
  await using scene = await openSenders();
  const { alice, bob } = scene;
  await scene.write("photos/a.png", systemRandom.bytes(100));
  await scene.write("photos/deep/er/b", systemRandom.bytes(40_000));
  await Deno.mkdir(`${scene.folder}/in/photos`);
  alice.work();
  bob.work();
  await scene.offer("photos");
  await scene.accept();
  await scene.until(async () => (await alice.states())[0] === "done");
  assert.deepEqual([...(await scene.received()).keys()].sort(), [
    "photos (1)/a.png",
    "photos (1)/deep/er/b",
  ]);
});

Deno.test("J4: lines that break again and again cost no byte and little time", async () => {
  await using scene = await openSenders();
  const { alice, bob } = scene;
  const bytes = systemRandom.bytes(4_000_000);
  await scene.write("big", bytes);
  alice.work();
  bob.work();
  await scene.offer("big");
  await scene.accept();
  for (const person of [alice, bob, alice, bob, bob]) {
    const before = (await person.transfers())[0].movedBytes;
    await scene.until(async () => {
      const [transfer] = await person.transfers();
      const moved = person.client.transfers.progressOf(transfer.id)?.movedBytes ?? 0;
      return transfer.state.state === "done" || moved > before;
    });
    // The line is cut: both ends see a reset.
    person.test.link?.near.close();
    await person.rest();
    await person.back();
  }
  await scene.until(async () => (await alice.states())[0] === "done");
  assert.deepEqual((await scene.received()).get("big"), bytes);
});

Deno.test("J4: the next start of either program goes on from what is there", async () => {
  await using scene = await openSenders();
  const { alice, bob } = scene;
  const bytes = systemRandom.bytes(3_000_000);
  await scene.write("big", bytes);
  alice.work();
  bob.work();
  await scene.offer("big");
  await scene.accept();
  for (const person of [alice, bob, alice]) {
    await scene.until(async () => (await scene.received()).size > 0);
    await person.restart();
    await person.back();
  }
  await scene.until(async () => (await alice.states())[0] === "done");
  assert.deepEqual((await scene.received()).get("big"), bytes);
});

Deno.test("row S0.37: a receiver who is away gets it later, when the sender is away", async () => {
  await using scene = await openSenders();
  const { alice, bob } = scene;
  const bytes = systemRandom.bytes(100_000);
  await scene.write("report", bytes);
  await bob.test.disconnect();
  alice.work();
  await scene.offer("report");
  await scene.until(async () => (await alice.states())[0] === "uploaded");
  await alice.test.disconnect();
  await alice.rest();
  await bob.back();
  await scene.accept();
  await scene.until(async () => (await bob.states())[0] === "done");
  assert.deepEqual((await scene.received()).get("report"), bytes);
  await alice.back();
  await scene.until(async () => (await alice.states())[0] === "done");
});

Deno.test("row S0.32: what is declined is not uploaded, and leaves nothing at the server", async () => {
  await using scene = await openSenders();
  const { alice, bob, pair } = scene;
  await scene.write("spam", systemRandom.bytes(100_000));
  alice.work();
  bob.work();
  await scene.offer("spam");
  await scene.until(async () => (await bob.client.transfers.waiting()).length > 0);
  const [offer] = await bob.client.transfers.waiting();
  await bob.client.transfers.decline(offer);
  await scene.until(async () => (await alice.states())[0] === "declined");
  const spool = `${pair.world.server.folder}/spool`;
  await scene.until(() => [...Deno.readDirSync(spool)].length === 0);
  assert.deepEqual(await scene.received(), new Map());
  await assert.rejects(bob.client.transfers.accept(offer, scene.folder), { code: "not-waiting" });
});

Deno.test("row S0.42: either side pauses, and goes on only when that side says so", async () => {
  await using scene = await openSenders();
  const { alice, bob } = scene;
  const bytes = systemRandom.bytes(2_000_000);
  await scene.write("big", bytes);
  alice.work();
  bob.work();
  await scene.offer("big");
  for (const [one, other] of [[bob, alice], [alice, bob]]) {
    await scene.until(async () => (await one.transfers()).length > 0);
    const [mine] = await one.transfers();
    await one.client.transfers.pause(mine);
    await scene.until(async () => (await other.states())[0] === "paused");
    const [theirs] = await other.transfers();
    await assert.rejects(other.client.transfers.resume(theirs), { code: "cannot-resume" });
    await one.client.transfers.resume(mine);
    await scene.until(async () => (await other.states())[0] === "offered");
  }
  await scene.accept();
  await scene.until(async () => (await alice.states())[0] === "done");
  assert.deepEqual((await scene.received()).get("big"), bytes);
});

Deno.test("who takes an offer and cancels before anything came has nothing left behind", async () => {
  await using scene = await openSenders();
  const { alice, bob } = scene;
  await scene.write("big", new Uint8Array(100_000));
  alice.work();
  bob.work();
  await scene.offer("big");
  await scene.until(async () => (await bob.transfers()).length > 0);
  await alice.test.disconnect();
  await scene.accept();
  await bob.client.transfers.cancel((await bob.transfers())[0]);
  await scene.until(async () => (await bob.states())[0] === "cancelled");
  await scene.pair.world.clock.advance(1_000);
  const notices = await bob.test.notices();
  assert.ok(!notices.includes("file-leftover"), notices.join());
});

Deno.test("row S0.42: either side cancels; nothing of it stays, and the server forgets the upload", async () => {
  for (const who of ["alice", "bob"] as const) {
    await using scene = await openSenders();
    const { alice, bob, pair } = scene;
    // Much more than may be on the way at once: or all of it would be there before the word is.
    await scene.write("big", new Uint8Array(32_000_000));
    alice.work();
    bob.work();
    await scene.offer("big");
    await scene.accept();
    await scene.until(async () => ((await scene.received()).get("big.part")?.length ?? 0) > 0);
    const one = who === "alice" ? alice : bob;
    await one.client.transfers.cancel((await one.transfers())[0]);
    await scene.until(async () =>
      [...await alice.states(), ...await bob.states()].every((state) => state === "cancelled")
    );
    await scene.until(async () => (await scene.received()).size === 0);
    const spool = `${pair.world.server.folder}/spool`;
    await scene.until(() => [...Deno.readDirSync(spool)].length === 0);
  }
});

Deno.test("J4: a source that is changed midway ends the transfer, and says so to both", async () => {
  await using scene = await openSenders();
  const { alice, bob } = scene;
  const path = await scene.write("log", systemRandom.bytes(3_000_000));
  alice.work();
  bob.work();
  await scene.offer("log");
  await Deno.writeFile(path, systemRandom.bytes(10), { append: true });
  await scene.accept();
  await scene.until(async () => (await bob.states())[0] === "cancelled");
  assert.deepEqual((await alice.transfers())[0].state, {
    state: "cancelled",
    by: "here",
    reason: "source-changed",
  });
  assert((await alice.test.notices()).includes("file-source-changed"));
  assert((await bob.test.notices()).includes("file-cancelled"));
});

Deno.test("SR-62: a source that hides its change is found by the hash; nothing gets the name", async () => {
  await using scene = await openSenders();
  const { alice, bob } = scene;
  const bytes = systemRandom.bytes(3_000_000);
  const path = await scene.write("sly", bytes);
  const { mtime } = await Deno.stat(path);
  assert(mtime !== null);
  await bob.test.disconnect();
  alice.work();
  await scene.offer("sly");
  const size = async () => {
    const spool = `${scene.pair.world.server.folder}/spool`;
    const [file] = [...Deno.readDirSync(spool)];
    return file === undefined ? 0 : (await Deno.stat(`${spool}/${file.name}`)).size;
  };
  await scene.until(async () => await size() > 600_000);
  await alice.restart();
  assert(await size() < 3_000_000, "the upload was cut in the middle");
  // Another content of the same size and time, as a disk image that is restored.
  await Deno.writeFile(path, bytes.map((byte) => byte ^ 1));
  await Deno.utime(path, mtime, mtime);
  await alice.back();
  await bob.back();
  await scene.accept();
  await scene.until(async () => (await bob.test.notices()).includes("file-damaged"));
  assert.deepEqual(await bob.states(), ["cancelled"]);
  await scene.until(async () => (await scene.received()).size === 0);
});

Deno.test("SR-63: what was sent to the same person before is not uploaded again, and to another it is", async () => {
  await using scene = await openSenders();
  const { alice, bob, pair } = scene;
  const bytes = systemRandom.bytes(500_000);
  const path = await scene.write("song", bytes);
  alice.work();
  bob.work();
  const uploads = async () => {
    const transfers = await alice.transfers();
    return transfers.map((transfer) => transfer.direction === "out" ? transfer.upload : "");
  };
  for (let time = 1; time <= 2; time++) {
    await scene.offer("song");
    await scene.accept();
    await scene.until(async () =>
      (await alice.states()).filter((s) => s === "done").length === time
    );
  }
  const [first, second] = await uploads();
  assert.equal(second, first);
  assert.deepEqual([...(await scene.received()).keys()].sort(), ["song", "song (1)"]);
  assert.deepEqual((await scene.received()).get("song (1)"), bytes);
  // Another content under the same name is another upload.
  await Deno.writeFile(path, systemRandom.bytes(500_000));
  await scene.offer("song");
  assert.notEqual((await uploads())[2], first);
  // And for another person everything is new.
  const carol = await (await pair.world.client("carol", 2)).connect();
  await alice.client.findContact("carol");
  await Deno.writeFile(path, bytes);
  const { signal } = new AbortController();
  await alice.client.transfers.offer(carol.account, [path], signal);
  assert(!(await uploads()).slice(0, 3).includes((await uploads())[3]));
});

Deno.test("an upload that the server has lost is sent once more, from its sender's own record", async () => {
  await using scene = await openSenders();
  const { alice, bob, pair } = scene;
  const bytes = systemRandom.bytes(300_000);
  await scene.write("lost", bytes);
  await bob.test.disconnect();
  alice.work();
  await scene.offer("lost");
  await scene.until(async () => (await alice.states())[0] === "uploaded");
  const { spool } = pair.world.server.parts;
  await spool.expire(pair.world.clock.nowMs() + 8 * 24 * 3600_000);
  await bob.back();
  await scene.accept();
  await scene.until(async () => (await alice.states())[0] === "done");
  assert.deepEqual((await scene.received()).get("lost"), bytes);
});

Deno.test("who waits for a sender that is away asks for the upload now and then, and ever more rarely", async () => {
  await using scene = await openSenders();
  const { alice, bob, pair } = scene;
  const bytes = systemRandom.bytes(1000);
  await scene.write("late", bytes);
  await scene.offer("late");
  await alice.client.flush();
  await alice.test.disconnect();
  bob.work();
  await scene.accept();
  for (let second = 0; second < 600; second++) await pair.world.clock.advance(1000);
  assert.deepEqual(await bob.states(), ["receiving"]);
  // What waits for her: his answer, and each time that he asked. Not each of them is told to her.
  const { device } = alice.client.profile.own;
  const asked = await pair.world.server.parts.store.countWaiting(device) - 1;
  assert(asked >= 1 && asked <= 7, `it was asked for ${asked} times in ten minutes`);
  await alice.back();
  await scene.until(async () => (await alice.states())[0] === "done");
  assert.deepEqual((await scene.received()).get("late"), bytes);
});

Deno.test("an upload that was damaged at the server does not open, and is sent once more", async () => {
  await using scene = await openSenders();
  const { alice, bob, pair } = scene;
  const bytes = systemRandom.bytes(300_000);
  await scene.write("torn", bytes);
  await bob.test.disconnect();
  alice.work();
  await scene.offer("torn");
  await scene.until(async () => (await alice.states())[0] === "uploaded");
  const spool = `${pair.world.server.folder}/spool`;
  const [file] = [...Deno.readDirSync(spool)];
  using stored = await Deno.open(`${spool}/${file.name}`, { write: true });
  await stored.seek(100_000, Deno.SeekMode.Start);
  await stored.write(new Uint8Array(50));
  await bob.back();
  await scene.accept();
  await scene.until(async () => (await alice.states())[0] === "done");
  assert.deepEqual((await scene.received()).get("torn"), bytes);
});

Deno.test("SR-07: nothing of a file leaves for somebody whose identity changed, until that is accepted", async () => {
  await using scene = await openSenders();
  const { alice, pair } = scene;
  await scene.write("plan", systemRandom.bytes(50_000));
  await pair.bob.disconnect();
  const other = await pair.world.reset("bob", 3);
  await alice.client.meet("bob");
  alice.work();
  await scene.offer("plan");
  await pair.world.clock.advance(10_000);
  const spool = `${pair.world.server.folder}/spool`;
  assert.deepEqual([...Deno.readDirSync(spool)], []);
  assert.deepEqual(await alice.states(), ["offered"]);
  const contact = await alice.client.meet("bob");
  assert(contact.changedTo !== undefined);
  await alice.client.acceptIdentity(contact);
  await other.connect();
  await other.disconnect();
  await scene.until(async () => (await alice.states())[0] === "uploaded");
});
