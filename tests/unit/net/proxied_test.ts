/** Connections that come through proxies which say for whom they connect. */

import { deepEqual, equal, ok } from "node:assert/strict";
import type { AcceptedConn } from "../../../lib/net/listening/acceptor.ts";
import { parseAddressList } from "../../../lib/net/addresses/address_list.ts";
import type { AdmissionLimits } from "../../../lib/net/listening/admission.ts";
import type { Accepted } from "../../../lib/net/listening/arrivals.ts";
import { TLS_SERVER_NAME } from "../../../lib/net/dialling/dial.ts";
import { Listener } from "../../../lib/net/listening/listener.ts";
import { memoryLink } from "../../../lib/net/streams/memory.ts";
import { HANDSHAKE_DEADLINE_MS, UNAUTHENTICATED_MAX } from "../../../lib/protocol/limits.ts";
import { testAuthority } from "../../kit/certificates.ts";
import { FakeClock, settle } from "../../kit/clock.ts";
import { readSome } from "../../kit/connections.ts";

const loopback = { host: "127.0.0.1", port: 0 };

/** What HAProxy says for a client of 192.0.2.`last`, port 50000. */
function proxyHeader(last: number): Uint8Array {
  return Uint8Array.from([
    ...[0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a, 0x21, 0x11, 0, 12],
    ...[192, 0, 2, last, 127, 0, 0, 1, 0xc3, 0x50, 0x26, 0x45],
  ]);
}

/** A listener whose proxies are those of `list`, with a false clock. */
async function openProxied(list: string, limits: AdmissionLimits = { connections: 100 }) {
  const parsed = parseAddressList(list);
  ok(parsed.ok);
  const authority = await testAuthority();
  const tls = await authority.issue();
  const clock = new FakeClock();
  const proxies = parsed.list;
  const listener = Listener.open(loopback, { clock, limits, tls, proxies });
  const accepted: Accepted[] = [];
  listener.run((one) => void accepted.push(one));
  const { port } = listener.address;
  return {
    clock,
    listener,
    accepted,
    /** A connection of a proxy that says `header` first, then TLS. */
    async dial(header: Uint8Array) {
      const plain = await Deno.connect({ hostname: "127.0.0.1", port });
      await plain.write(header);
      return await Deno.startTls(plain, { hostname: TLS_SERVER_NAME, caCerts: [authority.caPem] });
    },
    plain: () => Deno.connect({ hostname: "127.0.0.1", port }),
  };
}

Deno.test("a connection through a named proxy is the client's that it names, and TLS follows its header", async () => {
  const { listener, accepted, dial } = await openProxied("127.0.0.0/8");
  const client = await dial(proxyHeader(7));
  await client.handshake();
  while (accepted.length === 0) await settle();
  equal(accepted[0].remoteAddress, "192.0.2.7");
  equal(accepted[0].remotePort, 50_000);
  await client.write(new TextEncoder().encode("hello"));
  equal(new TextDecoder().decode(await readSome(accepted[0].stream) ?? undefined), "hello");
  client.close();
  accepted[0].stream.close();
  accepted[0].admission.release();
  await listener.close();
});

Deno.test("limits of an address count the clients that a proxy names, not the proxy", async () => {
  const limits = { connections: 100, unauthenticatedPerAddress: 1 };
  const { listener, accepted, dial } = await openProxied("127.0.0.1", limits);
  const clients = [];
  for (const last of [1, 2, 3]) {
    const client = await dial(proxyHeader(last));
    await client.handshake();
    clients.push(client);
  }
  while (accepted.length < 3) await settle();
  equal(listener.desk.displaced, 0);
  const again = await dial(proxyHeader(2));
  await again.handshake();
  while (accepted.length < 4) await settle();
  equal(listener.desk.displaced, 1);
  for (const { stream, admission } of accepted) {
    try {
      stream.close();
    } catch {
      // The one that gave way.
    }
    admission.release();
  }
  for (const client of [...clients, again]) client.close();
  await listener.close();
});

Deno.test("a proxy that says nothing of its client is not served, nor one that says it in another way", async () => {
  const { clock, listener, accepted, plain } = await openProxied("127.0.0.1");
  const text = await plain();
  await text.write(new TextEncoder().encode("PROXY TCP4 192.0.2.1 127.0.0.1 5000 9797\r\n"));
  equal(await text.read(new Uint8Array(1)).catch(() => null), null);
  const silent = await plain();
  await silent.write(proxyHeader(1).subarray(0, 20));
  const ended = silent.read(new Uint8Array(1)).catch(() => null);
  while (listener.overdue === 0) {
    await settle();
    await clock.advance(1000);
  }
  equal(await ended, null);
  deepEqual([accepted.length, listener.desk.connections], [0, 0]);
  text.close();
  silent.close();
  await listener.close();
  equal(clock.pendingTimers, 0);
});

Deno.test("header and handshake of a client behind a proxy have one deadline together", async () => {
  const { clock, listener, accepted, plain } = await openProxied("127.0.0.1");
  const slow = await plain();
  await slow.write(proxyHeader(1).subarray(0, 20));
  await settle();
  await clock.advance(HANDSHAKE_DEADLINE_MS - 1000);
  await slow.write(proxyHeader(1).subarray(20));
  while (listener.desk.connections === 0) await settle();
  const ended = slow.read(new Uint8Array(1)).catch(() => null);
  await clock.advance(1000);
  equal(await ended, null);
  while (listener.desk.connections > 0) await settle();
  deepEqual([accepted.length, listener.overdue], [0, 1]);
  slow.close();
  await listener.close();
  equal(clock.pendingTimers, 0);
});

Deno.test("whoever is no named proxy is not believed: the header is no TLS", async () => {
  const { listener, accepted, plain } = await openProxied("10.0.0.2, 2001:db8::/32");
  const liar = await plain();
  await liar.write(proxyHeader(1));
  // An alert of TLS, or the end.
  const buffer = new Uint8Array(64);
  while (await liar.read(buffer).catch(() => null) !== null);
  deepEqual([accepted.length, listener.desk.connections], [0, 0]);
  liar.close();
  await listener.close();
});

Deno.test("a proxy that opens connections without a word holds no more than may be waiting", async () => {
  const waiting: PromiseWithResolvers<AcceptedConn>[] = [];
  const acceptor = {
    accept: () => {
      waiting.push(Promise.withResolvers());
      return waiting[waiting.length - 1].promise;
    },
    close: () => waiting.forEach(({ reject }) => reject(new Deno.errors.BadResource("closed"))),
  };
  const remoteAddr = { transport: "tcp", hostname: "192.0.2.1", port: 5000 } as const;
  const parsed = parseAddressList("192.0.2.1");
  ok(parsed.ok);
  const clock = new FakeClock();
  const limits = { connections: 1000 };
  const listener = new Listener(acceptor, loopback, { clock, limits, proxies: parsed.list });
  listener.run(() => {});
  const farEnds = [];
  for (let i = 0; i < UNAUTHENTICATED_MAX + 3; i++) {
    while (waiting.length === 0) await settle();
    const { near, far } = memoryLink();
    waiting.shift()?.resolve(Object.assign(near, { remoteAddr }));
    farEnds.push(far);
  }
  await settle();
  const ends = farEnds.slice(0, 3).map((far) => far.read(new Uint8Array(1)).catch(() => null));
  deepEqual(await Promise.all(ends), [null, null, null]);
  await listener.close();
  equal(clock.pendingTimers, 0);
});
