/** A TCP and a UDP port of one number. */

import { deepEqual, equal, match, throws } from "node:assert/strict";
import { systemClock } from "../../../../lib/base/clock.ts";
import { TransportError } from "../../../../lib/base/errors.ts";
import { systemRandom } from "../../../../lib/base/random.ts";
import { type Arrival, NodePorts } from "../../../../lib/client/p2p/node_ports.ts";
import { Authority } from "../../../../lib/crypto/certificates/authority.ts";
import type { ByteStream } from "../../../../lib/net/streams/byte_stream.ts";
import { dialTls } from "../../../../lib/net/dialling/dial.ts";

const clock = systemClock;
const facts = { nowMs: clock.nowMs(), random: systemRandom };
const { authority, files } = await Authority.create(facts);
const leaf = await authority.issueLeaf(facts);
const tls = { certificateChainPem: leaf.chain, privateKeyPem: leaf.privateKey };
const ANY = { host: "127.0.0.1", port: 0 };
const DIAL = { clock, timeoutMs: 20_000 };

function open(address = ANY) {
  const ports = NodePorts.open(address, { clock, tls });
  const arrivals: Arrival[] = [];
  const running = ports.run((arrival) => arrivals.push(arrival));
  return {
    ports,
    arrivals,
    async [Symbol.asyncDispose]() {
      await ports.close();
      await running;
    },
  };
}

Deno.test("ports are of one number, whichever was free for both", async () => {
  await using opened = open();
  const { ports } = opened;
  equal(ports.quic?.port, ports.address.port);
  equal(ports.withoutQuic, undefined);
});

Deno.test("ports of a number whose UDP port is taken are TCP only, and say so; one whose TCP port is taken is no port", async () => {
  const { other, opened } = besideTaken();
  await using _opened = opened;
  try {
    equal(opened.ports.quic, undefined);
    match(opened.ports.withoutQuic ?? "", /port is already in use$/);
    throws(
      () => NodePorts.open(opened.ports.address, { clock, tls }),
      (error) => error instanceof TransportError && error.code === "address-in-use",
    );
  } finally {
    other.close();
  }
});

/** Ports of a number whose UDP port somebody has. The system looks for a free UDP port: its TCP port may be anybody's. */
function besideTaken() {
  for (;;) {
    const other = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
    const { port } = other.addr as Deno.NetAddr;
    try {
      return { other, opened: open({ host: "127.0.0.1", port }) };
    } catch (error) {
      other.close();
      if (!(error instanceof TransportError) || error.code !== "address-in-use") throw error;
    }
  }
}

Deno.test("SR-78: strangers share their places, whether they come by TCP or by UDP", async () => {
  await using opened = open();
  await using near = open();
  const { ports, arrivals } = opened;
  const pin = { authority: files.certificate };
  const { quic } = near.ports;
  if (quic === undefined) throw new Error("No QUIC here");
  const dialled: ByteStream[] = [];
  const byUdp: ByteStream[] = [];
  for (let i = 0; i < 8; i++) {
    dialled.push((await dialTls(ports.address, files.certificate, DIAL)).stream);
    const { stream } = await quic.dial(ports.address, pin, DIAL);
    await stream.write(new Uint8Array([1]));
    byUdp.push(stream);
  }
  while (arrivals.length < 16) await clock.sleep(5);
  // One who has proved who they are gives way to nobody.
  arrivals[0].admission.signIn();
  await (await quic.dial(ports.address, pin, DIAL)).stream.write(new Uint8Array([1]));
  while (arrivals.length < 17) await clock.sleep(5);
  // More of this address than there are places, by either way: the oldest give way, however they came.
  dialled.push((await dialTls(ports.address, files.certificate, DIAL)).stream);
  while (arrivals.length < 18) await clock.sleep(5);
  await (await quic.dial(ports.address, pin, DIAL)).stream.write(new Uint8Array([1]));
  while (arrivals.length < 19) await clock.sleep(5);
  deepEqual(await Promise.all([byUdp[0], dialled[1]].map(isHungUp)), [true, true]);
  deepEqual(arrivals.map(({ transport }) => transport).slice(0, 3), ["tls", "quic", "tls"]);
  equal(arrivals.filter(({ transport }) => transport === "tls").length, 9);
  for (const { stream } of arrivals) stream.close();
  for (const stream of dialled) stream.close();
});

async function isHungUp(stream: ByteStream): Promise<boolean> {
  return await stream.read(new Uint8Array(1)).catch(() => null) === null;
}
