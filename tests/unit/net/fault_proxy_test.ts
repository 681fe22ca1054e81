import { deepEqual, equal, ok } from "node:assert/strict";
import { FakeClock, settle } from "../../kit/clock.ts";
import { FaultProxy } from "../../kit/fault_proxy.ts";
import { readSome, writeAll } from "../../kit/connections.ts";

/** A server that sends back what it gets, and a client behind the proxy. */
async function testProxy() {
  const clock = new FakeClock();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const echo = async (stream: Deno.TcpConn) => {
    const buffer = new Uint8Array(65_536);
    try {
      for (
        let count = await stream.read(buffer);
        count !== null;
        count = await stream.read(buffer)
      ) {
        await writeAll(stream, buffer.slice(0, count));
      }
    } catch {
      // The proxy has cut the connection: what some of the tests ask for.
    }
    stream.close();
  };
  const serving = (async () => {
    for await (const stream of listener) echo(stream);
  })();
  const proxy = FaultProxy.open(listener.addr.port, clock);
  const client = await Deno.connect({ hostname: "127.0.0.1", port: proxy.port });
  return {
    clock,
    proxy,
    client,
    async [Symbol.asyncDispose]() {
      try {
        client.close();
      } catch (error) {
        if (!(error instanceof Deno.errors.BadResource)) throw error;
      }
      await proxy.close();
      listener.close();
      await serving;
    },
  };
}

async function readUntil(stream: Deno.TcpConn, sizeBytes: number): Promise<Uint8Array> {
  const parts: number[] = [];
  while (parts.length < sizeBytes) {
    const part = await readSome(stream).catch(() => null);
    if (part === null) break;
    parts.push(...part);
  }
  return Uint8Array.from(parts);
}

const text = new TextEncoder().encode("0123456789");

Deno.test("fault proxy passes bytes on unchanged when it has no fault", async () => {
  await using test = await testProxy();
  const large = Uint8Array.from({ length: 100_000 }, (_, i) => i * 7);
  const writing = writeAll(test.client, large);
  deepEqual(await readUntil(test.client, large.length), large);
  await writing;
  await test.client.closeWrite();
  equal(await readSome(test.client), null);
});

Deno.test("fault proxy corrupts the one byte that it was told", async () => {
  await using test = await testProxy();
  test.proxy.toServer.corruptAtByte = 3;
  await writeAll(test.client, text);
  equal(new TextDecoder().decode(await readUntil(test.client, 10)), "012#456789");
});

Deno.test("fault proxy cuts after the bytes that it was told", async () => {
  await using test = await testProxy();
  test.proxy.toClient.cutAfterBytes = 4;
  await writeAll(test.client, text);
  equal((await readUntil(test.client, 10)).length, 4);
});

Deno.test("fault proxy half-closes one direction and lets the other go on", async () => {
  await using test = await testProxy();
  test.proxy.toServer.halfCloseAfterBytes = 6;
  await writeAll(test.client, text);
  equal(new TextDecoder().decode(await readUntil(test.client, 10)), "012345");
  equal(await readSome(test.client), null);
});

/** Moves time on until `work` is done, and says how much of it went by. */
async function elapsedMs(clock: FakeClock, work: Promise<unknown>): Promise<number> {
  const start = clock.monotonicMs();
  let done = false;
  work.finally(() => done = true);
  while (!done) await clock.advance(1);
  await work;
  return clock.monotonicMs() - start;
}

Deno.test("fault proxy holds everything back while stalled", async () => {
  await using test = await testProxy();
  test.proxy.toServer.stalled = true;
  await writeAll(test.client, text);
  let arrived = false;
  const reading = readUntil(test.client, 10).then(() => arrived = true);
  await test.clock.advance(1_000);
  equal(arrived, false);
  test.proxy.toServer.stalled = false;
  await elapsedMs(test.clock, reading);
});

Deno.test("fault proxy delays bytes by the latency that it was told", async () => {
  await using test = await testProxy();
  test.proxy.toServer.latencyMs = 40;
  await writeAll(test.client, text);
  const reading = readUntil(test.client, 10);
  while (test.clock.pendingTimers === 0) await settle();
  ok(await elapsedMs(test.clock, reading) >= 40);
});

Deno.test("fault proxy throttles to the rate that it was told", async () => {
  await using test = await testProxy();
  test.proxy.toClient.bytesPerSecond = 100_000;
  const writing = writeAll(test.client, new Uint8Array(26_384));
  // 10,000 bytes above the burst of 16,384 take 100 ms at 100,000 bytes per second.
  const ms = await elapsedMs(test.clock, readUntil(test.client, 26_384));
  await writing;
  ok(ms >= 100, `${ms} ms`);
});

Deno.test("fault proxy cuts everything at once, and takes new connections afterwards", async () => {
  await using test = await testProxy();
  await writeAll(test.client, text);
  await readUntil(test.client, 10);
  test.proxy.cut();
  equal((await readUntil(test.client, 1)).length, 0);
  const again = await Deno.connect({ hostname: "127.0.0.1", port: test.proxy.port });
  await writeAll(again, text);
  equal((await readUntil(again, 10)).length, 10);
  again.close();
});
