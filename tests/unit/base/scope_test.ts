import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { Bug, StorageError } from "../../../lib/base/errors.ts";
import { Scope, untilAborted as waitUntilAborted } from "../../../lib/base/scope.ts";
import { settle } from "../../kit/clock.ts";

/** A task that ends only when it is stopped, as a loop that waits for packets does. */
function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((_, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

/** Counts how many of the listeners that were added to `signal` would still run. */
function listenersOf(signal: AbortSignal): () => number {
  let called = 0;
  const add = signal.addEventListener;
  signal.addEventListener = (
    type: string,
    _listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ) => add.call(signal, type, () => called++, { ...Object(options), once: false });
  return () => {
    called = 0;
    signal.dispatchEvent(new Event("abort"));
    return called;
  };
}

Deno.test("scope waits for all of its tasks, also for those that a task starts", async () => {
  await using scope = new Scope();
  const done: string[] = [];
  scope.run("outer", async () => {
    await settle();
    scope.run("inner", async () => {
      await settle();
      done.push("inner");
    });
    done.push("outer");
  });
  await scope.wait();
  deepEqual(done, ["outer", "inner"]);
  equal(scope.signal.aborted, false);
});

Deno.test("scope tells of a failure at once, while another task takes its time to end", async () => {
  await using scope = new Scope();
  const failure = new StorageError("disk-full", "Cannot write: disk is full");
  const { promise: ending, resolve: end } = Promise.withResolvers<void>();
  scope.run("ends late", () => ending);
  scope.run("fails", () => Promise.reject(failure));
  await rejects(scope.failed, (thrown) => thrown === failure);
  end();
});

Deno.test("scope aborts the other tasks when one fails, and throws the first failure", async () => {
  await using scope = new Scope();
  const failure = new StorageError("disk-full", "Cannot write: disk is full");
  let stopped = false;
  scope.run("waits", (signal) => untilAborted(signal).finally(() => stopped = true));
  scope.run("fails", async () => {
    await settle();
    throw failure;
  });
  scope.run("fails when stopped", (signal) =>
    untilAborted(signal).catch(() => {
      throw new Bug("late");
    }));
  await rejects(scope.wait(), (thrown) => thrown === failure);
  await rejects(scope.failed, (thrown) => thrown === failure);
  ok(stopped);
  equal(scope.signal.reason, failure);
});

Deno.test("scope catches a task that throws before its first wait", async () => {
  await using scope = new Scope();
  scope.run("fails at once", () => {
    throw new Bug("at once");
  });
  await rejects(scope.wait(), { message: "at once" });
});

Deno.test("scope that closes stops its tasks, waits for them, and is no failure", async () => {
  const scope = new Scope();
  const steps: string[] = [];
  scope.run("tidies up", async (signal) => {
    try {
      await untilAborted(signal);
    } finally {
      await settle();
      steps.push("tidied");
    }
  });
  await scope.close();
  steps.push("closed");
  deepEqual(steps, ["tidied", "closed"]);
  await scope.wait();
  await scope.close();
  equal(scope.signal.reason.name, "AbortError");
});

Deno.test("scope that closes does not throw what a task failed with", async () => {
  const scope = new Scope();
  scope.run("fails", () => Promise.reject(new Bug("broken")));
  await scope.close();
  await rejects(scope.wait(), { message: "broken" });
});

Deno.test("scope closes with the reason that is given", async () => {
  const scope = new Scope();
  const reason = new DOMException("going away", "AbortError");
  let seen: unknown;
  scope.run("waits", (signal) =>
    untilAborted(signal).catch((error) => {
      seen = error;
      throw error;
    }));
  await scope.close(reason);
  equal(seen, reason);
  await scope.wait();
});

Deno.test("scope is stopped by its parent with the parent's reason, before and after it begins", async () => {
  const parent = new AbortController();
  const reason = new DOMException("parent", "AbortError");
  const before = new Scope(parent.signal);
  before.run("waits", untilAborted);
  parent.abort(reason);
  await before.wait();
  equal(before.signal.reason, reason);

  const after = new Scope(parent.signal);
  after.run("waits", untilAborted);
  await after.wait();
  equal(after.signal.reason, reason);
});

Deno.test("scope leaves no listener on a parent that outlives it, however it ends", async () => {
  const { signal: parent } = new AbortController();
  const listeners = listenersOf(parent);
  const open = new Scope(parent);
  equal(listeners(), 1);
  for (let i = 0; i < 20; i++) await new Scope(parent).close();
  const failed = new Scope(parent);
  failed.run("fails", () => Promise.reject(new Bug("broken")));
  await rejects(failed.wait(), Bug);
  equal(listeners(), 1, "only that of the open one");
  await open.close();
  equal(listeners(), 0);
});

Deno.test("scope does not stop its parent", async () => {
  const parent = new AbortController();
  const scope = new Scope(parent.signal);
  scope.run("fails", () => Promise.reject(new Bug("broken")));
  await rejects(scope.wait(), Bug);
  equal(parent.signal.aborted, false);
});

Deno.test("what is waited for until a signal comes to its end, or to the signal's reason", async () => {
  const { signal } = new AbortController();
  equal(await waitUntilAborted(Promise.resolve("done"), signal), "done");
  const stop = new AbortController();
  const never = new Promise<never>(() => {});
  const waiting = rejects(waitUntilAborted(never, stop.signal), { message: "stopped" });
  stop.abort(new Error("stopped"));
  await waiting;
  await rejects(waitUntilAborted(never, stop.signal), { message: "stopped" });
});
