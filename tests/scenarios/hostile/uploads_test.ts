/** The spool, from accounts who keep to no rule: ids of others, floods, openings without end, removal in the middle. */

import { equal, ok } from "node:assert/strict";
import { newUploadId } from "../../../lib/base/ids.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import {
  SPOOL_OPEN_MAX,
  SPOOL_OPEN_PER_ACCOUNT_MAX,
  SPOOL_PENDING_ALL_MAX_BYTES,
} from "../../../lib/protocol/limits.ts";
import { type RawAccount, ready, registered } from "../../kit/raw_account.ts";
import type { RawClient } from "../../kit/raw_client.ts";
import { MemoryBlobs } from "../../kit/memory_blobs.ts";
import { TestServer, type TestServerOptions } from "../../kit/test_server.ts";

const CHUNK = 31_744;

interface Scene {
  readonly server: TestServer;
  readonly accounts: { readonly alice: RawAccount; readonly bob: RawAccount };
  readonly alice: RawClient;
  readonly bob: RawClient;
}

async function scene(
  action: (scene: Scene) => Promise<void>,
  options: TestServerOptions = {},
): Promise<void> {
  await using server = await TestServer.open(options);
  const accounts = {
    alice: await registered(server, "alice"),
    bob: await registered(server, "bob", { which: 1 }),
  };
  const [alice, bob] = [await ready(server, accounts.alice), await ready(server, accounts.bob)];
  await action({ server, accounts, alice, bob });
}

const opening = (fields: object = {}) => ({
  upload: newUploadId(systemRandom),
  account: "bob",
  sizeBytes: 10,
  again: false,
  opening: 1,
  ...fields,
});

/** Opens uploads until one is refused, at most `most`, and says how many there are. */
async function openMany(client: RawClient, most: number): Promise<number> {
  for (let count = 0; count < most; count++) {
    const { header } = await client.ask("spool.open", opening());
    if (header.kind !== "failure") continue;
    equal(header.code, "too-many");
    return count;
  }
  return most;
}

Deno.test("an account opens no more uploads than the limit, over however many connections", () =>
  scene(async ({ server, accounts }) => {
    const counts: number[] = [];
    const clients: RawClient[] = [];
    for (let i = 0; i < 3; i++) {
      const client = await ready(server, accounts.alice);
      clients.push(client);
      counts.push(await openMany(client, SPOOL_OPEN_MAX + 1));
    }
    const sum = counts.reduce((all, one) => all + one, 0);
    equal(counts[0], SPOOL_OPEN_MAX);
    equal(sum, SPOOL_OPEN_PER_ACCOUNT_MAX);
    // Who has read and written less is not kept out, and what one connection gives up is free again.
    await clients[0].close();
    while (server.parts.sessions.count > 4) await server.clock.advance(1);
    equal(await openMany(await ready(server, accounts.alice), 1), 1);
  }));

Deno.test("reading counts for the same limit as writing", () =>
  scene(async ({ server, accounts, alice }) => {
    const uploads = Array.from({ length: 70 }, () => newUploadId(systemRandom));
    const second = await ready(server, accounts.alice);
    for (const [i, upload] of uploads.entries()) {
      await (i < 35 ? alice : second).get("spool.open", opening({ upload }));
    }
    let opened = 0;
    let code: unknown;
    for (let i = 0; i < 3; i++) {
      const client = await ready(server, accounts.bob);
      for (const upload of uploads) {
        const { header } = await client.ask("spool.fetch", { upload, offset: 0, untilBytes: 0 });
        if (header.kind === "failure") {
          code = header.code;
          break;
        }
        opened++;
      }
    }
    equal(opened, SPOOL_OPEN_PER_ACCOUNT_MAX);
    equal(code, "too-many");
  }));

Deno.test("all accounts together open no more files than the server has descriptors for", () =>
  scene(async ({ alice, bob }) => {
    const upload = newUploadId(systemRandom);
    await alice.get("spool.open", opening({ upload }));
    await bob.get("spool.fetch", { upload, offset: 0, untilBytes: 0 });
    // One for the writer, two for the reader: no room for another upload.
    equal(await alice.refused("spool.open", opening()), "too-many");
    bob.send({ kind: "spool.stop", upload });
    await bob.get("keys.count");
    await alice.get("spool.open", opening());
  }, { spoolDescriptors: 3 }));

Deno.test("chunks that wait for a slow disk are bounded for everybody together", () => {
  const blobs = new MemoryBlobs();
  return scene(async ({ server, alice }) => {
    const clients = [alice];
    const held = Promise.withResolvers<void>();
    blobs.appending = held.promise;
    try {
      const payload = new Uint8Array(CHUNK);
      const uploads: string[] = [];
      for (let i = 0; i < 40; i++) {
        const upload = newUploadId(systemRandom);
        uploads.push(upload);
        await alice.get("spool.open", opening({ upload, sizeBytes: 1000 * CHUNK }));
      }
      // Round and round: no single upload is above its own limit.
      const rounds = 2 * SPOOL_PENDING_ALL_MAX_BYTES / CHUNK / uploads.length;
      for (let round = 0; round < rounds; round++) {
        for (const upload of uploads) {
          alice.send({ kind: "spool.chunk", upload, opening: 1, offset: round * CHUNK }, payload);
        }
      }
      await untilQuiet(() => server.parts.spool.pendingBytes);
      const most = SPOOL_PENDING_ALL_MAX_BYTES + clients.length * CHUNK;
      const { pendingBytes } = server.parts.spool;
      ok(pendingBytes > 0 && pendingBytes <= most, `${pendingBytes} bytes wait`);
    } finally {
      held.resolve();
    }
    while (server.parts.spool.pendingBytes > 0) await server.clock.advance(1);
    await alice.get("keys.count");
  }, { blobs });
});

Deno.test("who is removed while a download begins does not read", () =>
  scene(async ({ server, alice, bob }) => {
    const upload = newUploadId(systemRandom);
    await alice.get("spool.open", opening({ upload, sizeBytes: CHUNK }));
    alice.send({ kind: "spool.chunk", upload, opening: 1, offset: 0 }, new Uint8Array(CHUNK));
    await alice.next("spool.stored");
    const { store } = server.parts;
    const find = store.findUploadFor.bind(store);
    let asked = 0;
    // The first answer was true when it was given.
    store.findUploadFor = async (wanted) => ++asked === 1 ? await find(wanted) : undefined;
    const wanted = { upload, offset: 0, untilBytes: 1e9 };
    equal(await bob.refused("spool.fetch", wanted), "unknown-upload");
    bob.send({ kind: "spool.credit", upload, untilBytes: 1e9 });
    await bob.get("keys.count");
    equal(bob.waiting.some(({ header }) => header.kind === "spool.piece"), false);
  }));

Deno.test("openings and readings have a rate for each account", () =>
  scene(async ({ server, accounts, alice, bob }) => {
    const upload = newUploadId(systemRandom);
    await alice.get("spool.open", opening({ upload }));
    const codes = new Set<unknown>();
    for (let i = 0; i < 300; i++) {
      const { header } = await bob.ask("spool.fetch", { upload, offset: 0, untilBytes: 0 });
      if (header.kind === "failure") codes.add(header.code);
    }
    equal([...codes].join(), "rate-limited");
    const again = await ready(server, accounts.bob);
    const fetch = { upload, offset: 0, untilBytes: 0 };
    equal(await again.refused("spool.fetch", fetch), "rate-limited");
  }));

Deno.test("ids of others open, feed, read and release nothing", () =>
  scene(async ({ server, alice, bob }) => {
    const eve = await ready(server, await registered(server, "eve", { which: 2 }));
    const upload = newUploadId(systemRandom);
    await alice.get("spool.open", opening({ upload, sizeBytes: CHUNK }));
    const taken = opening({ upload, sizeBytes: CHUNK });
    for (const client of [bob, eve]) {
      equal(await client.refused("spool.open", taken), "not-permitted");
      equal(await client.refused("spool.open", { ...taken, again: true }), "not-permitted");
      const chunk = { kind: "spool.chunk", upload, opening: 1, offset: 0 };
      client.send(chunk, new Uint8Array(CHUNK));
    }
    const wanted = { upload, offset: 0, untilBytes: 1e9 };
    equal(await eve.refused("spool.fetch", wanted), "unknown-upload");
    equal(await eve.refused("spool.release", { upload }), "unknown-upload");
    // Taking it back from one reader is the sender's alone.
    equal(await eve.refused("spool.release", { upload, account: "bob" }), "unknown-upload");
    equal((await bob.get("spool.fetch", wanted)).storedBytes, 0);
    // Nobody has enlarged it, or may.
    const larger = opening({ upload, sizeBytes: CHUNK + 1 });
    equal(await alice.refused("spool.open", larger), "not-permitted");
    await alice.get("spool.open", taken);
    alice.send({ kind: "spool.chunk", upload, opening: 1, offset: 0 }, new Uint8Array(CHUNK));
    alice.send({ kind: "spool.chunk", upload, opening: 1, offset: CHUNK }, new Uint8Array(CHUNK));
    await alice.ended;
    equal((await bob.next("spool.piece")).payload.length, CHUNK);
  }));

for (
  const wrong of [
    { sizeBytes: -1 },
    { sizeBytes: 0.5 },
    { sizeBytes: 2 ** 46 + 1 },
    { sizeBytes: "10" },
    { upload: "00".repeat(17) },
    { opening: -1 },
    { skipBytes: 1 },
    { skipBytes: 8 * CHUNK, sizeBytes: 8 * CHUNK - 1 },
    { room: 1 },
    { account: undefined },
    { account: undefined, room: -1 },
    { again: 1 },
  ]
) {
  Deno.test(`an opening that cannot be is refused: ${JSON.stringify(wrong)}`, () =>
    scene(async ({ server, alice }) => {
      equal(await alice.refused("spool.open", opening(wrong)), "bad-message");
      equal(server.parts.spool.openCount, 0);
    }));
}

Deno.test("a reader that asks for what is far beyond the end waits for nothing and harms nobody", () =>
  scene(async ({ alice, bob }) => {
    const upload = newUploadId(systemRandom);
    await alice.get("spool.open", opening({ upload }));
    for (const offset of [11, 2 ** 40, Number.MAX_SAFE_INTEGER]) {
      await bob.ask("spool.fetch", { upload, offset, untilBytes: Number.MAX_SAFE_INTEGER });
    }
    await bob.get("spool.fetch", { upload, offset: 0, untilBytes: 10 });
    alice.send({ kind: "spool.chunk", upload, opening: 1, offset: 0 }, new Uint8Array(10));
    equal((await bob.next("spool.piece")).payload.length, 10);
  }));

/** Resolves when a number has not changed for many turns of the event loop. */
async function untilQuiet(read: () => number): Promise<void> {
  for (let same = 0, last = read(); same < 50;) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    const now = read();
    same = now === last ? same + 1 : 0;
    last = now;
  }
}
