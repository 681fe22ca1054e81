/** Four people in a room, of whom one or the server is hostile. */

import assert from "node:assert/strict";
import type { Bytes } from "../../lib/base/bytes.ts";
import { newEnvelopeId, type RoomHandle } from "../../lib/base/ids.ts";
import { systemRandom } from "../../lib/base/random.ts";
import type { ChainFields } from "../../lib/client/store/chain.ts";
import { seal } from "../../lib/client/sending/sealer.ts";
import { encodePacket } from "../../lib/protocol/packet.ts";
import type { TestClient } from "./test_client.ts";
import { found, lines, say, settle, town } from "./town.ts";

export type Town = Awaited<ReturnType<typeof town>> & { readonly room: RoomHandle };

/** Four people in a room, in which dave has spoken. */
export async function openTown(): Promise<Town> {
  const place = await town(4);
  const { alice, bob, carol, dave, clients } = place;
  const room = await found(alice, [bob, carol, dave]);
  await settle(...clients);
  await say(dave, room, "dave is here");
  // Until every receipt is there too.
  await syncAll(clients);
  await syncAll(clients);
  return { ...place, room };
}

export async function syncAll(clients: readonly TestClient[]): Promise<void> {
  for (const { client } of clients) await client.sync();
}

export function conversationOf({ messenger }: TestClient, room: RoomHandle) {
  const conversation = messenger.conversations.openWith(room)?.conversation;
  assert(conversation !== undefined);
  return conversation;
}

/** Seals what an honest program would not. `change` gives the header beside the chain's fields. */
export async function forge(
  who: TestClient,
  room: RoomHandle,
  change: (chain: ChainFields) => Record<string, unknown>,
): Promise<void> {
  const sealed = await seal(who.messenger, conversationOf(who, room), [{
    envelope: newEnvelopeId(systemRandom),
    isDue: () => true,
    commit: () => {},
    payload: (chain) =>
      encodePacket({ kind: "receipt.delivered", items: [], ...chain, ...change(chain) }),
  }]);
  assert.equal(sealed, "sealed");
  await who.client.flush();
}

/** An envelope of bytes that nobody sealed. */
export async function sendNoise(who: TestClient, room: RoomHandle, body: Bytes): Promise<void> {
  const { messenger, client: { profile, link } } = who;
  const conversation = conversationOf(who, room);
  await link.ask("relay.send", {
    conversation,
    envelope: newEnvelopeId(systemRandom),
    number: profile.database.transaction(() => messenger.outbox.takeNumber()),
    epoch: messenger.groups.epochOf(conversation) ?? 0,
  }, body);
}

export function stateOf(client: TestClient, room: RoomHandle) {
  return client.messenger.conversations.openWith(room)?.state;
}

/** Lines of the room that came after `before`. */
export async function newLines(client: TestClient, room: RoomHandle, before: number) {
  return (await lines(client, room)).slice(before);
}

export async function countLines(client: TestClient, room: RoomHandle): Promise<number> {
  return (await lines(client, room)).length;
}

/** Each of them says something, and all others read and confirm it. */
export async function assertTalk(place: Town, who: readonly TestClient[]): Promise<void> {
  const texts = who.map((client) => `${client.account} goes on`);
  const ids: string[] = [];
  for (const [i, client] of who.entries()) ids.push(await say(client, place.room, texts[i]));
  await syncAll(who);
  await syncAll(who);
  for (const [i, client] of who.entries()) {
    const heard = (await client.received()).slice(1 - who.length);
    assert.deepEqual(heard, texts.toSpliced(i, 1), `${client.account} reads the others`);
    assert.equal(client.client.deliveryOf(ids[i]), "delivered", client.account);
  }
}
