import assert from "node:assert/strict";
import { join } from "node:path";
import type { Bytes } from "../../../lib/base/bytes.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { MIB } from "../../../lib/protocol/limits.ts";
import type { RawClient } from "../../kit/raw_client.ts";
import { ready, registered } from "../../kit/raw_account.ts";
import { TestServer, type TestServerOptions } from "../../kit/test_server.ts";

const CHUNK = 31_744;
const BLOCK = 8 * CHUNK;
const UPLOAD = "000102030405060708090a0b0c0d0e0f";
const DAY_MS = 24 * 60 * 60 * 1000;

interface Scene {
  readonly server: TestServer;
  readonly alice: RawClient;
  readonly bob: RawClient;
  /** A further connection of one of them. */
  again(name: "alice" | "bob" | "carol"): Promise<RawClient>;
}

async function scene(
  action: (scene: Scene) => Promise<void>,
  options: TestServerOptions = {},
): Promise<void> {
  await using server = await TestServer.open(options);
  const accounts = {
    alice: await registered(server, "alice", { which: 0 }),
    bob: await registered(server, "bob", { which: 1 }),
    carol: await registered(server, "carol", { which: 2 }),
  };
  const again = (name: keyof typeof accounts) => ready(server, accounts[name]);
  await action({ server, alice: await again("alice"), bob: await again("bob"), again });
}

const opening = (sizeBytes: number, more: object = {}) => ({
  upload: UPLOAD,
  account: "bob",
  sizeBytes,
  again: false,
  opening: 1,
  ...more,
});

function send(client: RawClient, bytes: Bytes, from = 0, opening = 1): void {
  for (let offset = from; offset < bytes.length; offset += CHUNK) {
    const payload = bytes.slice(offset, offset + CHUNK);
    client.send({ kind: "spool.chunk", upload: UPLOAD, opening, offset }, payload);
  }
}

async function storedUpTo(client: RawClient, bytes: number): Promise<void> {
  for (;;) {
    if (Number((await client.next("spool.stored")).header.storedBytes) >= bytes) return;
  }
}

async function upload(client: RawClient, bytes: Bytes): Promise<void> {
  await client.get("spool.open", opening(bytes.length));
  send(client, bytes);
  await storedUpTo(client, bytes.length);
}

async function readOn(client: RawClient, into: Bytes, from: number, until: number): Promise<void> {
  for (let offset = from; offset < until;) {
    const { header, payload } = await client.next("spool.piece");
    assert.equal(header.offset, offset);
    into.set(payload, offset);
    offset += payload.length;
  }
}

const fetch = (client: RawClient, offset = 0, untilBytes = 1e9) =>
  client.get("spool.fetch", { upload: UPLOAD, offset, untilBytes });

Deno.test("row S0.37: what a sender uploads is read while it grows, byte for byte", () =>
  scene(async ({ alice, bob }) => {
    const bytes = systemRandom.bytes(2 * BLOCK + 17);
    const opened = await alice.get("spool.open", opening(bytes.length));
    assert.deepEqual([opened.storedBytes, opened.present], [0, true]);
    const read = new Uint8Array(bytes.length);
    assert.equal((await fetch(bob)).sizeBytes, bytes.length);
    send(alice, bytes.slice(0, BLOCK));
    await readOn(bob, read, 0, BLOCK);
    send(alice, bytes, BLOCK);
    await readOn(bob, read, BLOCK, bytes.length);
    assert.deepEqual(read, bytes);
  }));

Deno.test("SR-62: a reader never gets a block of two openings, whatever of it was stored or is on its way", () =>
  scene(async ({ alice, bob, again }) => {
    const bytes = systemRandom.bytes(2 * BLOCK);
    await alice.get("spool.open", opening(bytes.length));
    await fetch(bob);
    send(alice, systemRandom.bytes(3 * CHUNK));
    await storedUpTo(alice, 3 * CHUNK);
    // Half a block is not shown, and a new opening begins before it.
    assert.equal((await fetch(bob)).storedBytes, 0);
    const other = await again("alice");
    const opened = await other.get("spool.open", opening(bytes.length, { opening: 7 }));
    assert.equal(opened.storedBytes, 0);
    // What comes late: over the connection before, and of an opening before.
    alice.send(
      { kind: "spool.chunk", upload: UPLOAD, opening: 1, offset: 0 },
      systemRandom.bytes(CHUNK),
    );
    await alice.get("keys.count");
    send(other, systemRandom.bytes(CHUNK), 0, 6);
    await other.get("keys.count");
    send(other, bytes, 0, 7);
    const read = new Uint8Array(bytes.length);
    await readOn(bob, read, 0, bytes.length);
    assert.deepEqual(read, bytes);
  }));

Deno.test("row S0.37: what was uploaded waits for a reader who comes later", () =>
  scene(async ({ alice, bob, again }) => {
    await bob.close();
    const bytes = systemRandom.bytes(2 * CHUNK + 1);
    await alice.get("spool.open", opening(bytes.length));
    send(alice, bytes);
    await storedUpTo(alice, bytes.length);
    await alice.close();
    const later = await again("bob");
    const read = new Uint8Array(bytes.length);
    assert.equal((await fetch(later)).storedBytes, bytes.length);
    await readOn(later, read, 0, bytes.length);
    assert.deepEqual(read, bytes);
  }));

Deno.test("a sender is told whether its reader is there", () =>
  scene(async ({ server, alice, bob }) => {
    assert.equal((await alice.get("spool.open", opening(1))).present, true);
    await bob.close();
    while (server.parts.sessions.count > 1) await server.clock.advance(1);
    assert.equal((await alice.get("spool.open", opening(1))).present, false);
  }));

Deno.test("a reader gets nothing beyond its credit, and goes on when it grants more", () =>
  scene(async ({ alice, bob }) => {
    const bytes = systemRandom.bytes(5 * CHUNK);
    await upload(alice, bytes);
    await fetch(bob, 0, 2 * CHUNK + 5);
    const read = new Uint8Array(bytes.length);
    await readOn(bob, read, 0, 2 * CHUNK);
    await bob.get("keys.count");
    assert.deepEqual(bob.waiting.map(({ header }) => header.kind), []);
    // Credit never goes back.
    bob.send({ kind: "spool.credit", upload: UPLOAD, untilBytes: 1 });
    bob.send({ kind: "spool.credit", upload: UPLOAD, untilBytes: bytes.length });
    await readOn(bob, read, 2 * CHUNK, bytes.length);
    assert.deepEqual(read, bytes);
  }));

Deno.test("reading goes on at an offset, and stops when the reader says so", () =>
  scene(async ({ alice, bob }) => {
    const bytes = systemRandom.bytes(4 * CHUNK);
    await upload(alice, bytes);
    await fetch(bob, 3 * CHUNK);
    const read = new Uint8Array(bytes.length);
    await readOn(bob, read, 3 * CHUNK, bytes.length);
    assert.deepEqual(read.subarray(3 * CHUNK), bytes.subarray(3 * CHUNK));
    bob.send({ kind: "spool.stop", upload: UPLOAD });
    bob.send({ kind: "spool.credit", upload: UPLOAD, untilBytes: 1e9 });
    await bob.get("keys.count");
    assert.deepEqual(bob.waiting, []);
  }));

Deno.test("an upload goes on where the server has it, after its sender or the server was away", async () => {
  await Deno.mkdir("tests/tmp", { recursive: true });
  const folder = await Deno.makeTempDir({ dir: "tests/tmp", prefix: "spool-" });
  try {
    const bytes = systemRandom.bytes(3 * BLOCK + 100);
    let account;
    {
      await using server = await TestServer.open({ folder });
      account = await registered(server, "alice", { which: 0 });
      await registered(server, "bob", { which: 1 });
      const alice = await ready(server, account);
      await alice.get("spool.open", opening(bytes.length));
      send(alice, bytes.slice(0, BLOCK));
      await storedUpTo(alice, BLOCK);
      const back = await ready(server, account);
      assert.equal((await back.get("spool.open", opening(bytes.length))).storedBytes, BLOCK);
    }
    // The end came in the middle of a block.
    await Deno.writeFile(join(folder, "spool", UPLOAD), new Uint8Array(7), { append: true });
    await Deno.writeFile(join(folder, "spool", "f".repeat(32)), new Uint8Array(7));
    await using server = await TestServer.open({ folder });
    assert.deepEqual([...Deno.readDirSync(join(folder, "spool"))].map(({ name }) => name), [
      UPLOAD,
    ]);
    const alice = await ready(server, account);
    assert.equal((await alice.get("spool.open", opening(bytes.length))).storedBytes, BLOCK);
    send(alice, bytes, BLOCK);
    await storedUpTo(alice, bytes.length);
    assert.deepEqual(await Deno.readFile(join(folder, "spool", UPLOAD)), bytes);
    // And from its beginning, when its reader asks for that.
    const anew = await alice.get("spool.open", opening(bytes.length, { again: true }));
    assert.equal(anew.storedBytes, 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("SR-53: only its sender writes an upload, and only its reader reads it", () =>
  scene(async ({ alice, bob, again }) => {
    const bytes = systemRandom.bytes(CHUNK);
    await upload(alice, bytes);
    const carol = await again("carol");
    const wanted = { upload: UPLOAD, offset: 0, untilBytes: 1e9 };
    for (const other of [carol, alice]) {
      assert.equal(await other.refused("spool.fetch", wanted), "unknown-upload");
    }
    for (const other of [carol, bob]) {
      assert.equal(await other.refused("spool.open", opening(bytes.length)), "not-permitted");
    }
    assert.equal(await carol.refused("spool.release", { upload: UPLOAD }), "unknown-upload");
    // Without opening it, chunks are not taken.
    carol.send(
      { kind: "spool.chunk", upload: UPLOAD, opening: 1, offset: CHUNK },
      systemRandom.bytes(5),
    );
    await carol.get("keys.count");
    assert.equal((await fetch(bob)).storedBytes, CHUNK);
  }));

Deno.test("SR-53: a stranger's and an unlinked session's chunks end the connection", async () => {
  await using server = await TestServer.open();
  const stranger = await server.handshake();
  stranger.send({ kind: "spool.chunk", upload: UPLOAD, opening: 1, offset: 0 }, new Uint8Array(1));
  await stranger.ended;
});

Deno.test("SR-54: an account's uploads are bounded, and what its reader is done with makes room", () =>
  scene(async ({ alice, bob }) => {
    const other = "1".repeat(32);
    await alice.get("spool.open", opening(600));
    const more = opening(401, { upload: other });
    assert.equal(await alice.refused("spool.open", more), "quota-exceeded");
    await alice.get("spool.open", opening(400, { upload: other }));
    assert.equal(
      await alice.refused("spool.open", opening(1, { upload: "2".repeat(32) })),
      "quota-exceeded",
    );
    await bob.get("spool.release", { upload: UPLOAD });
    await alice.get("spool.open", opening(500, { upload: "2".repeat(32) }));
    assert.equal(
      await bob.refused("spool.fetch", {
        upload: UPLOAD,
        offset: 0,
        untilBytes: 1,
      }),
      "unknown-upload",
    );
  }, { uploadLimits: { bytes: 1000, uploads: 10, allBytes: 10_000, firstBytes: 1000 } }));

Deno.test("SR-54: the uploads of all accounts together are bounded, and what goes makes room", () =>
  scene(async ({ alice, bob }) => {
    await alice.get("spool.open", opening(600));
    const bobs = opening(401, { upload: "1".repeat(32), account: "alice" });
    assert.equal(await bob.refused("spool.open", bobs), "storage-full");
    // What was begun goes on.
    await alice.get("spool.open", opening(600));
    await alice.get("spool.release", { upload: UPLOAD });
    await bob.get("spool.open", bobs);
  }, { uploadLimits: { bytes: 1000, uploads: 10, allBytes: 1000, firstBytes: 1000 } }));

Deno.test("SR-54: what is announced takes nothing of what everybody may have; what comes does, and pauses at the limit", () =>
  scene(async ({ alice, bob }) => {
    await alice.get("spool.open", opening(4 * BLOCK));
    const bobs = { upload: "1".repeat(32), account: "alice" };
    await bob.get("spool.open", opening(3 * BLOCK, bobs));
    for (let offset = 0; offset < 3 * BLOCK; offset += CHUNK) {
      const chunk = { kind: "spool.chunk", upload: bobs.upload, opening: 1, offset };
      bob.send(chunk, new Uint8Array(CHUNK));
    }
    await storedUpTo(bob, 3 * BLOCK);
    // All that is left fits, and not one chunk more.
    const bytes = systemRandom.bytes(4 * BLOCK);
    send(alice, bytes.slice(0, BLOCK));
    await storedUpTo(alice, BLOCK);
    send(alice, bytes.slice(0, BLOCK + CHUNK), BLOCK);
    assert.equal((await alice.next("spool.ended")).header.reason, "storage-full");
    assert.equal(await alice.refused("spool.open", opening(4 * BLOCK)), "storage-full");
    assert.equal(
      await alice.refused("spool.open", opening(10, { upload: "2".repeat(32) })),
      "storage-full",
    );
    await bob.get("spool.release", { upload: bobs.upload });
    const { storedBytes } = await alice.get("spool.open", opening(4 * BLOCK, { opening: 2 }));
    assert.equal(storedBytes, BLOCK);
    send(alice, bytes, BLOCK, 2);
    await storedUpTo(alice, 4 * BLOCK);
    await fetch(bob);
    const read = new Uint8Array(4 * BLOCK);
    await readOn(bob, read, 0, 4 * BLOCK);
    assert.deepEqual(read, bytes);
  }, { uploadLimits: { bytes: 1e9, uploads: 10, allBytes: 4 * BLOCK, firstBytes: CHUNK } }));

Deno.test("SR-54: no more is taken than was announced, and nothing but whole chunks", () =>
  scene(async ({ again }) => {
    for (const payload of [systemRandom.bytes(CHUNK), systemRandom.bytes(10), new Uint8Array(0)]) {
      const alice = await again("alice");
      await alice.get("spool.open", opening(CHUNK - 1));
      alice.send({ kind: "spool.chunk", upload: UPLOAD, opening: 1, offset: 0 }, payload);
      await alice.ended;
    }
    const alice = await again("alice");
    await alice.get("spool.open", opening(CHUNK - 1));
    // What does not begin at its end is passed over.
    alice.send(
      { kind: "spool.chunk", upload: UPLOAD, opening: 1, offset: 5 },
      systemRandom.bytes(CHUNK - 6),
    );
    send(alice, systemRandom.bytes(CHUNK - 1));
    await storedUpTo(alice, CHUNK - 1);
  }));

Deno.test("SR-54: an upload is forgotten after 7 days without its sender, and both are told if they are there", () =>
  scene(async ({ server, alice, bob }) => {
    await alice.get("spool.open", opening(2 * CHUNK));
    await fetch(bob, CHUNK);
    const nowMs = server.clock.nowMs();
    await server.parts.spool.expire(nowMs + 7 * DAY_MS);
    await fetch(bob, CHUNK);
    await server.parts.spool.expire(nowMs + 7 * DAY_MS + 1);
    for (const client of [alice, bob]) {
      assert.equal((await client.next("spool.ended")).header.reason, "gone");
    }
    assert.deepEqual([...Deno.readDirSync(join(server.folder, "spool"))], []);
  }));

Deno.test("SR-54: what its reader is done with is kept for a resend up to 64 MiB, and what is larger goes", () =>
  scene(async ({ alice, bob }) => {
    for (const [more, isKept] of [[0, true], [1, false]] as const) {
      const upload = `${more}`.repeat(32);
      await alice.get("spool.open", opening(64 * MIB + more, { upload }));
      await bob.get("spool.release", { upload });
      // Whoever opens it anew goes on with the same one, or begins.
      const { header } = await bob.ask("spool.fetch", { upload, offset: 0, untilBytes: 1 });
      assert.equal(header.code !== "unknown-upload", isKept, `${more} B more`);
    }
  }));

Deno.test("an upload that its sender takes back is gone, also for who reads it", () =>
  scene(async ({ server, alice, bob }) => {
    await alice.get("spool.open", opening(2 * CHUNK));
    await fetch(bob);
    await alice.get("spool.release", { upload: UPLOAD });
    assert.equal((await bob.next("spool.ended")).header.reason, "gone");
    assert.deepEqual([...Deno.readDirSync(join(server.folder, "spool"))], []);
    assert.equal(await alice.refused("spool.release", { upload: UPLOAD }), "unknown-upload");
  }));

Deno.test("an upload for nobody is refused, and so are more than 64 at once on one connection", () =>
  scene(async ({ alice }) => {
    const nobody = opening(1, { account: "zoe" });
    assert.equal(await alice.refused("spool.open", nobody), "unknown-account");
    const open = (n: number, sizeBytes: number) =>
      alice.get("spool.open", opening(sizeBytes, { upload: n.toString(16).padStart(32, "0") }));
    // Those that are whole take no place.
    for (let n = 0; n < 4; n++) await open(n, 0);
    await alice.get("spool.open", opening(CHUNK));
    send(alice, systemRandom.bytes(CHUNK));
    await storedUpTo(alice, CHUNK);
    for (let n = 100; n < 164; n++) await open(n, 1);
    assert.equal(await alice.refused("spool.open", opening(0)), "too-many");
  }));
