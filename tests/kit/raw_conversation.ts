/** Conversations between raw clients: the server cannot tell sealed bytes from any others. */

import { type Bytes, utf8 } from "../../lib/base/bytes.ts";
import { type ConversationId, newConversationId, newEnvelopeId } from "../../lib/base/ids.ts";
import { systemRandom } from "../../lib/base/random.ts";
import type { Packet } from "../../lib/protocol/packet.ts";
import { joinSections } from "../../lib/protocol/sections.ts";
import { type RawAccount, ready, registered } from "./raw_account.ts";
import type { RawClient } from "./raw_client.ts";
import type { TestServer } from "./test_server.ts";

/** A connected device that counts its outbox numbers. */
export class RawMember {
  readonly account: RawAccount;
  client: RawClient;
  #number = 0;

  constructor(account: RawAccount, client: RawClient) {
    this.account = account;
    this.client = client;
  }

  /** What every submission carries. */
  submission(conversation: ConversationId, epoch = 1) {
    const envelope = newEnvelopeId(systemRandom);
    return { conversation, envelope, number: ++this.#number, epoch };
  }

  send(conversation: ConversationId, body: Bytes | string, epoch = 1): Promise<Packet> {
    const payload = typeof body === "string" ? utf8(body) : body;
    return this.client.ask("relay.send", this.submission(conversation, epoch), payload);
  }

  acknowledge(conversation: ConversationId, seq: number): void {
    this.client.send({ kind: "relay.acknowledge", conversation, seq });
  }

  /** Subscribes and takes everything that waits. */
  async subscribe(): Promise<Packet[]> {
    await this.client.get("relay.subscribe");
    await this.client.next("relay.caught-up");
    return this.client.waiting.filter(({ header }) => header.kind === "relay.envelope");
  }
}

export interface RawPair {
  readonly alice: RawMember;
  readonly bob: RawMember;
  readonly conversation: ConversationId;
}

/** Alice and Bob, ready, with the conversation that Alice opened. Nobody is subscribed. */
export async function openPair(server: TestServer): Promise<RawPair> {
  const accounts = [
    await registered(server, "alice"),
    await registered(server, "bob", { which: 1 }),
  ];
  const [alice, bob] = await Promise.all(
    accounts.map(async (account) => new RawMember(account, await ready(server, account))),
  );
  const conversation = newConversationId(systemRandom);
  const opened = await open(alice, bob.account, conversation);
  if (opened.header.opened !== true) throw new Error(JSON.stringify(opened.header));
  return { alice, bob, conversation };
}

export async function open(
  from: RawMember,
  to: RawAccount,
  conversation: ConversationId,
  fields: object = {},
): Promise<Packet> {
  const { sizes, payload } = joinSections([utf8("welcome"), utf8("group info")]);
  const peer = to.person.accountName;
  const added = to.device.id;
  const request = { ...from.submission(conversation), peer, added, sizes, ...fields };
  return await from.client.ask("relay.open", request, payload);
}

/** The texts of envelopes. */
export function texts(envelopes: readonly Packet[]): string[] {
  return envelopes.map(({ payload }) => new TextDecoder().decode(payload));
}
