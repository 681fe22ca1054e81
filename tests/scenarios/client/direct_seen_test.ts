/** Two people whose own addresses are of no use to each other: the server's UDP endpoint tells each where they are seen. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { systemClock } from "../../../lib/base/clock.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { isLoopback, parseIp } from "../../../lib/net/addresses/address.ts";
import { openSenders } from "../../kit/file_senders.ts";
import { openTalk } from "../../kit/test_client.ts";

/** An address of this machine at which it sees itself. */
const here = Deno.networkInterfaces().map(({ address }) => address)
  .find((address) => parseIp(address)?.length === 4 && !isLoopback(address));

Deno.test({
  name:
    "row S3.44: two who know no address of their own meet at those that the server sees them at (needs a network)",
  ignore: here === undefined,
  fn: async () => {
    const interfaces = Deno.networkInterfaces;
    // As behind an address translator: what the machine has is not what others see.
    Deno.networkInterfaces = () => [];
    try {
      await using scene = await openSenders(() => openTalk({ rendezvous: { host: "0.0.0.0" } }));
      const { alice, bob, pair } = scene;
      for (const [person, other] of [[alice, pair.bob], [bob, pair.alice]] as const) {
        // The session is over memory; the UDP port is reached where a server is.
        Object.assign(person.client.handshake.address, { host: here });
        const { direct } = person.client.transfers;
        direct.settings = { mode: "only", addresses: [] };
        direct.contacts.set(other.account, "allowed");
      }
      const bytes = systemRandom.bytes(300_000);
      await scene.write("example1.mp4", bytes);
      alice.work();
      bob.work();
      await scene.offer("example1.mp4");
      await scene.accept();
      await scene.until(async () => {
        // QUIC keeps real time.
        await systemClock.sleep(20);
        return (await alice.states())[0] === "done";
      });
      deepEqual((await scene.received()).get("example1.mp4"), bytes);
      const spool = `${pair.world.server.folder}/spool`;
      equal(
        [...Deno.readDirSync(spool)].every(({ name }) => {
          return Deno.statSync(`${spool}/${name}`).size === 0;
        }),
        true,
      );
      for (const { client } of [alice, bob]) {
        const port = await client.transfers.direct.openPort();
        ok(port.port > 0);
        await port.socket.close({ atOnce: true });
      }
    } finally {
      Deno.networkInterfaces = interfaces;
    }
  },
});
