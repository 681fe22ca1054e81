/** A household whose phone is lost, and what a hostile or forgetful server does for it. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { encodeHex } from "../../lib/base/bytes.ts";
import {
  type ConversationId,
  type DeviceId,
  newEnvelopeId,
  type Peer,
  type RoomHandle,
} from "../../lib/base/ids.ts";
import { systemRandom } from "../../lib/base/random.ts";
import { removeDevice } from "../../lib/client/devices/devices.ts";
import { propose } from "../../lib/client/groups/committing.ts";
import { ownDevice } from "../../lib/client/profile/profile.ts";
import { updateKeys } from "../../lib/crypto/mls/commit.ts";
import {
  packRemovals,
  readRemovals,
  type SignedRemovals,
} from "../../lib/crypto/mls/removed_devices.ts";
import { makeRevocationList } from "../../lib/crypto/statements/revocation.ts";
import { encodeCommitData } from "../../lib/crypto/room/commit_data.ts";
import { joinSections } from "../../lib/protocol/sections.ts";
import { PASSWORD } from "./machine.ts";
import type { Hooks } from "./man_in_the_middle.ts";
import { enterAsOld, type OldMember } from "./old_members.ts";
import { givePassword } from "./passwords.ts";
import { type TestClient, World } from "./test_client.ts";
import { found, settle } from "./town.ts";

export interface Home extends AsyncDisposable {
  readonly world: World;
  readonly alice: TestClient;
  readonly phone: TestClient;
  readonly bob: TestClient;
  readonly room: RoomHandle;
}

/** Alice at her desk, her phone, and bob, who talk in a direct conversation and in a room. */
export async function openHome(): Promise<Home> {
  const world = await World.open();
  const alice = await (await world.client("alice", 0)).connect();
  await givePassword(alice);
  const bob = await (await world.client("bob", 1)).connect();
  await alice.say(bob, "hello bob");
  const room = await found(alice, [bob]);
  await settle(bob, alice);
  const phone = await (await world.device("alice", 0)).connect();
  await settle(phone, alice, bob);
  const dispose = () => world[Symbol.asyncDispose]();
  return { world, alice, phone, bob, room, [Symbol.asyncDispose]: dispose };
}

export const deviceOf = ({ client }: TestClient) => client.profile.own.device;

/** The device as certificates and lists name it. */
export function nameOf({ client: { profile: { own } } }: TestClient) {
  const { account: accountId, device: deviceId, identity: { key: { fingerprint } } } = own;
  return { accountId, deviceId, identity: fingerprint };
}

/** Alice removes the phone, and everybody hears of it. */
export async function removePhone({ world, alice, phone, bob }: Home): Promise<void> {
  const handshake = await world.greet();
  await removeDevice(alice.messenger, handshake, { device: deviceOf(phone), password: PASSWORD });
  await handshake.link.close();
  await settle(alice, bob);
}

/** What whoever has the account's identity key may sign: no password is needed for it. */
export async function signAway(
  { client: { profile: { own } } }: TestClient,
  { sequence, devices }: { sequence: number; devices: readonly DeviceId[] },
): Promise<SignedRemovals> {
  const { account: accountId, identity, serverId } = own;
  const list = await makeRevocationList(identity, serverId, { accountId, sequence, devices });
  const read = await readRemovals(packRemovals(identity.key, list), serverId);
  assert(read !== undefined);
  return read;
}

/** A key update of a device, whose leaf carries these lists. */
export async function carry(
  { messenger, client }: TestClient,
  conversation: ConversationId,
  lists: readonly SignedRemovals[],
): Promise<void> {
  const proposed = await propose(messenger, conversation, {
    make: (state, context) => updateKeys(state, { ...context, removals: lists }),
  });
  assert.equal(proposed, "proposed");
  await client.flush();
}

/** The server has forgotten the removal: as after a restore, or because it wants to. */
export function forget({ server }: World, gone: TestClient): void {
  const database = new DatabaseSync(join(server.folder, "server.db"));
  try {
    database.exec("PRAGMA busy_timeout = 5000");
    database.prepare("UPDATE device SET removed = 0, signed_in = 1 WHERE device = ?")
      .run(deviceOf(gone));
    database.prepare("UPDATE account SET revocation = NULL, revocation_sequence = 0").run();
  } finally {
    database.close();
  }
}

export function conversationOf({ messenger }: TestClient, peer: Peer) {
  const conversation = messenger.conversations.openWith(peer)?.conversation;
  assert(conversation !== undefined);
  return conversation;
}

export async function groupOf(client: TestClient, peer: Peer) {
  const group = await client.messenger.groups.load(conversationOf(client, peer));
  assert(group !== undefined);
  return group;
}

export const transcriptOf = async (client: TestClient, peer: Peer) =>
  encodeHex((await groupOf(client, peer)).state.transcriptHash);

export async function isIn(client: TestClient, peer: Peer, device: TestClient): Promise<boolean> {
  const { members } = (await groupOf(client, peer)).state;
  return members.some(({ deviceId }) => deviceId === deviceOf(device));
}

/** It keeps the lists from who asks. */
export const withholding: Hooks = {
  down({ header, payload }, pass) {
    if (header.kind !== "keys.account-found") return pass(header, payload);
    const [entry, rotation] = header.sizes as number[];
    pass({ ...header, sizes: [entry, rotation, 0, 0] }, payload.slice(0, entry + rotation));
  },
};

/** The same as below by the server's own routes: what a program from before the lists asks. */
export async function askToComeIn(
  device: TestClient,
  witness: TestClient,
  peer: Peer,
): Promise<void> {
  const { conversation, membershipLog } = await groupOf(witness, peer);
  const { link, profile } = device.client;
  const { fields, payload: info } = await link.ask("relay.group", { conversation });
  const data = membershipLog && encodeCommitData(membershipLog);
  const { commit, member } = await enterAsOld(ownDevice(profile), info.slice(), data);
  const { sizes, payload } = joinSections([commit, await member.groupInfo(), new Uint8Array(0)]);
  const all = {
    conversation,
    envelope: newEnvelopeId(systemRandom),
    number: device.messenger.outbox.takeNumber(),
    epoch: fields.epoch,
    joins: true,
    removed: [],
    sizes,
  };
  if (membershipLog === undefined) await link.ask("relay.commit", { ...all, added: [] }, payload);
  else await link.ask("room.commit", { ...all, version: membershipLog.version }, payload);
}

/** Of the account of a device, as the server has it. */
export async function generationOf({ world, account }: TestClient): Promise<number> {
  return (await world.server.parts.store.findAccount(account))?.generation ?? 0;
}

/**
 * A device comes in as a program from before the lists does, through a server that judges nothing: its store takes the
 * commit. `witness` is a member whose side of the conversation names it.
 */
export async function comeInAnyhow(
  device: TestClient,
  witness: TestClient,
  peer: Peer,
): Promise<OldMember> {
  const { store, clock } = device.world.server.parts;
  const { conversation, state, membershipLog } = await groupOf(witness, peer);
  const account = device.account;
  const group = await store.findGroup({ conversation, account });
  assert(group !== undefined && group.epoch === state.epoch);
  const data = membershipLog && encodeCommitData(membershipLog);
  const entered = await enterAsOld(ownDevice(device.client.profile), group.groupInfo, data);
  const submission = {
    conversation,
    account,
    device: deviceOf(device),
    envelope: newEnvelopeId(systemRandom),
    number: 1_000_000 + group.epoch,
    epoch: group.epoch,
    generation: await generationOf(device),
    nowMs: clock.nowMs(),
    joins: true,
    removed: [],
    body: entered.commit,
    groupInfo: await entered.member.groupInfo(),
  };
  const outcome = membershipLog === undefined
    ? await store.commit({ ...submission, added: [], welcome: undefined })
    : await store.commitToRoom({
      ...submission,
      change: {
        version: membershipLog.version,
        entry: undefined,
        admits: undefined,
        expels: undefined,
      },
    });
  assert.equal(outcome.result, "committed");
  return entered.member;
}

/** What the server has of a conversation, in its order. */
function logOf({ world }: Home, conversation: ConversationId) {
  const database = new DatabaseSync(join(world.server.folder, "server.db"), { readOnly: true });
  try {
    const rows = database.prepare(
      `SELECT e.type, e.epoch, e.body FROM envelope e JOIN conversation c ON c.id = e.conversation
        WHERE c.conversation = ? ORDER BY e.seq`,
    ).all(conversation);
    // What everybody has read has no body any more.
    return rows.map(({ type, epoch, body }) => ({
      type,
      epoch: Number(epoch),
      body: body instanceof Uint8Array ? body.slice() : undefined,
    }));
  } finally {
    database.close();
  }
}

/** An old program reads all commits since it came in. */
export async function follow(
  home: Home,
  old: OldMember,
  conversation: ConversationId,
): Promise<void> {
  for (const { type, epoch, body } of logOf(home, conversation)) {
    if (type !== "commit" || epoch < Number(old.state.groupContext.epoch)) continue;
    assert(body !== undefined);
    await old.apply(body);
  }
}
