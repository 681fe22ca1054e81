/** A sealed family needs its own file and its registration, and nothing else: it is sent, stored, shown, and refused when malformed. */

import assert from "node:assert/strict";
import { systemRandom } from "../../../lib/base/random.ts";
import { newStreamId } from "../../../lib/base/ids.ts";
import { entryFields, entryLine } from "../../../lib/app/talk/entry_lines.ts";
import { saidLine } from "../../../lib/cli/p2p/p2p_words.ts";
import { acceptRequest, listRequests } from "../../../lib/client/contacts/requests.ts";
import { SealedFamilies } from "../../../lib/client/store/families.ts";
import type { Features } from "../../../lib/client/store/messenger.ts";
import { draftMessage } from "../../../lib/client/store/drafts.ts";
import { enqueueControlMessage } from "../../../lib/client/sending/sender.ts";
import { STREAM_MESSAGES } from "../../../lib/protocol/peer/stream.ts";
import { FAMILIES, FEATURES } from "../../../lib/client/sync/families.ts";
import { exchange } from "../../kit/exchanging.ts";
import { DICE, roll, rolls } from "../../kit/planted_family.ts";
import { openPair, openTalk, type Pair, type TestClient } from "../../kit/test_client.ts";

const PLANTED: Features = { ...FEATURES, families: new SealedFamilies([...FAMILIES, DICE]) };
const NO_ROOMS = { labelOf: () => 0, nameOf: () => undefined } as unknown as Parameters<
  typeof entryLine
>[1];

const NO_FACTS = { delivery: undefined, reactions: [], target: undefined };

/** The next start of their programs knows the family. */
async function plant({ world }: Pair, ...clients: readonly TestClient[]): Promise<void> {
  world.features = PLANTED;
  for (const client of clients) await (await client.restart()).connect();
}

Deno.test("a planted sealed family is sent, stored, and shown by every front end", async () => {
  await using pair = await openTalk();
  const { alice, bob } = pair;
  await plant(pair, alice, bob);
  await roll(alice.messenger, bob.account, { sides: 6, shown: 6 });
  await exchange(alice, bob);
  assert.deepEqual(rolls(bob.messenger), [{ account: "alice", shown: 6 }]);
  const entry = (await bob.entries()).at(-1)!;
  const words = "alice rolled 6 of 6, the highest";
  assert.deepEqual([entry.id, entry.peer, entry.text], ["dice-roll", alice.account, words]);
  assert.match(entryLine(entry, NO_ROOMS), /^\* .* alice rolled 6 of 6, the highest$/);
  assert.match(saidLine("alice", entry, NO_FACTS), /^\* .* alice rolled 6 of 6, the highest$/);
  assert.equal(entryFields(entry).text, words);
});

Deno.test("a malformed message of a planted family is refused, and what comes behind it is read", async () => {
  await using pair = await openTalk();
  const { alice, bob } = pair;
  await plant(pair, alice, bob);
  for (const fields of [{ sides: 6, shown: 7 }, { sides: 101, shown: 1 }]) {
    await roll(alice.messenger, bob.account, fields);
  }
  await roll(alice.messenger, bob.account, { sides: 6, shown: 2 });
  await exchange(alice, bob);
  assert.deepEqual(await bob.notices(), ["unreadable", "unreadable", "dice-roll"]);
  assert.deepEqual(rolls(bob.messenger), [{ account: "alice", shown: 2 }]);
});

Deno.test("a program without the family shows that a newer one wrote", async () => {
  await using pair = await openTalk();
  const { alice, bob } = pair;
  await plant(pair, alice);
  await roll(alice.messenger, bob.account, { sides: 6, shown: 2 });
  await exchange(alice, bob);
  assert.deepEqual(await bob.notices(), ["unreadable"]);
  assert.match((await bob.entries()).at(-1)!.text, /newer version/);
});

Deno.test("an offer that is withdrawn while its receiver is away is told as withdrawn, though both come at once", async () => {
  await using pair = await openTalk();
  const { alice, bob, world } = pair;
  await bob.disconnect();
  const stream = newStreamId(systemRandom);
  const offer = {
    stream,
    sentAtMs: world.clock.nowMs(),
    source: "file",
    title: "film.mp4",
  } as const;
  // While the text is read, the rest comes.
  await alice.client.write(bob.account, "look at this");
  for (
    const message of [
      draftMessage(STREAM_MESSAGES["stream.offer"], offer),
      draftMessage(STREAM_MESSAGES["stream.stop"], { stream, reason: "stopped" }),
    ]
  ) await enqueueControlMessage(alice.messenger, bob.account, message);
  await alice.client.flush();
  await bob.connect();
  await exchange(alice, bob);
  assert.deepEqual(await bob.notices(), ["stream-offer", "stream-over"]);
});

Deno.test("what a stranger says in a planted family waits, and is taken when they are accepted", async () => {
  await using pair = await openPair();
  const { alice, bob } = pair;
  await plant(pair, alice, bob);
  bob.messenger.contacts.contactStatuses.policy = "contacts";
  await alice.client.findContact("bob");
  await roll(alice.messenger, bob.account, { sides: 20, shown: 3 });
  await exchange(alice, bob);
  assert.deepEqual(rolls(bob.messenger), []);
  const waiting = (await listRequests(bob.messenger)).flatMap(({ texts }) => texts);
  assert.deepEqual(waiting.map(({ text }) => text), ["[rolled dice]"]);
  assert.equal(await acceptRequest(bob.messenger, alice.account), 1);
  assert.deepEqual(rolls(bob.messenger), [{ account: "alice", shown: 3 }]);
  assert.deepEqual(await bob.notices(), ["dice-roll"]);
});

Deno.test("an offer that waits from before families were registered is taken", async () => {
  await using pair = await openPair();
  const { alice, bob, world } = pair;
  const { profile: { database, vault, own } } = alice.messenger;
  const atMs = world.clock.nowMs();
  const stream = "ab".repeat(16);
  const head = { v: 1, id: "cd".repeat(16), number: 1, previous: "", sentAtMs: atMs };
  const content = {
    ...{ device: own.device, text: "[a stream]", sentAtMs: atMs, atMs },
    stream: { ...head, stream, source: "camera", title: "" },
  };
  database.command(
    "INSERT INTO held_text (account, id, conversation, epoch, sealed) VALUES ('bob', ?, ?, 1, ?)",
  ).run(stream, "ef".repeat(32), await vault.sealValue("held_text", stream, content));
  assert.equal(await acceptRequest(alice.messenger, bob.account), 1);
  assert.deepEqual(await alice.notices(), ["stream-offer"]);
});

Deno.test("two families with one kind are no registry", () => {
  assert.throws(() => new SealedFamilies([DICE, DICE]), { name: "Bug" });
});
