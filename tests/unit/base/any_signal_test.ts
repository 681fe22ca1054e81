import { anySignal } from "../../../lib/base/scope.ts";
import { collectGarbage } from "../../kit/garbage.ts";
import { equal } from "node:assert/strict";

Deno.test("a joined signal aborts with the first reason, and only once", () => {
  const [first, second] = [new AbortController(), new AbortController()];
  const joined = anySignal(first.signal, second.signal);
  let times = 0;
  joined.addEventListener("abort", () => times++);
  equal(joined.aborted, false);
  second.abort("second");
  first.abort("first");
  equal(joined.reason, "second");
  equal(times, 1);
});

Deno.test("a joined signal is aborted from the start when one of its signals is", () => {
  const open = new AbortController();
  const joined = anySignal(open.signal, AbortSignal.abort("before"), AbortSignal.abort("later"));
  equal(joined.reason, "before");
});

Deno.test("a joined signal that only its listener knows outlives a garbage collection", async () => {
  const [first, second] = [new AbortController(), new AbortController()];
  const { promise, resolve } = Promise.withResolvers<string>();
  const listen = () => {
    const joined = anySignal(anySignal(first.signal, second.signal), second.signal);
    joined.addEventListener("abort", () => resolve(joined.reason));
  };
  listen();
  await collectGarbage();
  first.abort("heard");
  equal(await promise, "heard");
});
