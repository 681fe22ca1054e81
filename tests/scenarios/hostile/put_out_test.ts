/** Who is kicked, or deletes the account, in the middle of sending and reading: nothing of it goes on, and nobody else notices. */

import { equal } from "node:assert/strict";
import { newStreamId, newUploadId } from "../../../lib/base/ids.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { STREAMS_SENT_MAX } from "../../../lib/protocol/limits.ts";
import { makeAccount, ready, register, registered, signInAs } from "../../kit/raw_account.ts";
import { openPair } from "../../kit/raw_conversation.ts";
import { TestServer } from "../../kit/test_server.ts";

const CHUNK = 31_744;

Deno.test("SR-47: who is kicked in the middle sends no stream and no upload any more, and reads none", async () => {
  await using server = await TestServer.open();
  const { alice, bob, conversation } = await openPair(server);
  const owner = await registered(server, "yoda", { which: 2 });
  await server.parts.store.grantRole({
    ...{ by: "operator", account: owner.person.accountId, role: "owner" },
    nowMs: server.clock.nowMs(),
  });
  const yoda = await ready(server, owner);
  const [stream, sent, read] = [
    newStreamId(systemRandom),
    newUploadId(systemRandom),
    newUploadId(systemRandom),
  ];
  // Alice streams and uploads to bob, and reads what he uploads.
  await alice.client.get("stream.open", { stream, conversation });
  await bob.client.get("stream.join", { stream });
  const opening = { sizeBytes: 2 * CHUNK, again: false, opening: 1 };
  await alice.client.get("spool.open", { upload: sent, account: "bob", ...opening });
  await bob.client.get("spool.open", { upload: read, account: "alice", ...opening });
  const all = { offset: 0, untilBytes: 1e9 };
  await alice.client.get("spool.fetch", { upload: read, ...all });
  equal(server.parts.spool.openCount, 3);

  await yoda.get("moderation.kick", { account: "alice", forSeconds: 60, reason: "enough" });
  equal((await alice.client.next("moderation.dismissed")).header.code, "kicked");
  equal((await bob.client.next("stream.ended")).header.reason, "lost");
  await alice.client.ended;
  await server.clock.advance(3_000);
  equal(server.parts.streams.count, 0);
  // What bob writes goes on; nothing of alice is open.
  equal(server.parts.spool.openCount, 1);
  const again = await server.handshake();
  equal((await signInAs(again, alice.account)).header.code, "kicked");
  for (let i = 0; i < 2; i++) {
    const chunk = { kind: "spool.chunk", upload: read, opening: 1, offset: i * CHUNK };
    bob.client.send(chunk, new Uint8Array(CHUNK));
  }
  await bob.client.next("spool.stored");
  // She reads it when her time is over.
  await server.clock.advance(60_000);
  const back = await ready(server, alice.account);
  equal((await back.get("spool.fetch", { upload: read, ...all })).sizeBytes, 2 * CHUNK);
});

Deno.test("streams are counted for the account: a second connection gets no further ones", async () => {
  await using server = await TestServer.open();
  const { alice, conversation } = await openPair(server);
  const second = await ready(server, alice.account);
  const open = () => ({ stream: newStreamId(systemRandom), conversation });
  for (let i = 0; i < STREAMS_SENT_MAX; i++) await alice.client.get("stream.open", open());
  equal(await second.refused("stream.open", open()), "too-many");
  await alice.client.close();
  await server.clock.advance(3_000);
  await second.get("stream.open", open());
});

Deno.test("tickets are counted for the account, over all its connections", async () => {
  await using server = await TestServer.open({ rendezvous: true });
  const account = await makeAccount(server, "alice");
  await register(server, await server.handshake(), { account });
  const [one, two] = [await ready(server, account), await ready(server, account)];
  let given = 0;
  for (let i = 0; i < 100; i++) {
    const { header } = await (i % 2 === 0 ? one : two).ask("direct.rendezvous");
    if (header.kind === "direct.ticket") given++;
    else equal(header.code, "rate-limited");
  }
  equal(given, 30);
});
