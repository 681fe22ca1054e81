/** A new device at one node is linked by a device at another; a direct connection is begun from two nodes. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { decodeHex, utf8 } from "../../../lib/base/bytes.ts";
import { systemClock } from "../../../lib/base/clock.ts";
import { QuicSocket } from "../../../lib/net/quic/quic_socket.ts";
import { RENDEZVOUS_PROTOCOL } from "../../../lib/protocol/hop/direct.ts";
import { type BusLine, SilentLine } from "../../../lib/server/bus/bus_line.ts";
import { LineHub } from "../../kit/bad_line.ts";
import { guess, ready, registered } from "../../kit/raw_account.ts";
import type { RawClient } from "../../kit/raw_client.ts";
import { seeded } from "../../kit/seeded.ts";
import type { TestServer } from "../../kit/test_server.ts";
import { openLocalNodes } from "../../kit/two_nodes.ts";

const PASSWORD = "orbit-lantern-42";

/** Alice's device at the first node, and one at the second that asks to be linked. */
async function asking(
  line: () => BusLine,
  run: (all: { device: RawClient; fresh: RawClient; link: unknown }) => Promise<void>,
): Promise<void> {
  await using owner = new AsyncDisposableStack();
  const [one, two] = await openLocalNodes({ line, owner });
  const account = await registered(one, "alice", { password: PASSWORD });
  const device = await ready(one, account);
  const fresh = await two.handshake();
  const { finish } = await guess(fresh, "alice", PASSWORD);
  await fresh.get("login.finish", finish);
  const { link } = await fresh.get("device.link-ask", {}, utf8("sealed request"));
  await run({ device, fresh, link });
}

Deno.test("a device at another node hears of a request, finds it, and hands its answer over, though the bus loses words", async () => {
  const hub = new LineHub(seeded(4));
  await asking(() => hub.line(), async ({ device, fresh, link }) => {
    equal((await device.next("device.link-news")).header.link, link);
    const { header, payload } = await device.ask("device.link-requests", {});
    deepEqual((header.requests as { link: string }[]).map((one) => one.link), [link]);
    deepEqual(payload, utf8("sealed request"));
    await device.get("device.link-answer", { link, approved: true }, utf8("sealed answer"));
    const result = await fresh.next("device.link-result");
    deepEqual([result.header.result, result.payload], ["approved", utf8("sealed answer")]);
    equal(await device.refused("device.link-answer", { link, approved: false }), "no-request");
  });
  hub.close();
  ok(hub.faults.lost > 0, JSON.stringify(hub.faults));
});

Deno.test("without a bus, a request at another node is refused in words that say so", () =>
  asking(() => new SilentLine(), async ({ device, link }) => {
    const { header } = await device.ask("device.link-requests", {});
    deepEqual(header.requests, []);
    const refused = await device.ask("device.link-answer", { link, approved: true });
    deepEqual([refused.header.code, refused.header.message], [
      "no-request",
      "This device no longer asks to be linked, or does so at another node of this server, which this one cannot reach",
    ]);
  }));

/** What a session's node says of the address of its socket. `at`: a UDP port that its client reaches in that node's place. */
async function seenAt(
  server: TestServer,
  client: RawClient,
  socket: QuicSocket,
  at?: number,
): Promise<unknown> {
  const { port: own, certificate, ticket } = await client.get("direct.rendezvous");
  equal(own, server.parts.rendezvous?.port);
  const port = at ?? own;
  const leaf = decodeHex(String(certificate)) ?? new Uint8Array();
  const { stream } = await socket.dial({ host: "127.0.0.1", port: Number(port) }, { leaf }, {
    clock: systemClock,
    timeoutMs: 10_000,
  });
  await stream.write(decodeHex(String(ticket)) ?? new Uint8Array());
  await stream.closeWrite();
  const { header } = await client.next("direct.seen");
  stream.close();
  return header.port;
}

for (
  const [what, line] of [
    ["with a bus", (hub: LineHub) => hub.line()],
    ["without one", () => new SilentLine()],
  ] as const
) {
  Deno.test(`each node tells its own people where their sockets are seen, ${what}`, async () => {
    await using owner = new AsyncDisposableStack();
    const hub = new LineHub();
    const nodes = await openLocalNodes({ line: () => line(hub), owner, rendezvous: true });
    for (const [which, name] of ["alice", "bob"].entries()) {
      const client = await ready(nodes[which], await registered(nodes[0], name, { which }));
      const socket = QuicSocket.open({
        ...{ clock: systemClock, host: "127.0.0.1", protocol: RENDEZVOUS_PROTOCOL },
      });
      owner.defer(() => socket.close({ atOnce: true }));
      equal(await seenAt(nodes[which], client, socket), socket.port);
    }
  });
}

Deno.test("a ticket is good at the UDP port of any node, as behind a balancer", async () => {
  await using owner = new AsyncDisposableStack();
  const hub = new LineHub();
  owner.defer(() => hub.close());
  const nodes = await openLocalNodes({ line: () => hub.line(), owner, rendezvous: true });
  const [one, two] = nodes;
  deepEqual(one.parts.rendezvous?.certificate, two.parts.rendezvous?.certificate);
  const client = await ready(one, await registered(one, "alice"));
  const socket = QuicSocket.open({
    ...{ clock: systemClock, host: "127.0.0.1", protocol: RENDEZVOUS_PROTOCOL },
  });
  owner.defer(() => socket.close({ atOnce: true }));
  equal(await seenAt(one, client, socket, two.parts.rendezvous?.port), socket.port);
});
