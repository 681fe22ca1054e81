/** The server tells clients where their UDP socket is seen. */

import { equal, ok } from "node:assert/strict";
import { decodeHex } from "../../../lib/base/bytes.ts";
import { systemClock } from "../../../lib/base/clock.ts";
import { QuicSocket } from "../../../lib/net/quic/quic_socket.ts";
import { RENDEZVOUS_PROTOCOL } from "../../../lib/protocol/hop/direct.ts";
import { TICKET_MS } from "../../../lib/server/sessions/rendezvous.ts";
import { ready, registered } from "../../kit/raw_account.ts";
import type { RawClient } from "../../kit/raw_client.ts";
import { TestServer } from "../../kit/test_server.ts";

function openSocket() {
  const socket = QuicSocket.open({
    clock: systemClock,
    host: "127.0.0.1",
    protocol: RENDEZVOUS_PROTOCOL,
  });
  return { socket, [Symbol.asyncDispose]: () => socket.close({ atOnce: true }) };
}

async function askTicket(client: RawClient) {
  const { port, certificate, ticket } = await client.get("direct.rendezvous");
  return {
    place: { host: "127.0.0.1", port: Number(port) },
    certificate: decodeHex(String(certificate)) ?? new Uint8Array(0),
    ticket: String(ticket),
  };
}

/** Shows bytes, and waits until the server has closed. */
async function show(
  socket: QuicSocket,
  { place, certificate }: Awaited<ReturnType<typeof askTicket>>,
  bytes: Uint8Array,
): Promise<void> {
  const { stream } = await socket.dial(place, { leaf: certificate }, {
    clock: systemClock,
    timeoutMs: 10_000,
  });
  await stream.write(bytes);
  await stream.closeWrite();
  await stream.read(new Uint8Array(1)).catch(() => null);
  stream.close();
}

Deno.test("server tells a session the address of the socket that shows its ticket, and nobody else", async () => {
  await using server = await TestServer.open({ rendezvous: true });
  const alice = await ready(server, await registered(server, "alice", { which: 0 }));
  const bob = await ready(server, await registered(server, "bob", { which: 1 }));
  await using near = openSocket();
  const asked = await askTicket(alice);
  await show(near.socket, asked, decodeHex(asked.ticket) ?? new Uint8Array(0));
  const { header } = await alice.next("direct.seen");
  equal(header.ticket, asked.ticket);
  equal(header.host, "127.0.0.1");
  equal(header.port, near.socket.port);
  equal(bob.waiting.some(({ header: { kind } }) => kind === "direct.seen"), false);
});

Deno.test("server refuses a ticket that is unknown, cut short, used before, or older than 30 s", async () => {
  await using server = await TestServer.open({ rendezvous: true });
  const alice = await ready(server, await registered(server, "alice", { which: 0 }));
  await using near = openSocket();
  const asked = await askTicket(alice);
  const ticket = decodeHex(asked.ticket) ?? new Uint8Array(0);
  await show(near.socket, asked, new Uint8Array(16));
  await show(near.socket, asked, ticket.subarray(0, 15));
  equal(server.parts.rendezvous?.refused, 2);
  await show(near.socket, asked, ticket);
  await alice.next("direct.seen");
  await show(near.socket, asked, ticket);
  equal(server.parts.rendezvous?.refused, 3);
  const late = await askTicket(alice);
  await server.clock.advance(TICKET_MS);
  await show(near.socket, late, decodeHex(late.ticket) ?? new Uint8Array(0));
  equal(server.parts.rendezvous?.refused, 4);
  equal(alice.waiting.some(({ header: { kind } }) => kind === "direct.seen"), false);
});

Deno.test("server without UDP says so, and gives 30 tickets at once but no more", async () => {
  await using plain = await TestServer.open();
  const carol = await ready(plain, await registered(plain, "carol", { which: 2 }));
  equal(await carol.refused("direct.rendezvous"), "not-permitted");
  await using server = await TestServer.open({ rendezvous: true });
  const alice = await ready(server, await registered(server, "alice", { which: 0 }));
  for (let i = 0; i < 30; i++) ok((await alice.get("direct.rendezvous")).ticket);
  equal(await alice.refused("direct.rendezvous"), "rate-limited");
});
