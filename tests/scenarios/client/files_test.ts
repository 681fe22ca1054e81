/** Files between honest clients of an honest server, over lines that break. */

import assert from "node:assert/strict";
import { systemRandom } from "../../../lib/base/random.ts";
import { openSenders } from "../../kit/file_senders.ts";

Deno.test("rows S0.35, S0.41: files of every size arrive as they were, verified, in one offer", async () => {
  await using scene = await openSenders();
  const { alice, bob } = scene;
  const chunk = 31_712;
  const sizes = [0, 1, 39, 4095, 4096, 4097, chunk - 32, chunk, 2 * chunk, 3 * chunk + 1, 300_000];
  const files = new Map<string, Uint8Array>();
  for (const size of sizes) files.set(`${size}.bin`, systemRandom.bytes(size));
  for (const [name, bytes] of files) await scene.write(name, bytes);
  alice.work();
  bob.work();
  await scene.offer(...files.keys());
  await scene.accept();
  await scene.until(async () => (await alice.states())[0] === "done");
  assert.deepEqual(await bob.states(), ["done"]);
  assert.deepEqual(new Map([...await scene.received()].sort()), new Map([...files].sort()));
});
