/** Members and servers that would end a room, or lead it astray (SR-32 to SR-36). */

import assert from "node:assert/strict";
import {
  type AccountId,
  type ConversationId,
  newEnvelopeId,
  type RoomHandle,
} from "../../../lib/base/ids.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { tryDryJoin } from "../../../lib/client/groups/mls_steps.ts";
import { signEntry } from "../../../lib/client/rooms/invitations.ts";
import { makeRoomGroup } from "../../../lib/client/rooms/founding.ts";
import { joinSections } from "../../../lib/protocol/sections.ts";
import type { Hooks } from "../../kit/man_in_the_middle.ts";
import type { TestClient } from "../../kit/test_client.ts";
import { found, infoOf, lines, say, settle, town } from "../../kit/town.ts";

/** A member uploads random bytes in place of a commit; the server cannot tell. */
async function uploadRubbish({ client }: TestClient, room: RoomHandle): Promise<void> {
  const { conversations, groups, outbox } = client.messenger;
  const conversation = conversations.openWith(room)?.conversation;
  assert(conversation !== undefined);
  const group = await groups.load(conversation);
  const { sizes, payload } = joinSections([
    systemRandom.bytes(300),
    systemRandom.bytes(300),
    new Uint8Array(0),
  ]);
  const { fields } = await client.link.ask("room.commit", {
    conversation,
    envelope: newEnvelopeId(systemRandom),
    number: outbox.takeNumber(),
    epoch: group?.state.epoch ?? 0,
    version: group?.membershipLog?.version ?? 0,
    joins: false,
    removed: [],
    sizes,
  }, payload);
  assert.equal(fields.accepted, true);
}

function stateOf({ messenger }: TestClient, room: RoomHandle) {
  return messenger.conversations.openWith(room)?.state;
}

const BROKEN =
  "This room is out of step: the server accepted a change that is not allowed or cannot be read. " +
  "No messages are sent until an owner repairs it: room repair ";

Deno.test("SR-35: a member uploads random bytes as a commit, and the room lives on by its owner's repair", async () => {
  await using place = await town(4);
  const { alice, bob, carol, dave: mallory, clients } = place;
  const room = await found(alice, [bob, carol, mallory], { name: "ops", topic: "the night shift" });
  await settle(...clients);
  await alice.client.rooms.lead.setRole(await infoOf(alice, room), bob.account, "moderator");
  await settle(...clients);
  await say(bob, room, "before");
  // Carol has not read it yet when the room breaks, and says something before she knows.
  await uploadRubbish(mallory, room);
  await settle(alice, bob);
  for (const client of [alice, bob]) {
    assert.equal(stateOf(client, room), "out-of-step");
    assert.equal((await lines(client, room)).at(-1), BROKEN + room.slice(1));
  }
  await say(alice, room, "in the broken time");
  await carol.client.write(room, "from carol meanwhile");
  await alice.client.rooms.lead.repair({ room, without: [mallory.account] });
  await settle(...clients);
  for (const client of [alice, bob, carol]) {
    assert.equal(stateOf(client, room), "active");
    const { members, name, topic } = await infoOf(client, room);
    assert.deepEqual([...members], [
      ["alice", "owner"],
      ["bob", "moderator"],
      ["carol", "member"],
    ]);
    assert.deepEqual([name, topic], ["ops", "the night shift"]);
  }
  const repaired = "alice repaired this room: it continues with fresh keys";
  for (const client of [bob, carol]) {
    assert((await lines(client, room)).includes(repaired), (await lines(client, room)).join("\n"));
  }
  assert.equal(stateOf(mallory, room), undefined);
  // What was written meanwhile has come, and what is said now comes too; the room's numbers go on.
  await say(bob, room, "after");
  await settle(...clients);
  const heard = async (client: TestClient) => (await client.texts()).toSorted();
  const all = [
    "alice: in the broken time",
    "bob: after",
    "bob: before",
    "carol: from carol meanwhile",
  ];
  for (const client of [alice, bob, carol]) assert.deepEqual(await heard(client), all);
  assert.equal((await heard(mallory)).includes("bob: after"), false);
  const numbers = (await alice.entries()).filter(({ kind, own }) => kind === "text" && !own)
    .map(({ text, number }) => `${number}: ${text}`);
  assert.equal(numbers[0], "1: before");
  assert(numbers.every((line) => !line.startsWith("undefined")));
  assert.equal(new Set(numbers).size, numbers.length);
});

Deno.test("SR-35: a device that was away through two repairs comes into the room of now, and so does a new one", async () => {
  await using place = await town(3);
  const { alice, bob, carol, clients, world } = place;
  const room = await found(alice, [bob, carol], { name: "ops" });
  await settle(...clients);
  await carol.disconnect();
  await alice.client.rooms.lead.setRole(await infoOf(alice, room), bob.account, "owner");
  await settle(alice, bob);
  await alice.client.rooms.lead.repair({ room, without: [] });
  await settle(alice, bob, alice, bob);
  assert.equal((await infoOf(bob, room)).role, "owner");
  // The second repair is by the one who was given the room between.
  await bob.client.rooms.lead.repair({ room, without: [] });
  await settle(bob, alice, bob);
  await say(bob, room, "welcome back");
  await carol.connect();
  await settle(carol, alice, bob, carol);
  const phone = await (await world.device("carol", 2)).connect();
  await settle(phone, alice, bob, carol);
  for (const client of [alice, carol, phone]) {
    assert.equal(stateOf(client, room), "active");
    assert.deepEqual([...(await infoOf(client, room)).members.keys()].toSorted(), [
      "alice",
      "bob",
      "carol",
    ]);
  }
  assert.deepEqual(await carol.received(), ["welcome back"]);
  assert(
    (await lines(carol, room)).includes("bob repaired this room: it continues with fresh keys"),
  );
});

Deno.test("SR-35: an owner who was cut off in the middle of a repair repeats it", async () => {
  await using place = await town(2);
  const { alice, bob, clients } = place;
  const room = await found(alice, [bob]);
  await settle(...clients);
  await alice.connect({
    middle: {
      down({ header, payload }, pass) {
        if (header.kind === "room.created") alice.link?.cut();
        else pass(header, payload);
      },
    },
  });
  await assert.rejects(alice.client.rooms.lead.repair({ room, without: [] }));
  await alice.connect();
  await settle(alice, bob);
  // The keys of the new group are lost with the answer: it is repaired in its turn, by the same command.
  await alice.client.rooms.lead.repair({ room, without: [] });
  await settle(alice, bob, alice, bob);
  await say(alice, room, "here we are");
  await settle(bob);
  assert.deepEqual(await bob.received(), ["here we are"]);
});

Deno.test("SR-35: only an owner repairs, whatever the client says", async () => {
  await using place = await town(2);
  const { alice, bob, clients } = place;
  const room = await found(alice, [bob]);
  await settle(...clients);
  const info = await infoOf(bob, room);
  await assert.rejects(bob.client.rooms.lead.repair({ room, without: [] }), {
    code: "not-allowed",
  });
  const made = await makeRoomGroup(bob.messenger, bob.client.link, {
    guests: [alice.account],
    replaces: info.conversation,
  });
  const create = async (replaces: ConversationId) => {
    const { sizes, payload } = joinSections([made.groupInfo, made.entry]);
    const { conversation } = made;
    const fields = { conversation, members: ["alice"], forceNew: true, replaces, sizes };
    return await bob.client.link.ask("room.create", fields, payload);
  };
  await assert.rejects(create(info.conversation), { code: "not-allowed" });
  // Nor does an entry serve for another room than the one that it names.
  await assert.rejects(create(made.conversation), { code: "not-allowed" });
});

Deno.test("SR-35: a room that no owner made is not entered under a number of ours, whatever the server says", async () => {
  await using place = await town(3);
  const { alice, bob, carol: mallory, clients } = place;
  const room = await found(alice, [bob, mallory]);
  await settle(...clients);
  const trap = await found(mallory, [bob], { name: "trap" });
  const { conversation: old } = await infoOf(bob, room);
  const { conversation } = await infoOf(mallory, trap);
  // The server hides the room and shows the other one in its place.
  const relabel: Hooks = {
    down({ header, payload }, pass) {
      if (header.kind !== "room.listed" || !Array.isArray(header.rooms)) {
        return pass(header, payload);
      }
      const rooms = header.rooms.filter((one) => one.conversation === conversation)
        .map((one) => ({ ...one, room: Number(room.slice(1)), replaced: old }));
      pass({ ...header, rooms }, payload);
    },
  };
  await bob.connect({ middle: relabel });
  await settle(bob);
  assert.equal(bob.messenger.conversations.openWith(room)?.conversation, old);
  assert.equal(stateOf(bob, room), "out-of-step");
  assert.match((await lines(bob, room)).at(-1) ?? "", /shows another room under its number/);
  await bob.client.write(room, "secret");
  const [held] = await bob.client.flush();
  assert.equal(held.error?.code, "out-of-step");
});

/** What the server shows of a room now. */
async function shown({ client }: TestClient, conversation: ConversationId) {
  const { payload: groupInfo } = await client.link.ask("relay.group", { conversation });
  const { fields, payload } = await client.link.ask("room.entries", { conversation, after: 0 });
  return { groupInfo: groupInfo.slice(), entries: fields, list: payload.slice() };
}

Deno.test("SR-36: an invited device refuses a GroupInfo from before its invitation", async () => {
  await using place = await town(3);
  const { alice, bob, carol } = place;
  const room = await found(alice, [bob]);
  const { conversation } = await infoOf(alice, room);
  const old = await shown(alice, conversation);
  await settle(alice, bob);
  await carol.connect({
    middle: {
      down({ header, payload }, pass) {
        if (header.kind !== "relay.group-info") return pass(header, payload);
        pass({ ...header, epoch: 0 }, old.groupInfo);
      },
    },
  });
  await alice.client.rooms.invite(
    await infoOf(alice, room),
    await alice.client.findContact("carol"),
  );
  await settle(alice, carol);
  assert.equal(await carol.client.rooms.find(room), undefined);
  assert.deepEqual(await lines(carol, room), []);
  // An honest server lets it in.
  await carol.connect();
  await settle(carol, alice);
  assert.equal((await infoOf(carol, room)).role, "member");
});

Deno.test("SR-36: an invited device refuses a list of entries that ends before its invitation", async () => {
  await using place = await town(3);
  const { alice, bob, carol } = place;
  const room = await found(alice, [bob]);
  const { conversation } = await infoOf(alice, room);
  const old = await shown(alice, conversation);
  await settle(alice, bob);
  let isAsked = false;
  await carol.connect({
    middle: {
      down({ header, payload }, pass) {
        if (header.kind !== "room.entries-found") return pass(header, payload);
        isAsked = true;
        pass({ ...header, ...old.entries }, old.list);
      },
    },
  });
  await alice.client.rooms.invite(
    await infoOf(alice, room),
    await alice.client.findContact("carol"),
  );
  await settle(alice, carol);
  assert(isAsked);
  assert.equal(await carol.client.rooms.find(room), undefined);
});

Deno.test("SR-36: a commit whose GroupInfo nobody could join by does not leave the device that made it", async () => {
  await using place = await town(2);
  const { alice, bob, clients } = place;
  const room = await found(alice, [bob]);
  await settle(...clients);
  const { conversation } = await infoOf(alice, room);
  const group = await alice.messenger.groups.load(conversation);
  assert(group?.membershipLog !== undefined);
  const membershipLog = group.membershipLog;
  const { groupInfo } = await shown(alice, conversation);
  await tryDryJoin(alice.messenger, { groupInfo, next: group.state }, membershipLog);
  for (const at of [10, groupInfo.length - 5]) {
    const broken = groupInfo.slice();
    broken[at] ^= 1;
    await assert.rejects(
      tryDryJoin(alice.messenger, { groupInfo: broken, next: group.state }, membershipLog),
      { name: "CryptoError", code: "refused" },
    );
  }
});

Deno.test("SR-34: an order to remove that is over, or that names its reader, moves nobody and holds nothing up", async () => {
  await using place = await town(3);
  const { world, alice, bob, carol } = place;
  const room = await found(alice, [bob, carol]);
  await settle(alice, bob, carol);
  const order = async (account: AccountId) => {
    const { profile, groups } = alice.client.messenger;
    const membershipLog = await groups.membershipLogOf((await infoOf(alice, room)).conversation);
    assert(membershipLog !== undefined);
    const { groupId, version } = membershipLog;
    const id = systemRandom.bytes(16);
    return await signEntry(profile, { type: "removal", groupId, account, id, version });
  };
  const over = await order(carol.account);
  await alice.client.rooms.remove(await infoOf(alice, room), carol.account);
  await settle(alice, bob, carol);
  await world.clock.advance(1_000);
  const contact = await alice.client.findContact(carol.account);
  await alice.client.rooms.invite(await infoOf(alice, room), contact);
  await settle(alice, bob, carol, alice);
  for (const shown of [over, await order(bob.account)]) {
    let asked = 0;
    const middle: Hooks = {
      up({ header, payload }, pass, answer) {
        if (header.kind !== "room.wanted") return pass(header, payload);
        asked++;
        answer(
          { kind: "room.wanted-found", request: header.request, sizes: [shown.length] },
          shown,
        );
      },
      down({ header, payload }, pass) {
        if (header.kind !== "room.listed") return pass(header, payload);
        const rooms = (header.rooms as object[]).map((one) => ({ ...one, wanted: true }));
        pass({ ...header, rooms }, payload);
      },
    };
    await bob.disconnect();
    await bob.connect({ middle });
    await settle(bob, alice, carol);
    assert(asked > 0);
    assert.deepEqual((await infoOf(alice, room)).members, (await infoOf(bob, room)).members);
    assert.equal((await infoOf(bob, room)).members.size, 3);
  }
  await say(bob, room, "all three are here");
  await settle(alice, carol);
  for (const client of [alice, carol]) {
    assert.equal((await client.received()).at(-1), "all three are here");
  }
});

Deno.test("SR-36: an invited device refuses a list without entries, and asks an honest server again", async () => {
  await using place = await town(2);
  const { alice, bob } = place;
  const room = await found(alice, [bob]);
  for (const version of [0, 1]) {
    await bob.disconnect();
    let isAsked = false;
    await bob.connect({
      middle: {
        down({ header, payload }, pass) {
          if (header.kind !== "room.entries-found") return pass(header, payload);
          isAsked = true;
          pass({ ...header, version, sizes: [] });
        },
      },
    });
    await settle(bob);
    assert.equal(isAsked, true);
    assert.equal(await bob.client.rooms.find(room), undefined);
  }
  await bob.connect();
  await settle(bob, alice);
  assert.equal((await infoOf(bob, room)).role, "member");
});
