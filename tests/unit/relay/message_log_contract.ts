/** What every `MessageLog` must do for two accounts with a device each, whatever is behind it. */

import assert from "node:assert/strict";
import { utf8 } from "../../../lib/base/bytes.ts";
import { ENVELOPE_OVERHEAD_BYTES } from "../../../lib/relay/log_rules.ts";
import type { MessageLog } from "../../../lib/relay/message_log.ts";
import {
  accountId,
  conversationId,
  deviceId,
  read,
  START_MS,
  Writer,
} from "../server/store_kit.ts";

/** Alice (device 1) and Bob (device 2) are known to the log; nothing was said. */
export interface LogScene {
  readonly log: MessageLog;
  readonly alice: Writer;
  readonly bob: Writer;
}

type Run = (scene: LogScene) => Promise<void>;
const TESTS: [name: string, run: Run][] = [];
const test = (...declared: [name: string, run: Run]) => TESTS.push(declared);

const FIRST = conversationId(1);
const [ALICE, BOB] = [deviceId(1), deviceId(2)];

/** Declares the tests. */
export function messageLogContract(
  implementation: string,
  withLog: (run: (log: MessageLog) => Promise<void>) => Promise<void>,
): void {
  for (const [name, run] of TESTS) {
    Deno.test(`${name} (${implementation})`, () =>
      withLog(async (log) => {
        const alice = new Writer({ account: accountId("alice"), device: ALICE });
        const bob = new Writer({ account: accountId("bob"), device: BOB });
        await run({ log, alice, bob });
      }));
  }
}

async function open({ log, alice, bob }: LogScene): Promise<void> {
  const opened = await log.openDirect(alice.opening(FIRST, bob.member));
  assert.deepEqual(opened, { result: "opened", seq: 1 });
}

async function say({ log }: LogScene, writer: Writer, text: string, epoch = 1): Promise<number> {
  const said = await log.append(writer.message(FIRST, epoch, text));
  assert(said.result === "appended");
  return said.seq;
}

test("SR-19: two accounts have one conversation, the first that was opened", async (scene) => {
  const { log, alice, bob } = scene;
  const opening = alice.opening(FIRST, bob.member);
  assert.deepEqual(await log.openDirect(opening), { result: "opened", seq: 1 });
  assert.deepEqual(await log.openDirect(opening), { result: "known", seq: 1 });
  const second = bob.opening(conversationId(2), alice.member);
  const taken = { result: "taken", conversation: FIRST };
  assert.deepEqual(await log.openDirect(second), taken);
  const wrong = { ...bob.opening(conversationId(3), alice.member), replaces: conversationId(2) };
  assert.deepEqual(await log.openDirect(wrong), taken);
  assert.deepEqual(await read(log, BOB, FIRST), ["welcome:welcome"]);
  const summary = { conversation: FIRST, epoch: 1, member: true };
  assert.deepEqual(await log.listConversations(bob.member), [
    { ...summary, peer: alice.member.account, welcome: true },
  ]);
  assert.deepEqual(await log.listConversations(alice.member), [
    { ...summary, peer: bob.member.account, welcome: false },
  ]);
  await log.acknowledge({ device: BOB, conversation: FIRST, seq: 1 });
  assert.deepEqual(await log.listConversations(bob.member), [
    { ...summary, peer: alice.member.account, welcome: false },
  ]);
});

test("SR-18: a conversation that was replaced takes nothing more, keeps what waits, and its id", async (scene) => {
  const { log, alice, bob } = scene;
  await open(scene);
  await say(scene, alice, "one");
  const next = { ...bob.opening(conversationId(2), alice.member), replaces: FIRST };
  assert.deepEqual(await log.openDirect(next), { result: "opened", seq: 1 });
  assert.deepEqual(await log.append(alice.message(FIRST, 1)), { result: "not-member" });
  assert.deepEqual(await log.commit(alice.commit(FIRST, 1)), { result: "not-member" });
  assert.deepEqual(await read(log, BOB, FIRST), ["welcome:welcome", "message:one"]);
  assert.deepEqual(await log.listWaiting(BOB), [{ conversation: FIRST, afterSeq: 0 }]);
  const { account } = bob.member;
  assert.equal(await log.findGroup({ conversation: FIRST, account }), undefined);
  const again = { ...alice.opening(FIRST, bob.member), replaces: conversationId(2) };
  await assert.rejects(log.openDirect(again), { name: "Refusal", code: "bad-message" });
  assert.deepEqual((await log.listConversations(bob.member)).map((one) => one.conversation), [
    conversationId(2),
  ]);
});

test("a conversation is opened with a device that is there, and replaces only one that is", async ({ log, alice, bob }) => {
  const opening = alice.opening(FIRST, { ...bob.member, device: deviceId(9) });
  assert.deepEqual(await log.openDirect(opening), { result: "unknown-device" });
  const replacing = { ...alice.opening(FIRST, bob.member), replaces: conversationId(2) };
  await assert.rejects(log.openDirect(replacing), { code: "unknown-conversation" });
  assert.deepEqual(await log.listConversations(alice.member), []);
});

test("messages come in order to the other one, and not to their sender", async (scene) => {
  const { log, alice, bob } = scene;
  await open(scene);
  const message = { ...alice.message(FIRST, 1, "one"), nowMs: START_MS + 7 };
  const [first, second] = [log.append(message), log.append(bob.message(FIRST, 1, "two"))];
  const { listVersion: _version, ...told } = await first as { listVersion?: number };
  assert.deepEqual(told, {
    ...{ result: "appended", seq: 2, atMs: START_MS + 7, place: undefined },
    recipients: [bob.member],
  });
  assert.equal((await second).result, "appended");
  assert.deepEqual(await read(log, ALICE, FIRST), ["message:two"]);
  assert.deepEqual(await read(log, BOB, FIRST), ["welcome:welcome", "message:one"]);
  const [envelope] = await log.fetch({
    ...{ device: BOB, conversation: FIRST, afterSeq: 1, limit: 9, maxBytes: 999 },
  });
  assert.deepEqual(envelope, {
    ...{ conversation: FIRST, seq: 2, envelope: message.envelope, type: "message", epoch: 1 },
    ...{ ...alice.member, atMs: START_MS + 7, place: undefined, body: utf8("one") },
  });
  assert.deepEqual([await log.countWaiting(ALICE), await log.countWaiting(BOB)], [1, 2]);
});

test("what is fetched is bounded in number and bytes, but for the first one", async (scene) => {
  const { log, alice } = scene;
  await open(scene);
  for (const text of ["one", "two", "six"]) await say(scene, alice, text);
  const texts = async (afterSeq: number, limit: number, maxBytes: number) => {
    const page = { device: BOB, conversation: FIRST, afterSeq, limit, maxBytes };
    return (await log.fetch(page)).map(({ seq }) => seq);
  };
  assert.deepEqual(await texts(1, 2, 2 ** 30), [2, 3]);
  assert.deepEqual(await texts(1, 9, 1), [2]);
  const two = 2 * (ENVELOPE_OVERHEAD_BYTES + 3);
  assert.deepEqual(await texts(1, 9, two), [2, 3]);
  assert.deepEqual(await texts(1, 9, two - 1), [2]);
  assert.deepEqual(await texts(3, 9, 2 ** 30), [4]);
  const other = { conversation: FIRST, afterSeq: 0, limit: 9, maxBytes: 9 };
  assert.deepEqual(await log.fetch({ ...other, device: deviceId(9) }), []);
  assert.deepEqual(await log.fetch({ ...other, device: BOB, conversation: conversationId(2) }), []);
});

test("SR-24: what was acknowledged waits no more, and nothing comes back", async (scene) => {
  const { log, alice } = scene;
  await open(scene);
  for (const text of ["one", "two"]) await say(scene, alice, text);
  const acknowledge = (device = BOB, seq = 2, conversation = FIRST) =>
    log.acknowledge({ device, conversation, seq });
  await acknowledge(ALICE, 9);
  await acknowledge(deviceId(9), 9);
  await acknowledge(BOB, 9, conversationId(2));
  assert.equal(await log.countWaiting(BOB), 3);
  await acknowledge();
  assert.deepEqual(await read(log, BOB, FIRST), ["message:two"]);
  assert.deepEqual(await log.listWaiting(BOB), [{ conversation: FIRST, afterSeq: 2 }]);
  await acknowledge(BOB, 1);
  assert.deepEqual(await read(log, BOB, FIRST), ["message:two"]);
  await acknowledge(BOB, 99);
  assert.deepEqual(await log.listWaiting(BOB), []);
  assert.equal((await log.listConversations({ ...alice.member, device: BOB }))[0]?.welcome, false);
  await say(scene, alice, "three");
  assert.deepEqual(await read(log, BOB, FIRST), ["message:three"]);
});

test("SR-20: what is submitted again is stored once, and answered as before", async (scene) => {
  const { log, alice, bob } = scene;
  await open(scene);
  const message = alice.message(FIRST, 1, "once");
  const commit = bob.commit(FIRST, 1);
  const [first, again] = [await log.append(message), await log.append(message)];
  assert(first.result === "appended");
  const known = { result: "known", seq: 2, atMs: START_MS, place: undefined };
  assert.deepEqual(again, known);
  assert.equal((await log.commit(commit)).result, "committed");
  for (let epoch = 2; epoch < 6; epoch++) await log.commit(alice.commit(FIRST, epoch));
  assert.deepEqual(await log.commit(commit), { result: "known", seq: 3, epoch: 2 });
  await log.acknowledge({ device: BOB, conversation: FIRST, seq: 99 });
  // Whatever it carries now, and however old it is.
  const later = { ...message, body: utf8("other"), nowMs: START_MS + 9, limits: NO_ROOM };
  assert.deepEqual(await log.append(later), known);
  assert.deepEqual(await read(log, BOB, FIRST), []);
});

const NO_ROOM = { perDeviceBytes: 0, perSenderBytes: 0 };

test("SR-23: a number that was used is refused for anything else, and so is an envelope", async (scene) => {
  const { log, alice, bob } = scene;
  await open(scene);
  const message = alice.message(FIRST, 1);
  await log.append(message);
  const bad = { name: "Refusal", code: "bad-message" };
  const restored = { ...alice.message(FIRST, 1), number: message.number };
  await assert.rejects(log.append(restored), bad);
  await assert.rejects(log.append({ ...message, conversation: conversationId(9) }), bad);
  await assert.rejects(log.commit({ ...alice.commit(FIRST, 1), ...message }), bad);
  await assert.rejects(log.openDirect({ ...alice.opening(FIRST, bob.member), ...message }), bad);
  const copy = { ...bob.message(FIRST, 1), envelope: message.envelope };
  await assert.rejects(log.append(copy), { name: "Refusal", code: "envelope-known" });
  assert.equal(await log.countWaiting(BOB), 2);
});

test("SR-23: the highest number of a device is told", async (scene) => {
  const { log, alice, bob } = scene;
  await open(scene);
  await log.append({ ...bob.message(FIRST, 1), number: 70 });
  await log.append({ ...bob.message(FIRST, 1), number: 50 });
  assert.equal(await log.highestNumber(BOB), 70);
  assert.equal(await log.highestNumber(ALICE), 1);
  await log.commit({ ...alice.commit(FIRST, 1), number: 90 });
  assert.equal(await log.highestNumber(ALICE), 90);
  assert.equal(await log.highestNumber(deviceId(9)), 0);
});

test("messages of the present epoch and of the three before it are taken", async (scene) => {
  const { log, alice } = scene;
  await open(scene);
  for (let epoch = 1; epoch < 6; epoch++) await log.commit(alice.commit(FIRST, epoch));
  for (const epoch of [3, 6]) await say(scene, alice, "fresh", epoch);
  for (const epoch of [2, 7]) {
    const outcome = await log.append(alice.message(FIRST, epoch));
    assert.deepEqual(outcome, { result: "stale-epoch", epoch: 6 });
  }
});

test("SR-21: one of two commits wins an epoch, and which one is told", async (scene) => {
  const { log, alice, bob } = scene;
  await open(scene);
  const commits = [alice.commit(FIRST, 1), bob.commit(FIRST, 1)];
  const results = await Promise.all(commits.map((commit) => log.commit(commit)));
  assert.deepEqual(results, [
    { result: "committed", seq: 2, epoch: 2, recipients: [bob.member] },
    { result: "conflict", epoch: 2 },
  ]);
  assert.deepEqual(await log.commit(bob.commit(FIRST, 3)), { result: "conflict", epoch: 2 });
  const asked = { conversation: FIRST, account: bob.member.account };
  assert.equal(await log.findWinner({ ...asked, epoch: 1 }), commits[0].envelope);
  assert.equal(await log.findWinner({ ...asked, epoch: 2 }), undefined);
  assert.deepEqual(await log.findGroup(asked), { epoch: 2, groupInfo: utf8("group info of 2") });
  const stranger = { conversation: FIRST, account: accountId("carol") };
  assert.equal(await log.findWinner({ ...stranger, epoch: 1 }), undefined);
  assert.equal(await log.findGroup(stranger), undefined);
  assert.deepEqual(await read(log, BOB, FIRST), ["welcome:welcome", "commit:commit of 1"]);
  assert.deepEqual(await read(log, ALICE, FIRST), []);
});

test("SR-54: a mailbox that is full takes no message, until it is emptied; commits it takes", async (scene) => {
  const { log, alice, bob } = scene;
  await open(scene);
  await log.acknowledge({ device: BOB, conversation: FIRST, seq: 1 });
  const sealed = (sizeBytes: number) => new Uint8Array(sizeBytes - ENVELOPE_OVERHEAD_BYTES);
  for (
    const limits of [
      { perDeviceBytes: 10_000, perSenderBytes: 1000 },
      { perDeviceBytes: 1000, perSenderBytes: 10_000 },
    ]
  ) {
    const message = (sizeBytes: number) => ({
      ...alice.message(FIRST, 1),
      body: sealed(sizeBytes),
      limits,
    });
    assert.equal((await log.append(message(600))).result, "appended");
    const tooMuch = message(401);
    assert.deepEqual(await log.append(tooMuch), { result: "quota-exceeded" });
    // The other one's mailbox has room.
    assert.equal((await log.append({ ...bob.message(FIRST, 1), limits })).result, "appended");
    assert.equal((await log.append(message(400))).result, "appended");
    await log.acknowledge({ device: BOB, conversation: FIRST, seq: 99 });
    // The refused one was not remembered, and is judged again.
    assert.equal((await log.append(tooMuch)).result, "appended");
    await log.acknowledge({ device: BOB, conversation: FIRST, seq: 99 });
  }
  assert.equal(
    (await log.append({ ...alice.message(FIRST, 1), limits: NO_ROOM })).result,
    "quota-exceeded",
  );
  assert.equal((await log.commit(alice.commit(FIRST, 1))).result, "committed");
});

test("SR-53: nobody else says anything, nor as somebody else, nor elsewhere", async (scene) => {
  const { log, alice, bob } = scene;
  await open(scene);
  const refused = { name: "Refusal", code: "device-refused" };
  const { account } = alice.member;
  for (const member of [{ account, device: deviceId(9) }, { account, device: BOB }]) {
    const stranger = new Writer(member);
    await assert.rejects(log.append(stranger.message(FIRST, 1)), refused);
    await assert.rejects(log.commit(stranger.commit(FIRST, 1)), refused);
    await assert.rejects(log.openDirect(stranger.opening(conversationId(2), bob.member)), refused);
  }
  assert.deepEqual(await log.append(bob.message(conversationId(9), 1)), { result: "not-member" });
  assert.deepEqual(await log.commit(bob.commit(conversationId(9), 1)), { result: "not-member" });
  assert.equal(await log.countWaiting(BOB), 1);
});

test("SR-47: a right of before, or of later, is none, not even for what was said by it", async (scene) => {
  const { log, alice, bob } = scene;
  await open(scene);
  const message = alice.message(FIRST, 1);
  await log.append(message);
  const refused = { name: "Refusal", code: "not-signed-in" };
  for (const generation of [-1, 1]) {
    await assert.rejects(log.append({ ...message, generation }), refused);
    await assert.rejects(log.append({ ...alice.message(FIRST, 1), generation }), refused);
    await assert.rejects(log.commit({ ...alice.commit(FIRST, 1), generation }), refused);
    const opening = { ...alice.opening(conversationId(2), bob.member), generation };
    await assert.rejects(log.openDirect(opening), refused);
  }
  assert.equal(await log.countWaiting(BOB), 2);
});

test("bytes are the caller's again at once", async (scene) => {
  const { log, alice } = scene;
  await open(scene);
  const message = alice.message(FIRST, 1, "mine");
  const saying = log.append(message);
  message.body.fill(0);
  await saying;
  assert.deepEqual(await read(log, BOB, FIRST), ["welcome:welcome", "message:mine"]);
});
