/**
 * Writes to a store until it is killed, and prints what is acknowledged, one line each: `m NUMBER SEQ` a message,
 * `c NUMBER SEQ EPOCH` a commit, `a SEQ` an acknowledgement of the reader. Arguments: database, first number.
 * What a number stands for depends on it alone, so that a next writer sends the same again.
 */

import { openWorkerStore } from "../../../lib/server/store/sqlite/worker_store.ts";
import {
  accountId,
  conversationId,
  deviceId,
  envelopeId,
  newAccount,
  NO_LIMITS,
  START_MS,
  Writer,
} from "../../unit/server/store_kit.ts";

/** Messages sent at once, before one commit. */
const MESSAGES = 32;

const [path, first] = Deno.args;
const conversation = conversationId(1);
const alice = { account: accountId("alice"), device: deviceId(1) };
const bob = { account: accountId("bob"), device: deviceId(2) };
const encoder = new TextEncoder();

function say(line: string): void {
  Deno.stdout.writeSync(encoder.encode(`${line}\n`));
}

const store = await openWorkerStore(path);
await store.createAccount(newAccount("alice", 1));
await store.createAccount(newAccount("bob", 2));
await store.openDirect(new Writer(alice).opening(conversation, bob));

let epoch = (await store.findGroup({ conversation, account: alice.account }))?.epoch ?? 0;
const submission = (number: number) => ({
  conversation,
  ...alice,
  generation: 0,
  envelope: envelopeId(number),
  number,
  epoch,
  nowMs: START_MS,
});

async function sendMessage(number: number): Promise<void> {
  const body = new Uint8Array(1 + number * 7919 % 6000).fill(number);
  const outcome = await store.append({ ...submission(number), body, limits: NO_LIMITS });
  if (outcome.result !== "appended" && outcome.result !== "known") throw new Error(outcome.result);
  say(`m ${number} ${outcome.seq}`);
}

async function sendCommit(number: number): Promise<void> {
  const outcome = await store.commit({
    ...submission(number),
    joins: false,
    added: [],
    removed: [],
    body: encoder.encode(`commit ${number}`),
    groupInfo: encoder.encode(`group info ${number}`),
    welcome: undefined,
  });
  if (outcome.result !== "committed" && outcome.result !== "known") throw new Error(outcome.result);
  epoch = outcome.epoch;
  say(`c ${number} ${outcome.seq} ${outcome.epoch}`);
}

async function acknowledge(): Promise<void> {
  const page = await store.fetch({
    device: bob.device,
    conversation,
    afterSeq: 0,
    limit: 20,
    maxBytes: 1_000_000,
  });
  const last = page.at(-1);
  if (last === undefined) return;
  await store.acknowledge({ device: bob.device, conversation, seq: last.seq });
  say(`a ${last.seq}`);
}

for (let number = parseInt(first);;) {
  const sent: Promise<void>[] = [acknowledge()];
  for (; number % (MESSAGES + 1) !== 0; number++) sent.push(sendMessage(number));
  await Promise.all(sent);
  await sendCommit(number++);
}
