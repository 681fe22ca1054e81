/** How a whole server ends: its clients, its port, its store. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { runAdmin } from "../../../lib/admin/main.ts";
import { systemClock } from "../../../lib/base/clock.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { dialTls } from "../../../lib/net/dialling/dial.ts";
import { Server } from "../../../lib/server/server.ts";
import { fakeIo } from "../../kit/fake_io.ts";
import { RawClient } from "../../kit/raw_client.ts";
import { scratch } from "./server_process.ts";

async function openServer(folder: string): Promise<Server> {
  return await Server.open({
    dataFolder: join(folder, "data"),
    cacheFolder: join(folder, "cache"),
    videoFolder: folder,
    listen: { host: "127.0.0.1", port: 0 },
    tls: "auto",
    registration: "open",
    loginAttempts: 3,
    lockSeconds: 60,
    ffmpegPath: undefined,
    frameQuotaBytes: 1 << 20,
    maxConnections: 100,
    spoolDescriptors: 100,
    clock: systemClock,
    random: systemRandom,
  });
}

async function dial(folder: string, server: Server): Promise<RawClient> {
  const caPem = await Deno.readTextFile(join(folder, "data/ca.pem"));
  const options = { clock: systemClock, timeoutMs: 10_000 };
  const client = new RawClient((await dialTls(server.address, caPem, options)).stream);
  await client.hello();
  return client;
}

Deno.test("S2.09: a server that ends tells every client why, leaves no socket open, and its port is free at once", async () => {
  await using place = await scratch();
  const server = await openServer(place.folder);
  const clients = await Promise.all(Array.from({ length: 10 }, () => dial(place.folder, server)));
  assert.equal(server.connections, 10);
  const told = clients.map(async (client) => {
    const { header } = await client.next("server.going-away");
    // As a client does: it ends its own side, too.
    await client.close();
    return [header.reason, Number(header.reconnectAfterMs) > 0];
  });
  await server.close({ kind: "restart", reason: "" });
  assert.equal(server.connections, 0);
  const expected = clients.map(() => ["Server restarting, back in a moment", true]);
  assert.deepEqual(await Promise.all(told), expected);
  Deno.listen({ hostname: "127.0.0.1", port: server.address.port }).close();
  // The test's own resource check sees any socket that was left.
});

Deno.test({
  name: "a server whose store is lost ends with an error, so that its supervisor starts it again",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using place = await scratch();
    const workers: Worker[] = [];
    const RealWorker = globalThis.Worker;
    class SeenWorker extends RealWorker {
      constructor(url: string | URL, options?: WorkerOptions) {
        super(url, options);
        workers.push(this);
      }
    }
    globalThis.Worker = SeenWorker;
    try {
      const io = { ...fakeIo(place.folder), clock: systemClock, random: systemRandom };
      const args = ["serve", "--listen", "127.0.0.1:0", "--tls", "off", "--data", "data"];
      const ended = runAdmin([...args, "--ready-file", "ready.json"], io);
      while (!await Deno.stat(join(place.folder, "ready.json")).catch(() => undefined)) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      workers[0].onerror?.(new ErrorEvent("error", { message: "out of memory", cancelable: true }));
      assert.equal(await ended, 1);
      assert.deepEqual(io.notes, ["Cannot use the store: its Worker died: out of memory"]);
    } finally {
      globalThis.Worker = RealWorker;
    }
  },
});
