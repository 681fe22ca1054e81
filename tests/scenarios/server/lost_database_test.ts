import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../../lib/base/clock.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { requireData } from "../../../lib/admin/data_store.ts";
import { refuseLostDatabase } from "../../../lib/server/store/database_file.ts";
import { openServerKeys } from "../../../lib/server/keys/server_keys.ts";
import { openLocalStore } from "../../../lib/server/store/sqlite/local_store.ts";
import { FakeClock } from "../../kit/clock.ts";
import { openServer } from "../client/server_site.ts";
import { run, scratch } from "./server_process.ts";

const surroundings = { clock: systemClock, random: systemRandom };

Deno.test("SR-50: a server with keys and no database does not start, and makes no new one", async () => {
  await using place = await scratch();
  const data = join(place.folder, "data");
  await Deno.mkdir(data, { mode: 0o700 });
  // As a first start does, in this order.
  await openLocalStore(join(data, "server.db")).close();
  await refuseLostDatabase(data);
  await openServerKeys(data, { ...surroundings, hasAccounts: false });
  await refuseLostDatabase(data);
  for (const leave of [() => Deno.remove(join(data, "server.db")), empty]) {
    await leave(join(data, "server.db"));
    const { code, stderr } = await run(["serve", "--listen", "127.0.0.1:0", "--data", data]);
    assert.equal(code, 1);
    assert.match(stderr, /^Cannot open .+server\.db: it is missing or empty, and the keys of /m);
    await assert.rejects(requireData(data), { code: "database-missing" });
    assert.equal(await isThere(join(data, "server.db-wal")), false);
  }
  for (const keep of ["ca.pem", "ca.key", "opaque.setup"]) {
    for (const name of ["ca.pem", "ca.key", "opaque.setup"]) {
      await Deno.writeTextFile(join(data, name), name === keep ? "key" : "");
    }
    await assert.rejects(refuseLostDatabase(data), { code: "database-missing" }, keep);
  }
});

Deno.test({
  name:
    "a server whose database was deleted ends, instead of taking what is gone at its next start",
  // Nobody can delete an open file there.
  ignore: Deno.build.os === "windows",
  async fn() {
    await using place = await scratch();
    const clock = new FakeClock();
    await using server = await openServer(place.folder, "data", clock);
    const failed = assert.rejects(server.failed(), { code: "database-missing" });
    await Deno.remove(join(place.folder, "data/server.db"));
    await clock.advance(5_000);
    await failed;
  },
});

async function empty(path: string): Promise<void> {
  await Deno.writeFile(path, new Uint8Array(0));
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
