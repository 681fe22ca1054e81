/** QUIC and TLS at one port number: which is taken, what happens where one does not pass, and when it stops passing. */

import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { join } from "node:path";
import { TransportError, TrustError } from "../../../lib/base/errors.ts";
import { type DialPeer, dialPeer } from "../../../lib/client/p2p/peer_dialling.ts";
import { PersonWithout } from "../../kit/p2p.ts";
import { TwoWays } from "../../kit/two_ways.ts";

/** Of somebody who can be reached and reaches nobody: what is tried is the other one's way. */
const reachesNobody: DialPeer = () =>
  Promise.reject(new TransportError("unreachable", "No way from here"));
/** Of somebody without a UDP socket. */
const byTls: DialPeer = (address, options) => dialPeer(address, { ...options, quic: undefined });

async function meeting(options: { seed?: number } = {}) {
  const oscar = await PersonWithout.open("Oscar", { which: 0 });
  const julia = await PersonWithout.open("julia", { which: 1, dial: reachesNobody });
  const ways = await TwoWays.open(julia.listen().port, options);
  oscar.listen();
  return {
    oscar,
    julia,
    ways,
    /** The way last, so that they can say goodbye. */
    async [Symbol.asyncDispose]() {
      for (const part of [oscar, julia, ways]) await part[Symbol.asyncDispose]();
    },
  };
}

/** Both tell the same of the one connection that there is. */
async function goesOver(oscar: PersonWithout, julia: PersonWithout, transport: string) {
  await julia.until(() => julia.node.book.list().length === 1);
  const isSo = async () =>
    await oscar.transport("julia") === transport && await julia.transport("Oscar") === transport;
  await oscar.until(isSo);
}

async function talk(oscar: PersonWithout, julia: PersonWithout) {
  const [before, after] = [await julia.heard("Oscar"), await oscar.heard("julia")];
  await oscar.say("julia", "Hola");
  await julia.say("Oscar", "Que tal");
  await julia.until(async () => (await julia.heard("Oscar")).length > before.length);
  await oscar.until(async () => (await oscar.heard("julia")).length > after.length);
}

/** A file of so many bytes from Oscar to julia, who takes it. Resolves once it is on its way, with what waits for its end. */
async function sendFile(oscar: PersonWithout, julia: PersonWithout, sizeBytes: number) {
  const folder = await Deno.makeTempDir({ dir: "tests/tmp" });
  const source = join(folder, "report.bin");
  const bytes = Uint8Array.from({ length: sizeBytes }, (_, i) => i * 7 + (i >> 8));
  await Deno.writeFile(source, bytes);
  const [from, to] = [await oscar.pair("julia"), await julia.pair("Oscar")];
  await from.transfers.offer(from.peer.account, [source], new AbortController().signal);
  from.wake();
  await julia.until(async () => (await to.transfers.waiting()).length > 0);
  const target = join(folder, "to");
  await Deno.mkdir(target);
  for (const waiting of await to.transfers.waiting()) await to.transfers.accept(waiting, target);
  to.wake();
  return {
    async arrivedBytes(): Promise<number> {
      const sizes = await Array.fromAsync(
        Deno.readDir(target),
        async ({ name }) => (await Deno.stat(join(target, name))).size,
      );
      return sizes.reduce((sum, size) => sum + size, 0);
    },
    async whole() {
      for (const [person, pair] of [[oscar, from], [julia, to]] as const) {
        await person.until(async () => {
          const [{ state }] = await pair.transfers.newest(1);
          return state.state === "done";
        });
      }
      const read = await Deno.readFile(join(target, "report.bin"));
      ok(read.length === bytes.length && read.every((byte, i) => byte === bytes[i]));
      await Deno.remove(folder, { recursive: true });
    },
  };
}

Deno.test("SR-78: where both pass QUIC is taken, at the first meeting and at the next ones", async () => {
  await using town = await meeting();
  const { oscar, julia, ways } = town;
  await oscar.connect(ways.address);
  await goesOver(oscar, julia, "quic");
  await talk(oscar, julia);
  // Whom they found there is what TLS has shown and QUIC has proved.
  equal(oscar.node.book.list()[0].tlsFingerprint, julia.node.me.tlsFingerprint);
  await oscar.connect({ ...ways.address, host: "localhost" });
  await goesOver(oscar, julia, "quic");
  equal((await oscar.connect(ways.address, julia.node.me.tlsFingerprint)).isByInvite, true);
  await goesOver(oscar, julia, "quic");
});

Deno.test("where UDP does not pass TLS is taken", async () => {
  await using town = await meeting();
  const { oscar, julia, ways } = town;
  ways.udp.faults.isDead = true;
  // Of a stranger, and of somebody known.
  for (let round = 0; round < 2; round++) {
    await oscar.connect(ways.address);
    await goesOver(oscar, julia, "tls");
  }
  await talk(oscar, julia);
  ok(ways.udp.counts.lost > 0 && ways.udp.counts.passed === 0);
});

Deno.test("who does not get the UDP port of the number says why, and is reached by TLS", async () => {
  await using oscar = await PersonWithout.open("Oscar", { which: 0 });
  await using julia = await PersonWithout.open("julia", { which: 1 });
  // A port that TCP gives: a free one of UDP may be some other connection's.
  const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = free.addr;
  const other = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port });
  free.close();
  try {
    julia.node.listen({ host: "127.0.0.1", port });
    match(julia.node.withoutQuic ?? "", /^Cannot open UDP socket .*: port is already in use$/);
    oscar.listen();
    equal(oscar.node.withoutQuic, undefined);
    await oscar.meet(julia);
    await goesOver(oscar, julia, "tls");
    await talk(oscar, julia);
  } finally {
    other.close();
  }
});

Deno.test("SR-78: whoever was met is reached by QUIC where TCP does not pass, also by the next run of the program", async () => {
  await using town = await meeting();
  const { julia, ways } = town;
  await town.oscar.connect(ways.address);
  await town.oscar.close();
  await ways.tcp.close();
  await using oscar = await PersonWithout.open("Oscar", { which: 0, folder: town.oscar.folder });
  // By himself: nobody says conn.
  oscar.listen();
  await goesOver(oscar, julia, "quic");
  await talk(oscar, julia);
  // And who types the address, or has an invite.
  await oscar.connect(ways.address);
  await oscar.connect(ways.address, julia.node.me.tlsFingerprint);
});

Deno.test("SR-78: who answers by UDP with another certificate is told nothing, and TLS is taken", async () => {
  await using oscar = await PersonWithout.open("Oscar", { which: 0 });
  await using julia = await PersonWithout.open("julia", { which: 1 });
  await using mallory = await PersonWithout.open("mallory", { which: 2 });
  const udpPort = mallory.listen().port;
  await using ways = await TwoWays.open(julia.listen().port, { udpPort });
  oscar.listen();
  for (let round = 0; round < 2; round++) {
    equal((await oscar.connect(ways.address)).name, "julia");
    await goesOver(oscar, julia, "tls");
  }
  ok(ways.udp.counts.passed > 0, "mallory was asked");
  deepEqual(mallory.node.book.list(), []);
  // Where nobody else answers, it is told that somebody else does.
  await ways.tcp.close();
  await rejects(
    oscar.connect(ways.address, julia.node.me.tlsFingerprint),
    (error) => error instanceof TrustError && error.code === "peer-certificate",
  );
  // And where mallory answers by both.
  await using hers = await TwoWays.open(udpPort);
  await rejects(
    oscar.connect(hers.address, julia.node.me.tlsFingerprint),
    (error) => error instanceof TrustError,
  );
  deepEqual(mallory.node.book.list(), []);
  deepEqual(oscar.node.book.list().map(({ name }) => name), ["julia"]);
});

Deno.test("when UDP stops passing in the middle all goes on by TLS: nothing is lost or comes twice", async () => {
  await using town = await meeting();
  const { oscar, julia, ways } = town;
  await oscar.connect(ways.address);
  await goesOver(oscar, julia, "quic");
  await talk(oscar, julia);
  // Slow enough that it is under way when the line dies, and does.
  const file = await sendFile(oscar, julia, 24_000_000);
  await julia.until(async () => await file.arrivedBytes() > 1_000_000);
  ways.udp.faults.isDead = true;
  const texts = Array.from({ length: 10 }, (_, i) => `text ${i}`);
  for (const text of texts) {
    await oscar.say("julia", text);
    await julia.say("Oscar", text);
  }
  await goesOver(oscar, julia, "tls");
  await julia.until(async () => (await julia.heard("Oscar")).length === 11);
  await oscar.until(async () => (await oscar.heard("julia")).length === 11);
  deepEqual(await julia.heard("Oscar"), ["Hola", ...texts]);
  deepEqual(await oscar.heard("julia"), ["Que tal", ...texts]);
  await file.whole();
  deepEqual(await julia.heard("Oscar"), ["Hola", ...texts]);
});

Deno.test("at 20 % loss, with duplicates and in any order, texts and a file arrive whole by QUIC", async () => {
  await using town = await meeting({ seed: 20 });
  const { oscar, julia, ways } = town;
  await oscar.connect(ways.address);
  await goesOver(oscar, julia, "quic");
  // So that TLS is no way out.
  await ways.tcp.close();
  ways.udp.misbehave();
  await talk(oscar, julia);
  const file = await sendFile(oscar, julia, 100_000);
  await file.whole();
  equal(await oscar.transport("julia"), "quic");
  const { lost, doubled, reordered } = ways.udp.counts;
  ok(lost > 0 && doubled > 0 && reordered > 0, JSON.stringify(ways.udp.counts));
});

Deno.test("S1.19: who connect to each other at once, one by QUIC and one by TLS, end up with one connection", async () => {
  await using oscar = await PersonWithout.open("Oscar", { which: 0 });
  await using julia = await PersonWithout.open("julia", { which: 1, dial: byTls });
  oscar.listen();
  julia.listen();
  for (let round = 0; round < 3; round++) {
    await Promise.allSettled([oscar.meet(julia), julia.meet(oscar)]);
  }
  const pairs = await Promise.all([oscar.pair("julia"), julia.pair("Oscar")]);
  await oscar.until(() => pairs.every((pair) => pair.connections === 1));
  equal(pairs[0].transport, pairs[1].transport);
  await talk(oscar, julia);
  equal(oscar.events.filter(({ type }) => type === "connected").length, 1, "told once");
});

Deno.test("a shell that is closed by QUIC is gone for the other one at once, and can be destroyed", async () => {
  await using town = await meeting();
  const { oscar, julia, ways } = town;
  await oscar.connect(ways.address);
  await goesOver(oscar, julia, "quic");
  await oscar.say("julia", "Hola");
  await julia.until(async () => (await julia.heard("Oscar")).length === 1);
  await oscar.node.destroy();
  await julia.until(() => julia.events.some(({ type }) => type === "disconnected"));
  await rejects(Deno.stat(oscar.folder), Deno.errors.NotFound);
});
