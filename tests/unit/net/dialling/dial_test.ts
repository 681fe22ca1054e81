import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { systemClock } from "../../../../lib/base/clock.ts";
import { HeliographError, TrustError } from "../../../../lib/base/errors.ts";
import { Connection } from "../../../../lib/net/connections/connection.ts";
import { dialPlain, dialTls, probeServer } from "../../../../lib/net/dialling/dial.ts";
import { Flusher } from "../../../../lib/net/connections/flusher.ts";
import type { TlsIdentity } from "../../../../lib/net/listening/acceptor.ts";
import { Listener } from "../../../../lib/net/listening/listener.ts";
import {
  fingerprintOfPem,
  formatServerFingerprint,
} from "../../../../lib/net/addresses/server_fingerprint.ts";
import { TimerWheel } from "../../../../lib/net/connections/timer_wheel.ts";
import { SIGNED_IN_PACKET_LIMITS } from "../../../../lib/protocol/limits.ts";
import { encodePacket, type Packet } from "../../../../lib/protocol/packet.ts";
import type { ByteStream } from "../../../../lib/net/streams/byte_stream.ts";
import { testAuthority } from "../../../kit/certificates.ts";
import { FakeClock } from "../../../kit/clock.ts";

const options = { clock: systemClock, timeoutMs: 10_000 };
const local = (port: number) => ({ host: "127.0.0.1", port });
const code = (wanted: string) => (error: unknown) =>
  error instanceof HeliographError && error.code === wanted;

const wheel = new TimerWheel(systemClock);
const flusher = new Flusher(systemClock);

function connectionOver(stream: ByteStream): Connection {
  return new Connection(stream, {
    wheel,
    flusher,
    limits: SIGNED_IN_PACKET_LIMITS,
    remoteAddress: "127.0.0.1",
  });
}

/** A server whose connections answer each packet with itself and count what they get. */
function echoServer(tls?: TlsIdentity) {
  const listener = Listener.open(local(0), {
    clock: systemClock,
    limits: { connections: 100 },
    ...(tls === undefined ? {} : { tls }),
  });
  const kinds: unknown[] = [];
  const ended: Promise<unknown>[] = [];
  listener.run(({ stream, admission }) => {
    const connection = connectionOver(stream);
    ended.push(
      connection.run((packet) => {
        kinds.push(packet.header.kind);
        connection.send(encodePacket(packet.header, packet.payload));
      }).finally(() => admission.release()),
    );
  });
  return {
    address: local(listener.address.port),
    kinds,
    async [Symbol.asyncDispose]() {
      await listener.close();
      await Promise.all(ended);
      equal(listener.desk.connections, 0);
    },
  };
}

async function exchange(stream: ByteStream, payloadBytes: number): Promise<Packet> {
  const connection = connectionOver(stream);
  const { promise, resolve } = Promise.withResolvers<Packet>();
  const running = connection.run(resolve);
  connection.send(encodePacket({ kind: "echo" }, new Uint8Array(payloadBytes).fill(7)));
  const answer = await Promise.race([
    promise,
    running.then((reason) => Promise.reject(new Error(`ended: ${reason.kind}`))),
  ]);
  deepEqual(await connection.close("done"), { kind: "closed", why: "done" });
  return answer;
}

Deno.test("dialPlain reaches a server on this machine, and closing ends both sides in order", async () => {
  await using server = echoServer();
  const { stream, remoteAddress } = await dialPlain(server.address, options);
  equal(remoteAddress, "127.0.0.1");
  equal((await exchange(stream, 300_000)).payload.length, 300_000);
});

Deno.test("dialTls reaches the server of the pinned CA, whatever its address, and closing ends both sides", async () => {
  const authority = await testAuthority();
  await using server = echoServer(await authority.issue());
  for (let i = 0; i < 3; i++) {
    const { stream } = await dialTls(server.address, authority.caPem, options);
    equal((await exchange(stream, 300_000)).payload.length, 300_000);
  }
});

Deno.test("probeServer shows the CA that the server's fingerprint is made of", async () => {
  const authority = await testAuthority();
  await using server = echoServer(await authority.issue());
  const probed = await probeServer(server.address, options);
  equal(probed.fingerprint, await fingerprintOfPem(authority.caPem));
  ok(/^SHA256:/.test(formatServerFingerprint(probed.fingerprint)));
  const { stream } = await dialTls(server.address, probed.caPem, options);
  equal((await exchange(stream, 10)).payload.length, 10);
});

Deno.test("SR-49: the probe sends one ClientHello and nothing else", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const probing = probeServer(local(listener.addr.port), options);
  const stream = await listener.accept();
  const buffer = new Uint8Array(4096);
  const count = await stream.read(buffer) ?? 0;
  equal(buffer[0], 22);
  equal(count, 5 + (buffer[3] << 8 | buffer[4]));
  await stream.write(Uint8Array.of(21, 3, 3, 0, 2, 2, 40));
  await rejects(probing, code("tls-alert"));
  equal(await stream.read(buffer), null);
  stream.close();
  listener.close();
});

Deno.test("SR-50: a server with another CA of the same name is refused, and gets no byte of ours", async () => {
  const pinned = await testAuthority();
  const other = await testAuthority();
  await using server = echoServer(await other.issue());
  await rejects(
    dialTls(server.address, pinned.caPem, options),
    (error: unknown) => error instanceof TrustError && error.code === "server-certificate",
  );
  deepEqual(server.kinds, []);
});

Deno.test("SR-50: a new server certificate of the pinned CA is accepted", async () => {
  const authority = await testAuthority();
  for (let i = 0; i < 2; i++) {
    await using server = echoServer(await authority.issue());
    const { stream } = await dialTls(server.address, authority.caPem, options);
    stream.close();
  }
});

Deno.test("SR-49: a certificate of the pinned CA for another name is refused", async () => {
  const authority = await testAuthority();
  await using server = echoServer(await authority.issue("example.org"));
  await rejects(dialTls(server.address, authority.caPem, options), code("server-certificate"));
});

Deno.test("dialTls and probeServer say that a server speaks no TLS", async () => {
  const authority = await testAuthority();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const stream of listener) {
      await stream.write(new TextEncoder().encode("220 mail.example.org ESMTP\r\n"));
      await stream.read(new Uint8Array(1000)).catch(() => null);
      stream.close();
    }
  })();
  const address = local(listener.addr.port);
  await rejects(dialTls(address, authority.caPem, options), code("tls-failed"));
  await rejects(probeServer(address, options), { name: "TransportError", code: "not-tls" });
  listener.close();
  await serving;
});

Deno.test("probeServer says in words that a server ends the connection before it says anything", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const address = local(listener.addr.port);
  const serving = (async () => {
    const stream = await listener.accept();
    await stream.read(new Uint8Array(1000));
    stream.close();
  })();
  await rejects(probeServer(address, options), {
    name: "TransportError",
    code: "ended",
    message: `Cannot talk to 127.0.0.1:${listener.addr.port}: it ended the connection`,
  });
  listener.close();
  await serving;
});

Deno.test("dial says that nothing listens", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const address = local(listener.addr.port);
  listener.close();
  await rejects(dialPlain(address, options), code("refused"));
  await rejects(dialTls(address, "", options), code("refused"));
  await rejects(probeServer(address, options), code("refused"));
});

Deno.test("probeServer gives up on a server that does not answer, and closes its connection", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const clock = new FakeClock();
  const options = { clock, timeoutMs: 3000 };
  const probing = rejects(probeServer(local(listener.addr.port), options), code("timed-out"));
  const stream = await listener.accept();
  await stream.read(new Uint8Array(2000));
  await clock.advance(3000);
  await probing;
  equal(await stream.read(new Uint8Array(2000)).catch(() => null), null);
  stream.close();
  listener.close();
  equal(clock.pendingTimers, 0);
});

Deno.test("dialTls gives up on a server that does not answer", async () => {
  const authority = await testAuthority();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const clock = new FakeClock();
  const options = { clock, timeoutMs: 3000 };
  const address = local(listener.addr.port);
  const dialling = rejects(dialTls(address, authority.caPem, options), code("timed-out"));
  const stream = await listener.accept();
  await stream.read(new Uint8Array(2000));
  await clock.advance(3000);
  await dialling;
  equal(clock.pendingTimers, 0);
  stream.close();
  listener.close();
});

Deno.test("dialTls ends with the reason of its signal", async () => {
  const authority = await testAuthority();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const stop = new AbortController();
  const reason = new Error("the person changed their mind");
  const withSignal = { ...options, signal: stop.signal };
  const dialling = rejects(
    dialTls(local(listener.addr.port), authority.caPem, withSignal),
    reason,
  );
  const stream = await listener.accept();
  await stream.read(new Uint8Array(2000));
  stop.abort(reason);
  await dialling;
  stream.close();
  listener.close();
});

Deno.test("probeServer reads at most 64 KiB", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const probing = rejects(
    probeServer(local(listener.addr.port), options),
    code("not-tls"),
  );
  const stream = await listener.accept();
  // Handshake records of a server hello that never ends.
  const record = new Uint8Array(5 + 16_384);
  record.set([22, 3, 3, 0x40, 0]);
  record.set([2, 0, 0xff, 0xff], 5);
  let sent = 0;
  try {
    while (sent < 16 << 20) sent += await stream.write(record);
  } catch {
    // The probe has closed its end.
  }
  await probing;
  ok(sent < 16 << 20, `${sent} bytes taken`);
  stream.close();
  listener.close();
});
