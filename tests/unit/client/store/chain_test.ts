import assert from "node:assert/strict";
import { encodeHex, utf8 } from "../../../../lib/base/bytes.ts";
import type { ConversationId, DeviceId } from "../../../../lib/base/ids.ts";
import {
  type ChainLink,
  type ChainVerdict,
  hashPayload,
  judge,
  type ReceivedLink,
} from "../../../../lib/client/store/chain.ts";
import { ChainRun, Chains } from "../../../../lib/client/store/chains.ts";
import { conversationId, deviceId } from "../../server/store_kit.ts";
import { TestStore } from "../profile_kit.ts";

const hash = (n: number) => new Uint8Array(16).fill(n);

function link(number: number, more: Partial<ReceivedLink> = {}): ReceivedLink {
  const previous = number > 1 ? hash(number - 1) : new Uint8Array(0);
  return {
    number,
    hash: hash(number),
    previous,
    epoch: 5,
    restart: false,
    joinedLate: false,
    ...more,
  };
}

const last = (number: number): ChainLink => ({ number, hash: hash(number) });
/** Of which the number is known and nothing else. */
const unsure = (number: number): ChainLink => ({ number, hash: new Uint8Array(0) });

Deno.test("SR-28: chain judges each number by the one before and by what is missing", () => {
  const cases: [string, ReceivedLink, ChainLink | undefined, boolean, ChainVerdict][] = [
    ["the first", link(1), undefined, false, { result: "next" }],
    ["the next", link(3), last(2), false, { result: "next" }],
    ["a gap", link(5), last(2), false, { result: "gap", from: 3, to: 4 }],
    ["a gap at the start", link(3), undefined, false, { result: "gap", from: 1, to: 2 }],
    ["the first for who joined late", link(9, { joinedLate: true }), undefined, false, {
      result: "next",
    }],
    ["one that was missing", link(2), last(4), true, { result: "late" }],
    ["one that was there", link(2), last(4), false, { result: "repeated" }],
    ["the same again", link(4), last(4), false, { result: "repeated" }],
    ["another one under its number", link(4, { hash: hash(9) }), last(4), false, {
      result: "broken",
    }],
    ["the next of who may have begun anew", link(5, { previous: hash(9) }), unsure(4), false, {
      result: "next",
    }],
    ["a gap of who may have begun anew", link(6), unsure(4), false, {
      result: "gap",
      from: 5,
      to: 5,
    }],
    ["one of who has begun anew unseen", link(2), unsure(4), false, { result: "next" }],
    ["one of before the chain", link(5, { epoch: 2, previous: hash(9) }), last(4), false, {
      result: "earlier",
    }],
    ["another past", link(3, { previous: hash(9) }), last(2), false, { result: "broken" }],
    ["no past", link(3, { previous: new Uint8Array(0) }), last(2), false, { result: "broken" }],
    ["a new beginning", link(1, { restart: true }), last(40), false, { result: "restarted" }],
    ["a restart that is not a beginning", link(2, { restart: true }), last(40), false, {
      result: "repeated",
    }],
  ];
  for (const [name, received, before, isMissing, verdict] of cases) {
    const known = { last: before, isMissing, sinceEpoch: 3, isTakenUp: false };
    assert.deepEqual(judge(received, known), verdict, name);
  }
});

Deno.test("SR-28: chain hashes are the first 16 bytes of SHA-256", async () => {
  // FIPS 180-4: SHA-256 of "abc".
  const digest = await hashPayload(utf8("abc"));
  assert.equal(encodeHex(digest), "ba7816bf8f01cfea414140de5dae2223");
});

/** Judges numbers in one run, or each in a run of its own; both must come to the same. */
async function verdicts(numbers: readonly number[], split: boolean): Promise<string[]> {
  await using store = await TestStore.open();
  const database = store.database();
  const chains = new Chains(database);
  const conversation: ConversationId = conversationId(1);
  const device: DeviceId = deviceId(1);
  database.command(
    "INSERT INTO conversation (conversation, peer, state) VALUES (?, 'bob', 'active')",
  )
    .run(conversation);
  const results: string[] = [];
  let run = new ChainRun(chains, conversation);
  for (const number of numbers) {
    results.push(run.judge(device, link(Math.abs(number), { restart: number < 0 })).result);
    if (!split) continue;
    database.transaction(() => run.write());
    run = new ChainRun(chains, conversation);
  }
  database.transaction(() => run.write());
  const missing = chains.listMissing().map((gap) => gap.count);
  const { number } = chains.last(conversation, device) ?? { number: 0 };
  return [...results, `missing ${missing}`, `last ${number}`];
}

Deno.test("SR-28: payloads judged together are judged as one after the other", async () => {
  const cases: [number[], string[]][] = [
    [[1, 2, 3], ["next", "next", "next", "missing ", "last 3"]],
    [[1, 4, 2, 3, 5], ["next", "gap", "late", "late", "next", "missing ", "last 5"]],
    [[1, 4, 2, 2, 6], ["next", "gap", "late", "repeated", "gap", "missing 2", "last 6"]],
    [[3, 1, 3], ["gap", "late", "repeated", "missing 1", "last 3"]],
    [[5, -1, 2, 2], ["gap", "restarted", "next", "repeated", "missing ", "last 2"]],
  ];
  for (const [numbers, expected] of cases) {
    assert.deepEqual(await verdicts(numbers, false), expected, `together: ${numbers}`);
    assert.deepEqual(await verdicts(numbers, true), expected, `apart: ${numbers}`);
  }
});

Deno.test("SR-28: a gap of any width takes bounded room", async () => {
  const [, , missing] = await verdicts([1, 2 ** 40], false);
  assert.equal(missing, "missing 1000");
});

Deno.test("SR-28: a device that leaves out ever more numbers fills no disk", async () => {
  await using store = await TestStore.open();
  const database = store.database();
  const chains = new Chains(database);
  const conversation = conversationId(1);
  const device = deviceId(1);
  database.command("INSERT INTO conversation (conversation, peer, state) VALUES (?, ?, ?)")
    .run(conversation, "eve", "active");
  for (let number = 1; number <= 40_000; number += 1000) {
    const run = new ChainRun(chains, conversation);
    run.judge(device, link(number));
    database.transaction(() => run.write());
  }
  assert.equal(chains.listMissing()[0].count, 10_000);
  const run = new ChainRun(chains, conversation);
  assert.equal(run.judge(device, link(2)).result, "late");
});

Deno.test("SR-28: a device that is held stays so until it comes in anew, and its old numbers are nothing then", async () => {
  await using store = await TestStore.open();
  const database = store.database();
  const chains = new Chains(database);
  const conversation = conversationId(1);
  const device = deviceId(1);
  database.command("INSERT INTO conversation (conversation, peer, state) VALUES (?, ?, ?)")
    .run(conversation, "eve", "active");
  const step = (act: (run: ChainRun) => void) => {
    const run = new ChainRun(chains, conversation);
    act(run);
    database.transaction(() => run.write());
    const kept = chains.find(conversation, device);
    const { last, ...known } = run.find(device);
    const { last: keptLast, ...keptKnown } = kept;
    assert.deepEqual({ ...known, number: last?.number }, {
      ...keptKnown,
      number: keptLast?.number,
    });
    return kept;
  };
  assert.equal(step((run) => run.hold(device)).isHeld, true);
  step((run) => {
    run.judge(device, link(1));
    run.judge(device, link(4));
  });
  assert.equal(chains.find(conversation, device).isHeld, true);
  const anew = step((run) => run.begin(device, 7));
  assert.deepEqual(anew, { last: undefined, sinceEpoch: 7, isTakenUp: false, isHeld: false });
  assert.deepEqual(chains.listMissing(), []);
  const { result } = new ChainRun(chains, conversation).judge(device, link(3, { epoch: 6 }));
  assert.equal(result, "earlier");
  // What was passed over is not missing.
  step((run) => run.passOver(device));
  assert.equal(
    new ChainRun(chains, conversation).judge(device, link(40, { epoch: 8 })).result,
    "next",
  );
});

Deno.test("SR-28: what follows on a payload with another past is judged by that one", async () => {
  await using store = await TestStore.open();
  const database = store.database();
  const chains = new Chains(database);
  const conversation = conversationId(1);
  const device = deviceId(1);
  database.command("INSERT INTO conversation (conversation, peer, state) VALUES (?, ?, ?)")
    .run(conversation, "eve", "active");
  const judged = [link(1), link(2, { hash: hash(9), previous: hash(8) })];
  for (const split of [false, true]) {
    let run = new ChainRun(chains, conversation);
    run.begin(device, 5);
    assert.deepEqual(judged.map((one) => run.judge(device, one).result), ["next", "broken"]);
    if (split) {
      database.transaction(() => run.write());
      run = new ChainRun(chains, conversation);
    }
    assert.equal(run.judge(device, link(3, { previous: hash(9) })).result, "next");
  }
});
