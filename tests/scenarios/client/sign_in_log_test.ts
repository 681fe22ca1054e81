/** What the server logs of a sign-in, and when. */

import assert from "node:assert/strict";
import { startLogging, stopLogging } from "../../../lib/server/config/logging.ts";
import { Machine } from "../../kit/machine.ts";
import { World } from "../../kit/test_client.ts";

Deno.test("row S3.10: a wrong password is logged as it is typed, not when its connection ends", async () => {
  const lines: string[] = [];
  startLogging({ format: "text", level: "info", write: (line) => lines.push(line) });
  try {
    await using world = await World.open();
    await using alice = await Machine.open(world, 0);
    await alice.register("alice");
    const handshake = await world.greet();
    for (const count of ["1/3", "2/3"]) {
      await assert.rejects(alice.signIn("alice", "wrong", handshake), {
        code: "wrong-credentials",
      });
      const failures = lines.splice(0).filter((line) => line.includes("auth.fail"));
      assert.equal(failures.length, 1);
      assert.match(failures[0], new RegExp(`account="alice" count="${count}"`));
    }
    await handshake.link.close();
  } finally {
    stopLogging();
  }
});
