import { deepEqual, equal, ok, rejects, throws } from "node:assert/strict";
import { systemClock } from "../../../../lib/base/clock.ts";
import { dialTls } from "../../../../lib/net/dialling/dial.ts";
import type { Accepted } from "../../../../lib/net/listening/arrivals.ts";
import { Listener } from "../../../../lib/net/listening/listener.ts";
import { HANDSHAKE_DEADLINE_MS, WRITE_STALL_MS } from "../../../../lib/protocol/limits.ts";
import { testAuthority } from "../../../kit/certificates.ts";
import { FakeClock, settle } from "../../../kit/clock.ts";

/** A listener that cannot cut descriptors, and so relays. */
async function openRelay(limits = { connections: 100 }) {
  const authority = await testAuthority();
  const clock = new FakeClock();
  const tls = await authority.issue();
  const listener = Listener.open({ host: "127.0.0.1", port: 0 }, { clock, limits, tls });
  const accepted: Accepted[] = [];
  listener.run((one) => void accepted.push(one));
  const { port } = listener.address;
  const dial = async () => {
    const options = { clock: systemClock, timeoutMs: 60_000 };
    const count = accepted.length;
    const { stream } = await dialTls({ host: "127.0.0.1", port }, authority.caPem, options);
    while (accepted.length === count) await settle();
    return { near: stream, far: accepted[count] };
  };
  const plain = () => Deno.connect({ hostname: "127.0.0.1", port });
  return { clock, listener, accepted, dial, plain };
}

/** Until the other side ends, or the connection breaks. */
async function readAll(stream: Pick<Deno.Conn, "read">): Promise<number> {
  const buffer = new Uint8Array(65_536);
  for (let total = 0;;) {
    const count = await stream.read(buffer).catch(() => null);
    if (count === null) return total;
    total += count;
  }
}

Deno.test("relayed connection carries bytes both ways, shows its address, and half an end", async () => {
  const { listener, dial } = await openRelay();
  const { near, far } = await dial();
  equal(far.remoteAddress, "127.0.0.1");
  ok(far.remotePort > 0);
  const sent = Uint8Array.from({ length: 300_000 }, (_, i) => i * 7);
  const echo = async () => {
    const buffer = new Uint8Array(50_000);
    for (let count; (count = await far.stream.read(buffer)) !== null;) {
      for (let at = 0; at < count;) at += await far.stream.write(buffer.subarray(at, count));
    }
    await far.stream.closeWrite();
  };
  const write = async () => {
    for (let at = 0; at < sent.length;) at += await near.write(sent.subarray(at, at + 40_000));
    await near.closeWrite();
  };
  const received: number[] = [];
  const read = async () => {
    const buffer = new Uint8Array(65_536);
    for (let count; (count = await near.read(buffer)) !== null;) {
      received.push(...buffer.subarray(0, count));
    }
  };
  await Promise.all([echo(), write(), read()]);
  deepEqual(Uint8Array.from(received), sent);
  near.close();
  far.stream.close();
  far.admission.release();
  await listener.close();
});

Deno.test("relayed connection that is closed after a write loses nothing of it", async () => {
  const { listener, dial } = await openRelay();
  const { near, far } = await dial();
  const reading = readAll(near);
  const bytes = new Uint8Array(500_000);
  for (let at = 0; at < bytes.length;) at += await far.stream.write(bytes.subarray(at));
  far.stream.close();
  far.stream.close();
  equal(await reading, bytes.length);
  near.close();
  far.admission.release();
  await listener.close();
});

Deno.test("relayed connection whose other side does not read is gone when nothing moves after its close", async () => {
  const { clock, listener, dial } = await openRelay();
  const { near, far } = await dial();
  // More than fits on the way, so that it never ends by itself.
  const write = async () => {
    for (;;) await far.stream.write(new Uint8Array(65_536));
  };
  const writing = rejects(write());
  await settle();
  far.stream.close();
  await writing;
  await clock.advance(WRITE_STALL_MS);
  await readAll(near);
  near.close();
  far.admission.release();
  await listener.close();
});

Deno.test("strangers at a relay are gone at the deadline: silent, with one byte, with half a hello", async () => {
  const { clock, listener, accepted, plain, dial } = await openRelay();
  const strangers = await Promise.all([plain(), plain(), plain()]);
  await strangers[1].write(new Uint8Array([22]));
  await strangers[2].write(new Uint8Array([22, 3, 1, 1, 0, 1, 0, 0, 252, 3, 3]));
  while (listener.desk.connections < 3) await settle();
  const ends = strangers.map(readAll);
  await clock.advance(HANDSHAKE_DEADLINE_MS - 1);
  equal(listener.desk.unauthenticated, 3);
  await clock.advance(1);
  await Promise.all(ends);
  while (listener.desk.connections > 0) await settle();
  deepEqual([accepted.length, listener.overdue], [0, 3]);
  const { near, far } = await dial();
  near.close();
  far.stream.close();
  far.admission.release();
  strangers.forEach((stranger) => stranger.close());
  await listener.close();
});

/** A listener on a free port whose `accept` fails, as it does without descriptors (EMFILE). */
function listenWithoutDescriptors(): Deno.TlsListener {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const refusing = {
    addr: listener.addr,
    accept: () => Promise.reject(new Error("Too many open files (os error 24)")),
    close: () => listener.close(),
    [Symbol.dispose]: () => listener.close(),
  };
  return refusing as unknown as Deno.TlsListener;
}

Deno.test("a relay that runs out of descriptors in the middle keeps none of that connection, and takes in the next", async () => {
  const { listener, dial } = await openRelay();
  const { listenTls, connect } = Deno;
  const within: Deno.Conn[] = [];
  Deno.listenTls = () => listenWithoutDescriptors();
  Deno.connect = (async (options: Deno.ConnectOptions) => {
    const conn = await connect(options);
    within.push(conn);
    return conn;
  }) as typeof Deno.connect;
  const stranger = await connect({ hostname: "127.0.0.1", port: listener.address.port });
  try {
    equal(await readAll(stranger), 0);
  } finally {
    Object.assign(Deno, { listenTls, connect });
  }
  equal(within.length, 1);
  throws(() => within[0].close(), Deno.errors.BadResource);
  const { near, far } = await dial();
  near.close();
  far.stream.close();
  far.admission.release();
  stranger.close();
  await listener.close();
});

Deno.test("a stranger at a relay gives way to a newcomer, in the handshake and after it", async () => {
  const { listener, plain, dial } = await openRelay({ connections: 1 });
  const silent = await plain();
  while (listener.desk.connections < 1) await settle();
  const first = await dial();
  equal(await readAll(silent), 0);
  const second = await dial();
  equal(await readAll(first.near), 0);
  await rejects(first.far.stream.read(new Uint8Array(1)));
  equal(listener.desk.displaced, 2);
  for (const { near, far } of [first, second]) {
    near.close();
    far.stream.close();
    far.admission.release();
  }
  silent.close();
  await listener.close();
});
