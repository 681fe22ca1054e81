/** A server that lets a removed device in again, by malice or because it was restored (SR-10, SR-12, docs/removed-devices.md). */

import assert from "node:assert/strict";
import { newEnvelopeId, newStreamId, type Peer } from "../../../lib/base/ids.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { removeDevice } from "../../../lib/client/devices/devices.ts";
import { seal } from "../../../lib/client/sending/sealer.ts";
import { openWriter } from "../../../lib/client/streams/sending.ts";
import { encodeCommitData } from "../../../lib/crypto/room/commit_data.ts";
import {
  askToComeIn,
  comeInAnyhow,
  conversationOf,
  deviceOf,
  follow,
  forget,
  generationOf,
  groupOf,
  type Home,
  isIn,
  nameOf,
  openHome,
  removePhone,
  transcriptOf,
  withholding,
} from "../../kit/lost_phone.ts";
import { PASSWORD } from "../../kit/machine.ts";
import type { OldMember } from "../../kit/old_members.ts";
import { lines, say, settle } from "../../kit/town.ts";

const LET_IN = "the server let a removed device in again";

for (const where of ["direct conversation", "room"] as const) {
  const peersOf = ({ alice, bob, room }: Home) =>
    where === "room"
      ? { atBob: room as Peer, atAlice: room as Peer }
      : { atBob: alice.account as Peer, atAlice: bob.account as Peer };

  Deno.test(`SR-10: a server helps a removed device back into a ${where}: no member follows, and it reads nothing`, async () => {
    await using home = await openHome();
    const { world, alice, phone, bob } = home;
    const { atBob } = peersOf(home);
    await removePhone(home);
    await alice.disconnect();
    // Nobody has heard of it from the server: bob knows what the group has agreed on.
    forget(world, phone);
    await comeInAnyhow(phone, bob, atBob);
    await bob.client.sync();
    assert.equal(await isIn(bob, atBob, phone), false);
    const said = (await bob.entries()).filter(({ kind, peer }) =>
      kind === "notice" && peer === atBob
    )
      .map(({ text }) => text);
    assert(said.includes("A device that alice removed tried to come back in"), said.join("\n"));
    assert(said.at(-1)?.includes(LET_IN), said.join("\n"));
    const id = await bob.client.write(atBob, "SECRET after the removal");
    const [held] = await bob.client.flush();
    assert.equal(held.error?.code, "out-of-step");
    assert.equal(bob.client.deliveryOf(id), "queued");
  });

  Deno.test(`SR-10, SR-58: a server that has forgotten the removal does not let it into a ${where}, by what the members agreed on`, async () => {
    await using home = await openHome();
    const { world, alice, phone, bob } = home;
    const { atBob, atAlice } = peersOf(home);
    await removePhone(home);
    forget(world, phone);
    phone.client.profile.database.command("UPDATE conversation SET state = 'closed'").run();
    await phone.connect();
    await assert.rejects(askToComeIn(phone, bob, atBob), { code: "device-removed" });
    // Another device of the account may, by the same request.
    const laptop = await (await world.device("alice", 0)).connect();
    await askToComeIn(laptop, bob, atBob);
    await settle(bob, alice);
    assert(await isIn(bob, atBob, laptop));
    for (const [client, peer] of [[bob, atBob], [alice, atAlice]] as const) {
      assert.equal(await isIn(client, peer, phone), false);
      assert.equal(client.messenger.conversations.openWith(peer)?.state, "active");
    }
    await bob.client.write(atBob, "for the desk alone");
    await bob.client.flush();
    await alice.client.sync();
    assert.equal((await alice.received()).at(-1), "for the desk alone");
    assert.equal((await phone.received()).includes("for the desk alone"), false);
  });
}

Deno.test("SR-10: who came into a room after the removal refuses the device as well, and all stay in one group", async () => {
  await using home = await openHome();
  const { world, alice, phone, bob, room } = home;
  await removePhone(home);
  const carol = await (await world.client("carol", 2)).connect();
  const info = await alice.client.rooms.find(room);
  assert(info !== undefined);
  await alice.client.rooms.invite(info, await alice.client.findContact("carol"));
  await settle(alice, carol, bob, alice);
  const tablet = await (await world.device("bob", 1)).connect();
  await settle(tablet, bob, alice, carol);
  const before = await transcriptOf(bob, room);
  await alice.disconnect();
  forget(world, phone);
  await comeInAnyhow(phone, bob, room);
  await settle(bob, carol, tablet);
  for (const client of [bob, carol, tablet]) {
    assert.equal(await transcriptOf(client, room), before);
    assert.equal(client.messenger.conversations.openWith(room)?.state, "out-of-step");
  }
});

Deno.test("SR-10: linked anew, with new keys, the same person's device comes in and reads on", async () => {
  await using home = await openHome();
  const { world, alice, bob, room } = home;
  await removePhone(home);
  const again = await (await world.device("alice", 0)).connect();
  await settle(again, alice, bob);
  assert(await isIn(bob, alice.account, again) && await isIn(bob, room, again));
  await say(bob, room, "welcome back");
  await bob.say(alice, "and here");
  await again.client.sync();
  assert.deepEqual((await again.received()).toSorted(), ["and here", "welcome back"]);
});

Deno.test("SR-12: beside an old program a removed device comes back into a direct conversation: nothing is said before it is out", async () => {
  await using home = await openHome();
  const { world, alice, phone, bob } = home;
  const laptop = await world.device("alice", 0);
  const old = await comeInAnyhow(laptop, bob, alice.account);
  await settle(bob, alice);
  // Bob has it from the commit alone.
  await bob.connect({ middle: withholding });
  await removePhone(home);
  await alice.disconnect();
  forget(world, phone);
  const thief = await comeInAnyhow(phone, bob, alice.account);
  const { epoch } = thief.state.groupContext;
  await bob.client.sync();
  const said = (await bob.entries()).filter(({ kind }) => kind === "notice").map(({ text }) =>
    text
  );
  assert(said.includes("A device of alice joined by itself"), said.join("\n"));
  assert(
    said.includes(
      "A device that alice removed came back in. No messages are sent here until it is out again",
    ),
    said.join("\n"),
  );
  const id = await bob.say(alice, "SECRET after the removal");
  assert.equal(await isIn(bob, alice.account, phone), false);
  assert.equal(bob.client.deliveryOf(id), "sent");
  // Sealed in an epoch that the thief is not in; the old program went all the way with the others.
  assert((await groupOf(bob, alice.account)).state.epoch > Number(epoch));
  await follow(home, old, conversationOf(bob, alice.account));
  assert.equal(old.transcript, await transcriptOf(bob, alice.account));
});

Deno.test("SR-10, SR-12: beside an old program a room is held while a removed device is in it, until its account puts it out", async () => {
  await using home = await openHome();
  const { world, alice, phone, bob, room } = home;
  const laptop = await world.device("alice", 0);
  const old = await comeInAnyhow(laptop, bob, room);
  await settle(bob, alice);
  await removePhone(home);
  await alice.disconnect();
  forget(world, phone);
  await comeInAnyhow(phone, bob, room);
  await bob.client.sync();
  assert(await isIn(bob, room, phone));
  assert((await lines(bob, room)).includes("A device of alice joined by itself"));
  const id = await bob.client.write(room, "SECRET after the removal");
  const [held] = await bob.client.flush();
  assert.equal(held.error?.code, "removed-device");
  assert.equal(bob.client.deliveryOf(id), "queued");
  // Nor by a process that had not looked before.
  const sealing = {
    envelope: newEnvelopeId(systemRandom),
    payload: () => new Uint8Array(1),
    isDue: () => true,
    commit: () => {},
  };
  const conversation = conversationOf(bob, room);
  assert.equal(await seal(bob.messenger, conversation, [sealing]), "held");
  // A stream that runs ends before a picture of it is sealed for the device.
  const writer = openWriter(bob.messenger, conversation, newStreamId(systemRandom));
  await assert.rejects(writer.prove(0), { name: "MediaError", code: "removed-device" });

  await alice.connect();
  await settle(alice, bob, alice);
  for (const client of [alice, bob]) assert.equal(await isIn(client, room, phone), false);
  await bob.client.flush();
  await settle(alice, bob);
  assert.equal(bob.client.deliveryOf(id), "delivered");
  assert.equal((await alice.received()).at(-1), "SECRET after the removal");
  await follow(home, old, conversationOf(bob, room));
  assert.equal(old.transcript, await transcriptOf(bob, room));
});

Deno.test("SR-12: what the server refused as too old is not sealed anew for a removed device that came in meanwhile", async () => {
  await using home = await openHome();
  const { world, alice, phone, bob } = home;
  const laptop = await world.device("alice", 0);
  await comeInAnyhow(laptop, bob, alice.account);
  await settle(bob, alice);
  await removePhone(home);
  await alice.disconnect();
  forget(world, phone);
  let thief: OldMember | undefined;
  const epochs = new Set<number>();
  // Bob seals in the epoch without the thief, and does not get it off before the thief is in.
  await bob.disconnect();
  await bob.client.write(alice.account, "SECRET after the removal");
  await bob.connect({
    middle: {
      async up({ header, payload }, pass, answer) {
        if (header.kind !== "relay.send") return pass(header, payload);
        thief ??= await comeInAnyhow(phone, bob, alice.account);
        const { request } = header;
        const epoch = Number(thief.state.groupContext.epoch);
        epochs.add(Number(header.epoch) - epoch);
        if (Number(header.epoch) >= epoch) return pass(header, payload);
        answer({ kind: "failure", request, code: "stale-epoch", message: "Too late", epoch });
      },
    },
  });
  await bob.client.flush();
  await settle(bob);
  assert.equal(await isIn(bob, alice.account, phone), false);
  await bob.client.flush();
  // In the epoch before the thief came, and in the one after it was out; never in its own.
  assert.deepEqual([...epochs], [-1, 1]);
});

Deno.test("SR-10: whoever sees a device removed by an old program asks the server for the account's list", async () => {
  await using home = await openHome();
  const { world, alice, phone, bob, room } = home;
  const laptop = await world.device("alice", 0);
  const old = await comeInAnyhow(laptop, bob, room);
  await settle(bob, alice);
  const { conversation, state, membershipLog } = await groupOf(bob, room);
  assert(membershipLog !== undefined);
  await alice.disconnect();
  // The old program removes the phone by the account's list, and its commit carries none.
  const handshake = await world.greet();
  await removeDevice(laptop.messenger, handshake, { device: deviceOf(phone), password: PASSWORD });
  await handshake.link.close();
  const about = nameOf(phone);
  const { revocations } = bob.messenger.directory;
  assert.equal(revocations.isRevoked(about), false);
  const leaves = state.members.filter(({ deviceId }) => deviceId === deviceOf(phone));
  const body = await old.remove(
    leaves.map(({ leafIndex }) => leafIndex),
    encodeCommitData(membershipLog),
  );
  const { store, clock } = world.server.parts;
  const { result } = await store.commitToRoom({
    conversation,
    account: alice.account,
    device: deviceOf(laptop),
    envelope: newEnvelopeId(systemRandom),
    number: 2_000_000,
    generation: await generationOf(alice),
    epoch: state.epoch,
    nowMs: clock.nowMs(),
    joins: false,
    removed: [],
    body,
    groupInfo: await old.groupInfo(),
    change: {
      version: membershipLog.version,
      entry: undefined,
      admits: undefined,
      expels: undefined,
    },
  });
  assert.equal(result, "committed");
  await bob.client.sync();
  assert.equal(await isIn(bob, room, phone), false);
  assert(revocations.isRevoked(about));
});
