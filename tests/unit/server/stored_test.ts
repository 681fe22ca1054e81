import { deepEqual } from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../../lib/base/clock.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { openStored } from "../../../lib/server/store/stored.ts";

Deno.test("a server that starts removes what killed ones left of copies of its database", async () => {
  const folder = await Deno.makeTempDir({ dir: "tests/tmp" });
  try {
    await Deno.writeTextFile(join(folder, "server.db.v3.backup.4711.part"), "half of it");
    {
      await using owned = new AsyncDisposableStack();
      await openStored(folder, owned, {
        clock: systemClock,
        random: systemRandom,
        choice: undefined,
        onLost: () => {},
      });
    }
    deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["server.db"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
