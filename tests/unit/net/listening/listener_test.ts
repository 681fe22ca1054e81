import { deepEqual, equal, ok, rejects, throws } from "node:assert/strict";
import { systemClock } from "../../../../lib/base/clock.ts";
import { TransportError } from "../../../../lib/base/errors.ts";
import type { AcceptedConn, Acceptor } from "../../../../lib/net/listening/acceptor.ts";
import type { Accepted } from "../../../../lib/net/listening/arrivals.ts";
import { Listener } from "../../../../lib/net/listening/listener.ts";
import type { HostPort } from "../../../../lib/net/addresses/address.ts";
import type { AdmissionLimits } from "../../../../lib/net/listening/admission.ts";
import { TLS_SERVER_NAME } from "../../../../lib/net/dialling/dial.ts";
import { memoryLink } from "../../../../lib/net/streams/memory.ts";
import { testAuthority } from "../../../kit/certificates.ts";
import { FakeClock, settle } from "../../../kit/clock.ts";
import { readSome } from "../../../kit/connections.ts";

const loopback = { host: "127.0.0.1", port: 0 };
const options = { clock: systemClock, limits: { connections: 100 } };

/** An acceptor that gives what the test tells it to. */
function testAcceptor() {
  const waiting: { resolve: (conn: AcceptedConn) => void; reject: (error: unknown) => void }[] = [];
  const acceptor: Acceptor = {
    accept: () => new Promise((resolve, reject) => waiting.push({ resolve, reject })),
    close: () => waiting.forEach((one) => one.reject(new Deno.errors.BadResource("closed"))),
  };
  const events: string[] = [];
  const connect = (hostname = "192.0.2.1", more: Partial<AcceptedConn> = {}) => {
    const { near, far } = memoryLink();
    waiting.shift()?.resolve({
      ...near,
      close: () => {
        events.push(`closed ${hostname}`);
        near.close();
      },
      remoteAddr: { transport: "tcp", hostname, port: 5000 },
      ...more,
    });
    return far;
  };
  const fail = (error: unknown) => waiting.shift()?.reject(error);
  return { acceptor, connect, fail, events, waiting };
}

function startListener(acceptor: Acceptor, limits = { connections: 100 }) {
  const clock = new FakeClock();
  const listener = new Listener(acceptor, loopback, { clock, limits });
  const accepted: Accepted[] = [];
  listener.run((one) => void accepted.push(one));
  return { clock, listener, accepted };
}

Deno.test("listener hands out connections with their address", async () => {
  const received: Accepted[] = [];
  await using listener = Listener.open(loopback, options);
  listener.run((one) => void received.push(one));
  const client = await Deno.connect({ hostname: "127.0.0.1", port: listener.address.port });
  await client.write(new TextEncoder().encode("hello"));
  while (received.length === 0) await settle();
  equal(received[0].remoteAddress, "127.0.0.1");
  equal(new TextDecoder().decode(await readSome(received[0].stream) ?? undefined), "hello");
  received[0].stream.close();
  client.close();
});

Deno.test("listener says that the port is taken", async () => {
  await using first = Listener.open(loopback, options);
  throws(
    () => Listener.open(first.address, options),
    (error: unknown) =>
      error instanceof TransportError && error.code === "address-in-use" &&
      error.message.includes(`127.0.0.1:${first.address.port}`),
  );
});

Deno.test("listener frees its port when it is closed, also while clients are connecting", async () => {
  const first = Listener.open(loopback, options);
  first.run(({ stream }) => stream.close());
  const clients = await Promise.all(
    Array.from(
      { length: 20 },
      () => Deno.connect({ hostname: "127.0.0.1", port: first.address.port }),
    ),
  );
  await first.close();
  await first.close();
  clients.forEach((client) => client.close());
  const second = Listener.open(first.address, options);
  equal(second.address.port, first.address.port);
  await second.close();
});

Deno.test("listener goes on after a failed accept, and pauses so that it does not spin", async () => {
  const { acceptor, connect, fail, waiting } = testAcceptor();
  const { clock, listener, accepted } = startListener(acceptor);
  for (let i = 0; i < 5; i++) {
    fail(new Error("Too many open files (os error 24)"));
    await settle();
    equal(waiting.length, 0);
    await clock.advance(100);
    equal(waiting.length, 1);
  }
  connect();
  await settle();
  equal(accepted.length, 1);
  fail(new Error("Too many open files (os error 24)"));
  await settle();
  await listener.close();
  equal(clock.pendingTimers, 0);
});

Deno.test("listener goes on after a failed handshake and gives its place back", async () => {
  const { acceptor, connect, events } = testAcceptor();
  const { listener, accepted } = startListener(acceptor);
  connect("192.0.2.7", { handshake: () => Promise.reject(new Error("certificate unknown")) });
  await settle();
  deepEqual([accepted.length, listener.desk.connections], [0, 0]);
  deepEqual(events, ["closed 192.0.2.7"]);
  connect();
  await settle();
  deepEqual([accepted.length, listener.desk.connections], [1, 1]);
  await listener.close();
});

Deno.test("listener goes on when a connection is gone before it can be prepared", async () => {
  const { acceptor, connect } = testAcceptor();
  const { listener, accepted } = startListener(acceptor);
  connect("192.0.2.7", {
    setNoDelay() {
      throw new Error("Invalid argument (os error 22)");
    },
  });
  await settle();
  connect();
  await settle();
  deepEqual([accepted.length, listener.desk.connections], [1, 1]);
  await listener.close();
});

/** Connections that keep their descriptor until they are cut, as Deno's do inside their handshake. */
function cuttable(limits: AdmissionLimits) {
  const clock = new FakeClock();
  const { acceptor, connect, waiting } = testAcceptor();
  const open = new Map<string, () => void>();
  let mostOpen = 0;
  const cutter = {
    cut: (_port: number, remotes: readonly HostPort[]) => {
      for (const { host } of remotes) open.get(host)?.();
    },
    block: () => 0,
  };
  const listener = new Listener(acceptor, loopback, { clock, limits, cutter });
  const accepted: Accepted[] = [];
  listener.run((one) => void accepted.push(one));
  const stranger = (ip: string) => {
    connect(ip, {
      handshake: () =>
        new Promise<void>((_, reject) => {
          open.set(ip, () => {
            open.delete(ip);
            reject(new Error("unexpected end of file"));
          });
          mostOpen = Math.max(mostOpen, open.size);
        }),
    });
  };
  return { clock, listener, accepted, stranger, connect, open, waiting, most: () => mostOpen };
}

Deno.test("listener cuts a handshake that takes more than ten seconds, and gives its place back with its descriptor", async () => {
  const { clock, listener, accepted, stranger, open } = cuttable({ connections: 10 });
  await settle();
  stranger("192.0.2.7");
  await clock.advance(9_999);
  deepEqual([listener.desk.connections, listener.desk.unauthenticated], [1, 1]);
  await clock.advance(1);
  deepEqual([listener.desk.connections, listener.desk.unauthenticated, open.size], [1, 0, 1]);
  await clock.advance(10);
  deepEqual([listener.desk.connections, open.size, accepted.length], [0, 0, 0]);
  equal(listener.overdue, 1);
  await listener.close();
  equal(clock.pendingTimers, 0);
});

Deno.test("listener cuts a stranger for a newcomer where there is no place, in its handshake or after it", async () => {
  const { clock, listener, accepted, stranger, connect, open } = cuttable({ connections: 2 });
  await settle();
  stranger("192.0.2.1");
  await settle();
  connect("192.0.2.2", { handshake: () => Promise.resolve() });
  await settle();
  equal(accepted.length, 1);
  let isCut = false;
  open.set("192.0.2.2", () => isCut = true);
  stranger("192.0.2.3");
  await clock.advance(10);
  deepEqual([...open.keys()], ["192.0.2.2", "192.0.2.3"]);
  equal(isCut, false);
  stranger("192.0.2.4");
  await clock.advance(10);
  equal(isCut, true);
  accepted[0].admission.release();
  deepEqual([listener.desk.displaced, listener.desk.connections], [2, 2]);
  await listener.close();
});

Deno.test("listener accepts nobody while many who were cut still have their descriptors", async () => {
  const { clock, listener, stranger, open, most, waiting } = cuttable({
    connections: 1000,
    unauthenticated: 10,
  });
  // The system is slow to end them.
  const held = new Map<string, () => void>();
  const set = open.set.bind(open);
  open.set = (ip, end) => set(ip, () => void held.set(ip, end));
  await settle();
  for (let i = 0; i < 200 && waiting.length > 0; i++) {
    stranger(`10.0.${i >> 7}.${i & 127}`);
    await settle();
  }
  equal(most(), 10 + 64);
  for (const end of held.values()) end();
  await clock.advance(1);
  equal(waiting.length, 1);
  equal(listener.desk.leaving, 0);
  for (const end of open.values()) end();
  for (const end of held.values()) end();
  await listener.close();
});

Deno.test("listener that cannot give descriptors back goes on after a while", async () => {
  const { clock, listener, stranger, open, waiting } = cuttable({
    connections: 1000,
    unauthenticated: 1,
  });
  const find = open.get.bind(open);
  open.get = () => undefined;
  await settle();
  for (let i = 0; waiting.length > 0; i++) {
    stranger(`10.0.0.${i}`);
    await settle();
  }
  for (let i = 0; i < 100; i++) await clock.advance(1);
  equal(waiting.length, 1);
  open.get = find;
  for (const end of open.values()) end();
  await listener.close();
});

Deno.test("listener refuses at once who comes when all places are of people who have signed in", async () => {
  const { acceptor, connect, events } = testAcceptor();
  const { listener, accepted } = startListener(acceptor, { connections: 2 });
  for (const address of ["10.0.0.1", "10.0.0.2"]) {
    connect(address);
    await settle();
  }
  for (const { admission } of accepted) admission.signIn();
  connect("10.0.0.3");
  await settle();
  deepEqual([accepted.length, events, listener.desk.refused], [2, ["closed 10.0.0.3"], 1]);
  accepted[0].admission.release();
  connect("10.0.0.4");
  await settle();
  equal(accepted.length, 3);
  await listener.close();
});

Deno.test("listener with TLS survives clients that speak no TLS or do not trust it", async () => {
  const identity = await (await testAuthority()).issue();
  const received: Accepted[] = [];
  await using listener = Listener.open(loopback, { ...options, tls: identity });
  listener.run((one) => void received.push(one));
  const { port } = listener.address;
  const noise = await Deno.connect({ hostname: "127.0.0.1", port });
  await noise.write(new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"));
  while (await noise.read(new Uint8Array(1000)).catch(() => null) !== null);
  noise.close();
  const tcp = await Deno.connect({ hostname: "127.0.0.1", port });
  const distrustful = await Deno.startTls(tcp, { hostname: "heliograph.internal" });
  ok(await distrustful.handshake().then(() => false, () => true));
  distrustful.close();
  const silent = await Deno.connect({ hostname: "127.0.0.1", port });
  while (listener.desk.connections !== 1) await settle();
  equal(received.length, 0);
  // The silent one is still in its handshake: closing must not wait for its deadline.
  await listener.close();
  silent.close();
});

Deno.test("listener does not wait for a handshake that it accepted in the moment of closing", async () => {
  const { acceptor, connect, events } = testAcceptor();
  const { listener } = startListener(acceptor);
  await settle();
  connect("192.0.2.9", { handshake: () => new Promise(() => {}) });
  await listener.close();
  deepEqual(events, ["closed 192.0.2.9"]);
});

/** A TLS listener that answers each byte, and how to reach it. */
async function openEcho() {
  const before = await testAuthority();
  const listener = Listener.open(loopback, { ...options, tls: await before.issue() });
  listener.run(({ stream, admission }) => {
    const buffer = new Uint8Array(1);
    const answer = async (): Promise<void> => {
      while (await stream.read(buffer) !== null) await stream.write(buffer);
      stream.close();
    };
    answer().catch(() => stream.close()).finally(() => admission.release());
  });
  const { port } = listener.address;
  const dial = async (caPem: string) => {
    const tcp = await Deno.connect({ hostname: "127.0.0.1", port });
    const tls = await Deno.startTls(tcp, { hostname: TLS_SERVER_NAME, caCerts: [caPem] });
    try {
      await tls.handshake();
      return tls;
    } catch (error) {
      tls.close();
      throw error;
    }
  };
  return { before, listener, dial };
}

async function echoes(stream: Deno.Conn): Promise<boolean> {
  await stream.write(new Uint8Array([7]));
  return await stream.read(new Uint8Array(1)) === 1;
}

Deno.test("a renewed listener shows the new certificate, and leaves who is connected alone", async () => {
  const { before, listener, dial } = await openEcho();
  const old = await dial(before.caPem);
  const after = await testAuthority();
  let prepared = 0;
  await listener.renew(await after.issue(), () => prepared++);
  equal(prepared, 1);
  const young = await dial(after.caPem);
  ok(await echoes(old) && await echoes(young));
  await rejects(dial(before.caPem), /invalid peer certificate/);
  old.close();
  young.close();
  await listener.close();
});

Deno.test("a listener keeps its certificate when the new one cannot be read", async () => {
  const { before, listener, dial } = await openEcho();
  const [one, other] = [await before.issue(), await before.issue()];
  for (const privateKeyPem of ["no key", other.privateKeyPem]) {
    await rejects(
      listener.renew({ ...one, privateKeyPem }, () => {}),
      (error: unknown) => error instanceof TransportError && error.code === "bad-certificate",
    );
  }
  const stream = await dial(before.caPem);
  ok(await echoes(stream));
  stream.close();
  await listener.close();
});

Deno.test("a listener that is renewed again and again while many connect loses none who come again", async () => {
  const { before, listener, dial } = await openEcho();
  let done = false;
  let served = 0;
  const guests = Array.from({ length: 8 }, async () => {
    while (!done) {
      try {
        const stream = await dial(before.caPem);
        if (await echoes(stream)) served++;
        stream.close();
      } catch {
        // Nobody listened for a moment, or what waited to be accepted was dropped: it comes again.
      }
    }
  });
  for (let i = 0; i < 20; i++) {
    const seen = served;
    await listener.renew(await before.issue(), () => {});
    while (served === seen) await settle();
  }
  done = true;
  await Promise.all(guests);
  await listener.close();
});

Deno.test("a listener that is closed while it is renewed ends", async () => {
  const { before, listener } = await openEcho();
  const renewing = listener.renew(await before.issue(), () => {}).catch(() => {});
  await listener.close();
  await renewing;
  // The port is free.
  Deno.listen({ hostname: "127.0.0.1", port: listener.address.port }).close();
});
