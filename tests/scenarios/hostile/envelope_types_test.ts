/**
 * A commit in the envelope of a message would move the members on without the server, and a message in that of a commit the
 * server without the members: the room would stand still, and no removal could be committed any more (SR-25, SR-35).
 */

import assert from "node:assert/strict";
import { type Bytes, concatBytes } from "../../../lib/base/bytes.ts";
import { newEnvelopeId } from "../../../lib/base/ids.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { sealMessage } from "../../../lib/crypto/mls/seal.ts";
import { splitSections } from "../../../lib/protocol/sections.ts";
import {
  assertTalk,
  conversationOf,
  countLines,
  newLines,
  openTown,
  sendNoise,
  stateOf,
  syncAll,
  type Town,
} from "../../kit/four_members.ts";
import type { Hooks } from "../../kit/man_in_the_middle.ts";
import type { TestClient } from "../../kit/test_client.ts";
import { infoOf, say } from "../../kit/town.ts";

/** A commit of dave's as it went to the server, the request that brought it, and a message of dave's in the epoch after it. */
async function madeCommit({ dave, room, clients }: Town) {
  let made: { fields: Record<string, unknown>; sections: readonly Bytes[] } | undefined;
  await behind(dave, {
    up({ header, payload }, pass) {
      if (header.kind === "room.commit") {
        const { kind: _kind, request: _request, ...fields } = header;
        made = { fields, sections: splitSections(payload.slice(), fields.sizes as number[], 3) };
      }
      pass(header, payload);
    },
  });
  dave.client.profile.database.command("UPDATE mls_group SET refreshed_ms = 0").run();
  await dave.client.sync();
  await syncAll(clients);
  assert(made !== undefined);
  const group = await dave.messenger.groups.load(conversationOf(dave, room));
  assert(group !== undefined);
  const { message } = await sealMessage(group.state, new Uint8Array(40));
  return { ...made, message, epoch: group.state.epoch };
}

/** Brings what it likes as a change of the room. */
async function bring(
  { dave }: Town,
  fields: Record<string, unknown>,
  [body, ...others]: readonly Bytes[],
): Promise<unknown> {
  const { messenger, client: { profile, link } } = dave;
  return await link.ask("room.commit", {
    ...fields,
    envelope: newEnvelopeId(systemRandom),
    number: profile.database.transaction(() => messenger.outbox.takeNumber()),
    sizes: [body.length, ...others.map(({ length }) => length)],
    // deno-lint-ignore no-explicit-any
  } as any, concatBytes(body, ...others));
}

Deno.test("SR-25: the server takes no commit as a message, no message as a commit, and no commit of another epoch", async () => {
  await using place = await openTown();
  const { dave, room, clients } = place;
  const { fields, sections: [commit, ...others], message, epoch } = await madeCommit(place);
  const refused = { code: "bad-message" };
  const now = { ...fields, epoch };
  await assert.rejects(() => sendNoise(dave, room, commit), refused);
  await assert.rejects(() => bring(place, now, [message, ...others]), refused);
  await assert.rejects(() => bring(place, now, [commit, ...others]), refused);
  await syncAll(clients);
  await assertTalk(place, clients);
});

/** What the server says that an envelope from dave is. */
function relabelling(from: string, to: string): Hooks {
  return {
    down({ header, payload }, pass) {
      const isIt = header.kind === "relay.envelope" && header.type === from &&
        header.account === "dave";
      pass(isIt ? { ...header, type: to } : header, payload);
    },
  };
}

async function behind(who: TestClient, middle: Hooks): Promise<void> {
  await who.disconnect();
  await who.connect({ middle });
}

Deno.test("SR-25: a commit that comes as a message is noise: nobody moves on by it", async () => {
  await using place = await openTown();
  const { alice, dave, room } = place;
  const conversation = conversationOf(alice, room);
  const before = alice.messenger.groups.epochOf(conversation);
  const count = await countLines(alice, room);
  await behind(alice, relabelling("commit", "message"));
  dave.client.profile.database.command("UPDATE mls_group SET refreshed_ms = 0").run();
  await dave.client.sync();
  await alice.client.sync();
  assert.equal(alice.messenger.groups.epochOf(conversation), before);
  assert.deepEqual(await newLines(alice, room, count), ["A message could not be opened"]);
});

for (const what of ["a new message", "a message that was there"] as const) {
  Deno.test(`SR-25, SR-35: ${what} that comes as a commit is told with its sender's name, and holds the room`, async () => {
    await using place = await openTown();
    const { alice, dave, room } = place;
    const count = await countLines(alice, room);
    if (what === "a new message") {
      await behind(alice, relabelling("message", "commit"));
    } else {
      // Once as what it is, and once more.
      await behind(alice, {
        down({ header, payload }, pass) {
          pass(header, payload);
          if (header.kind !== "relay.envelope" || header.account !== "dave") return;
          pass({ ...header, seq: Number(header.seq) + 1, type: "commit" }, payload);
        },
      });
    }
    await say(dave, room, "hello");
    await alice.client.sync();
    const told = await newLines(alice, room, count);
    assert.match(told[0], /^A change to the members was refused: .* dave sent it$/);
    assert.equal(stateOf(alice, room), "out-of-step");
    assert.equal((await infoOf(alice, room)).members.has(dave.account), true);
  });
}
