/** The bus of several nodes over a real NATS. */

import assert from "node:assert/strict";
import { systemRandom } from "../../../lib/base/random.ts";
import type { UploadId } from "../../../lib/base/ids.ts";
import { NatsLine } from "../../../lib/server/bus/nats_line.ts";
import { Sessions } from "../../../lib/server/sessions/sessions.ts";
import { systemClock } from "../../../lib/base/clock.ts";
import { joinNodes, until } from "../../kit/cluster.ts";
import { hasNats, NatsServer } from "../../kit/nats.ts";
import { busContract } from "../../unit/server/bus_contract.ts";

const ignore = !hasNats();

const contract: [string, () => Promise<void>][] = [];
busContract("two nodes over NATS", {
  declare: (name, run) => void contract.push([name, run]),
  async open(nodes, owner) {
    const nats = owner.use(await NatsServer.start());
    return await joinNodes(nodes, { line: () => NatsLine.open(nats.choice), owner });
  },
});

Deno.test({
  name: "nodes over NATS keep the contract of every bus",
  ignore,
  async fn(test) {
    for (const [name, run] of contract) assert.ok(await test.step(name, run), name);
    assert.ok(contract.length > 0);
  },
});

Deno.test({
  name:
    "nodes whose NATS is killed say that others cannot be reached, and are told of what they missed once it is back",
  ignore,
  async fn() {
    await using owner = new AsyncDisposableStack();
    const nats = owner.use(await NatsServer.start());
    const nodes = [0, 1].map(() => new Sessions(systemClock, systemRandom));
    const buses = await joinNodes(nodes, { line: () => NatsLine.open(nats.choice), owner });
    let losses = 0;
    const heard: string[] = [];
    buses[1].onLoss(() => void losses++);
    buses[1].subscribe("upload.removed", ({ upload }) => void heard.push(upload));
    await nats.kill();
    await until(() => buses.every(({ isUp }) => !isUp));
    buses[0].publish("upload.removed", { upload: "while it is away" as UploadId });
    assert.equal(await buses[0].toAll(new Uint8Array([1])), 0, "nobody is waited for");
    const before = losses;
    await nats.resume();
    await until(() => buses.every(({ isUp }) => isUp) && losses > before);
    // One that was away for long is heard once it has shown again that it runs.
    await until(() => {
      buses[0].publish("upload.removed", { upload: "once it is back" as UploadId });
      return heard.includes("once it is back");
    });
    assert.equal(heard.includes("while it is away"), false);
  },
});

Deno.test({
  name: "a NATS that is not there, and one that wants a password, are said in words",
  ignore,
  async fn() {
    await using nats = await NatsServer.start(["--user", "heliograph", "--pass", "something"]);
    await assert.rejects(NatsLine.open(nats.choice), {
      code: "not-allowed",
      message: `Cannot reach NATS at 127.0.0.1:${nats.port}: it refuses the name or the password`,
    });
    await nats.kill();
    await assert.rejects(NatsLine.open(nats.choice), { code: "unreachable" });
  },
});
