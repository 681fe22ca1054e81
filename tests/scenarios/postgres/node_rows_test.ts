/** What an operator sees and does of nodes, at two nodes of one server on one PostgreSQL. */

import { deepEqual, equal, match } from "node:assert/strict";
import { parseJson } from "../../../lib/base/json_line.ts";
import { VERSION } from "../../../lib/base/version.ts";
import { LineHub, type MemoryLine } from "../../kit/bad_line.ts";
import { until } from "../../kit/cluster.ts";
import { makeRunner } from "../../kit/console.ts";
import { postgresTest } from "../../kit/postgres.ts";
import { ready, registered } from "../../kit/raw_account.ts";
import { TestServer } from "../../kit/test_server.ts";
import { openNodes } from "../../kit/two_nodes.ts";

function objects(out: readonly string[]): Record<string, unknown>[] {
  return out.map((line) => Object(parseJson(line)));
}

Deno.test(postgresTest(
  "info counts the people at each node, node list asks each, and says of one that is not heard well that it does not answer",
  async (postgres) => {
    await using owner = new AsyncDisposableStack();
    const hub = new LineHub();
    owner.defer(() => hub.close());
    const lines: MemoryLine[] = [];
    const line = () => {
      lines.push(hub.line());
      return lines[lines.length - 1];
    };
    const [one, two] = await openNodes(postgres, { line, owner });
    await ready(two, await registered(one, "alice"));
    await until(() => one.parts.presence.onlineCount === 1);
    const [runner] = [one, two].map((server) => makeRunner(server));
    const info = await runner.run("info");
    match(info.out.join("\n"), /^Nodes +a \(this one\): 0, b: 1$/m);
    const [server] = objects((await runner.run("info --json")).out);
    deepEqual(server.nodes, [
      { name: "a", isOwn: true, people: 0 },
      { name: "b", isOwn: false, people: 1 },
    ]);

    const listed = objects((await runner.run("node list --json")).out);
    deepEqual(
      listed.map(({ type, name, own, answers, version, sessions, people, draining }) => [
        ...[type, name, own, answers, version, sessions, people, draining],
      ]),
      [
        ["node", "a", true, true, VERSION, 0, 0, false],
        ["node", "b", false, true, VERSION, 1, 1, false],
      ],
    );
    match(String(listed[0].since), /^2026-01-01T/);

    // It is heard of still: a node is gone only when it was not heard for a while.
    lines[1].isUp = false;
    const cut = await runner.run("node list");
    match(cut.out.join("\n"), /^a \(this one\) .*\nb +does not answer$/m);
    const refused = await runner.run("node drain b");
    deepEqual(refused.out, ["Cannot drain b: it does not answer"]);
    equal(refused.exit, 5);
  },
));

Deno.test(postgresTest(
  "node drain has the node of that name give its people away, shows how many are left, and says when nobody is",
  async (postgres) => {
    await using owner = new AsyncDisposableStack();
    const hub = new LineHub();
    owner.defer(() => hub.close());
    const [one, two] = await openNodes(postgres, { line: () => hub.line(), owner });
    const client = await ready(two, await registered(one, "alice"));
    const [runner] = [one, two].map((server) => makeRunner(server));
    const unknown = await runner.run("node drain three");
    deepEqual([unknown.exit, unknown.out], [4, [
      "Cannot drain three: no node of this name is heard; node list shows them",
    ]]);

    const told: string[] = [];
    let isDone = false;
    const tell = ({ out }: { out: readonly string[] }) => Promise.resolve(void told.push(...out));
    const draining = runner.run("node drain b", { tell }).finally(() => isDone = true);
    await until(() => told.length > 0);
    equal(told[0], "b: 1 connection left");
    deepEqual([one, two].map(({ parts }) => parts.draining.isOrdered), [false, true]);
    // What its server does then.
    await client.close();
    await until(async () => {
      await one.clock.advance(1_000);
      return isDone;
    });
    deepEqual((await draining).out, ["b is empty, and takes nobody until it is started again"]);
    match((await runner.run("node list")).out.join("\n"), /^b .* drained$/m);
    deepEqual([one.faults, two.faults], [[], []]);
  },
));

Deno.test("a server that runs alone has no nodes to list or to drain", async () => {
  await using server = await TestServer.open();
  const runner = makeRunner(server);
  deepEqual((await runner.run("node list")).out, ["This server has no other nodes"]);
  equal((await runner.run("node drain one")).exit, 4);
  equal(server.parts.draining.isOrdered, false);
});
