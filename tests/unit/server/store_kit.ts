/** Ready-made inputs for tests of the store: ids by number, accounts with a device, a direct conversation. */

import assert from "node:assert/strict";
import { parseAccountName, skeleton } from "../../../lib/base/account_name.ts";
import { type Bytes, utf8 } from "../../../lib/base/bytes.ts";
import {
  type AccountId,
  type ConversationId,
  type DeviceId,
  type EnvelopeId,
  type Fingerprint,
  parseConversationId,
  parseDeviceId,
  parseEnvelopeId,
  parseFingerprint,
  parseUploadId,
  type UploadId,
} from "../../../lib/base/ids.ts";
import type { NewDevice } from "../../../lib/server/store/device_store.ts";
import type { Member, MessageLog, Submission } from "../../../lib/relay/message_log.ts";
import type { MailboxLimits } from "../../../lib/relay/log_rules.ts";
import type { NewAccount } from "../../../lib/server/store/account_store.ts";
import type { Store } from "../../../lib/server/store/store.ts";

export const START_MS = 1_700_000_000_000;
export const DAY_MS = 24 * 60 * 60 * 1000;
export const NO_LIMITS: MailboxLimits = { perDeviceBytes: 2 ** 40, perSenderBytes: 2 ** 40 };

function made<Id>(id: Id | undefined): Id {
  assert(id !== undefined);
  return id;
}

const digits = (value: number, lengthBytes: number) =>
  value.toString(16).padStart(2 * lengthBytes, "0");

export const deviceId = (n: number): DeviceId => made(parseDeviceId(digits(n, 16)));
export const conversationId = (n: number): ConversationId =>
  made(parseConversationId(digits(n, 32)));
export const envelopeId = (n: number): EnvelopeId => made(parseEnvelopeId(digits(n, 16)));
export const uploadId = (n: number): UploadId => made(parseUploadId(digits(n, 16)));
export const fingerprintOf = (n: number): Fingerprint => made(parseFingerprint(digits(n, 32)));

export function accountId(name: string): AccountId {
  const parsed = parseAccountName(name);
  assert(parsed.ok);
  return parsed.id;
}

export function newDevice(n: number): NewDevice {
  return {
    device: deviceId(n),
    certificate: utf8(`certificate ${n}`),
    certificateHash: fingerprintOf(n),
  };
}

export function newAccount(name: string, device: number, tokenHash?: Bytes): NewAccount {
  const parsed = parseAccountName(name);
  assert(parsed.ok);
  return {
    account: parsed.id,
    name: parsed.name,
    skeleton: skeleton(parsed.name),
    identity: fingerprintOf(device),
    rosterEntry: utf8(`roster entry of ${name}`),
    recoveryCopy: utf8(`recovery copy of ${name}`),
    passwordRecord: `record of ${name}`,
    firstDevice: newDevice(device),
    ...(tokenHash === undefined ? {} : { tokenHash }),
    nowMs: START_MS,
  };
}

/** An account with one device, registered. */
export async function join(store: Store, name: string, device: number): Promise<Member> {
  assert.equal(await store.createAccount(newAccount(name, device)), "created");
  return { account: accountId(name), device: deviceId(device) };
}

/** One more device of an account. */
export async function link(store: Store, { account }: Member, device: number): Promise<Member> {
  const added = await store.addDevice({ account, device: newDevice(device), nowMs: START_MS });
  assert.equal(added, "added");
  return { account, device: deviceId(device) };
}

/** Makes submissions of one device with running numbers and fresh envelope ids. */
export class Writer {
  readonly member: Member;
  /** The account's, as far as it knows. */
  generation = 0;
  #number = 0;

  constructor(member: Member) {
    this.member = member;
  }

  submission(conversation: ConversationId, epoch: number, nowMs = START_MS): Submission {
    const number = ++this.#number;
    const device = parseInt(this.member.device, 16);
    // Distinct over devices and numbers.
    return {
      conversation,
      ...this.member,
      generation: this.generation,
      envelope: envelopeId(device * 1_000_000 + number),
      number,
      epoch,
      nowMs,
    };
  }

  message(conversation: ConversationId, epoch: number, text = "sealed") {
    return { ...this.submission(conversation, epoch), body: utf8(text), limits: NO_LIMITS };
  }

  commit(conversation: ConversationId, epoch: number) {
    return {
      ...this.submission(conversation, epoch),
      joins: false,
      added: [] as readonly Member[],
      removed: [] as readonly Member[],
      body: utf8(`commit of ${epoch}`),
      groupInfo: utf8(`group info of ${epoch + 1}`),
      welcome: undefined as Bytes | undefined,
    };
  }

  opening(conversation: ConversationId, peer: Member) {
    return {
      ...this.submission(conversation, 1),
      peer: peer.account,
      added: peer.device,
      replaces: undefined as ConversationId | undefined,
      welcome: utf8("welcome"),
      groupInfo: utf8("group info of 1"),
    };
  }
}

/** Alice and Bob with a conversation at epoch 1, in which Bob has the Welcome before him. */
export async function openPair(store: Store): Promise<
  { alice: Writer; bob: Writer; conversation: ConversationId }
> {
  const alice = new Writer(await join(store, "alice", 1));
  const bob = new Writer(await join(store, "bob", 2));
  const conversation = conversationId(1);
  const opened = await store.openDirect(alice.opening(conversation, bob.member));
  assert.deepEqual(opened, { result: "opened", seq: 1 });
  return { alice, bob, conversation };
}

/** Everything that waits for a device in a conversation, as `type:text`. */
export async function read(
  store: Pick<MessageLog, "fetch">,
  device: DeviceId,
  conversation: ConversationId,
): Promise<string[]> {
  const page = await store.fetch({
    device,
    conversation,
    afterSeq: 0,
    limit: 1000,
    maxBytes: 2 ** 30,
  });
  return page.map(({ type, body }) => `${type}:${new TextDecoder().decode(body)}`);
}

/** A database path in a folder of its own, which is deleted at the end. */
export async function temporaryDatabase(): Promise<AsyncDisposable & { readonly path: string }> {
  await Deno.mkdir("tests/tmp", { recursive: true });
  const folder = await Deno.makeTempDir({ dir: "tests/tmp", prefix: "store-" });
  return {
    path: `${folder}/server.db`,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}
