import assert from "node:assert/strict";
import { CallOrder } from "../../../lib/server/store/postgres/call_order.ts";
import type { CallName } from "../../../lib/server/store/store.ts";

/** Calls that end when they are told to, and which of them have begun. */
function openOrder() {
  const order = new CallOrder();
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const call = (label: string, name: CallName, ...args: readonly unknown[]) =>
    order.run(name, args, () => {
      begun.push(label);
      return new Promise<string>((resolve) => ends.set(label, () => resolve(label)));
    });
  /** Lets everything begin that may. */
  const settled = async () => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    return begun.splice(0);
  };
  const end = (label: string) => {
    const told = ends.get(label);
    assert(told !== undefined, `${label} has not begun`);
    told();
  };
  return { order, call, settled, end };
}

Deno.test("a write waits for the reads before it that name the same, and reads wait for it", async () => {
  const { call, settled, end } = openOrder();
  call("first read", "findAccount", "alice");
  call("second read", "listDevices", "alice");
  call("write", "replacePassword", { account: "alice" });
  call("third read", "findAccount", "alice");
  call("elsewhere", "replacePassword", { account: "bob" });
  assert.deepEqual((await settled()).sort(), ["elsewhere", "first read", "second read"]);
  end("first read");
  assert.deepEqual(await settled(), []);
  end("second read");
  assert.deepEqual(await settled(), ["write"]);
  end("write");
  assert.deepEqual(await settled(), ["third read"]);
});

Deno.test("what is gathered does not wait for each other, and comes in its order", async () => {
  const { call, settled, end } = openOrder();
  call("commit", "commit", { conversation: "room", device: "one" });
  call("first", "append", { conversation: "room", device: "two" });
  call("second", "append", { conversation: "other", device: "two" });
  call("third", "acknowledge", { conversation: "other", device: "three" });
  assert.deepEqual(await settled(), ["commit"]);
  end("commit");
  assert.deepEqual(await settled(), ["first", "second", "third"]);
  call("later commit", "commit", { conversation: "other", device: "four" });
  for (const label of ["first", "third"]) end(label);
  assert.deepEqual(await settled(), []);
  end("second");
  assert.deepEqual(await settled(), ["later commit"]);
});

Deno.test("who reads a log waits for nobody, and nobody for it, but what comes after all", async () => {
  const { call, settled, end } = openOrder();
  call("append", "append", { conversation: "room", device: "one" });
  call("read", "fetch", { conversation: "room", device: "one", afterSeq: 0 });
  call("commit", "commit", { conversation: "other", device: "two" });
  call("other read", "fetch", { conversation: "other", device: "two", afterSeq: 0 });
  call("later commit", "commit", { conversation: "elsewhere", device: "one" });
  call("list", "listAccounts", { limit: 9 });
  assert.deepEqual(await settled(), ["append", "read", "commit", "other read"]);
  for (const label of ["append", "commit"]) end(label);
  assert.deepEqual(await settled(), ["later commit"]);
  for (const label of ["later commit", "read"]) end(label);
  assert.deepEqual(await settled(), []);
  end("other read");
  assert.deepEqual(await settled(), ["list"]);
});

Deno.test("who asks what waits for a device sees what it said before, and holds up nobody", async () => {
  const { call, settled, end } = openOrder();
  call("acknowledgement", "acknowledge", { conversation: "room", device: "one" });
  call("waiting", "listWaiting", "one");
  call("append", "append", { conversation: "room", device: "one" });
  call("other append", "append", { conversation: "room", device: "two" });
  assert.deepEqual(await settled(), ["acknowledgement", "append", "other append"]);
  end("acknowledgement");
  assert.deepEqual(await settled(), ["waiting"]);
});

Deno.test("a call that names nothing waits for all before it, and holds up nobody", async () => {
  const { call, settled, end } = openOrder();
  call("write", "replacePassword", { account: "alice" });
  call("list", "listAccounts", { limit: 9 });
  call("read", "findAccount", "bob");
  assert.deepEqual(await settled(), ["write", "read"]);
  end("write");
  assert.deepEqual(await settled(), ["list"]);
});

Deno.test("a call that fails lets the next one begin, and nothing is under way at the end", async () => {
  const order = new CallOrder();
  const failing = order.run(
    "replacePassword",
    [{ account: "alice" }],
    () => Promise.reject(new Error("no")),
  );
  const reading = order.run("findAccount", ["alice"], () => Promise.resolve("read"));
  await assert.rejects(failing, { message: "no" });
  assert.equal(await reading, "read");
  await order.idle();
});
