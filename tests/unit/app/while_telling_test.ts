import { deepEqual, equal, rejects } from "node:assert/strict";
import { whileTelling } from "../../../lib/app/while_telling.ts";

Deno.test("what is told is shown before the action goes on", async () => {
  const order: string[] = [];
  const telling = whileTelling(async (tell: (report: string) => Promise<void>) => {
    for (const report of ["one", "two"]) {
      await tell(report);
      order.push(`after ${report}`);
    }
    return 3;
  });
  for (;;) {
    const { done, value } = await telling.next();
    if (done === true) {
      equal(value, 3);
      break;
    }
    order.push(...value);
  }
  deepEqual(order, ["one", "after one", "two", "after two"]);
});

Deno.test("what was told before a failure is shown, and then it is thrown", async () => {
  const telling = whileTelling((tell: (report: string) => Promise<void>) => {
    // Nobody waits for it.
    void tell("last words");
    return Promise.reject(new Error("failed"));
  });
  deepEqual(await telling.next(), { done: false, value: ["last words"] });
  await rejects(telling.next(), { message: "failed" });
});
