/** Packets that nobody means, drawn from a seed. */

import { HOP_NOTICES, HOP_REQUESTS } from "../../lib/protocol/hop/mod.ts";
import { encodePacket } from "../../lib/protocol/packet.ts";
import { registered, signAsDevice } from "./raw_account.ts";
import type { RawClient } from "./raw_client.ts";
import { seeded } from "./seeded.ts";
import { TestServer } from "./test_server.ts";

const KINDS = [...Object.keys(HOP_REQUESTS), ...Object.keys(HOP_NOTICES), "no.such", ""];
/** A connection that was not cut for what it said is left after so many: some kinds change what the next ones mean. */
const PACKETS_PER_CONNECTION = 40;

type Draw = (below: number) => number;

/** Any value, sometimes of a kind that a field takes. */
function anything(draw: Draw, depth = 0): unknown {
  const hex = (bytes: number) => "0123456789abcdef"[draw(16)].repeat(2 * bytes);
  const makers: readonly (() => unknown)[] = [
    () => draw(2) === 0,
    () => [0, -1, 1, 2 ** 31, 2 ** 53, 1.5, 1e308][draw(7)],
    () => hex([16, 32, 8, 1][draw(4)]),
    () =>
      [
        "",
        "alice",
        "bob",
        "\u0000",
        "\u202e",
        "#ops",
        "../../etc",
        "a".repeat(draw(3000)),
      ][draw(8)],
    () => btoa(String.fromCharCode(...Array.from({ length: draw(100) }, () => draw(256)))),
    () => null,
    () => depth > 2 ? [] : Array.from({ length: draw(4) }, () => anything(draw, depth + 1)),
    () => depth > 2 ? {} : { [hex(1)]: anything(draw, depth + 1), __proto__: 1, min: 1, max: 1 },
  ];
  return makers[draw(makers.length)]();
}

/** The names of a kind's own fields: what is wrong in one of them gets further than what is wrong everywhere. */
function fieldNames(kind: string): readonly string[] {
  const requests: Readonly<Record<string, { request: object }>> = HOP_REQUESTS;
  const notices: Readonly<Record<string, object>> = HOP_NOTICES;
  const definition = requests[kind]?.request ?? notices[kind];
  const schema = definition === undefined ? undefined : Reflect.get(definition, "schema");
  const properties = typeof schema === "object" && schema !== null
    ? Reflect.get(schema, "properties")
    : undefined;
  return typeof properties === "object" && properties !== null ? Object.keys(properties) : [];
}

function anyPacket(draw: Draw): Uint8Array<ArrayBuffer> {
  if (draw(20) === 0) {
    return Uint8Array.from({ length: 1 + draw(60) }, () => draw(256));
  }
  const kind = KINDS[draw(KINDS.length)];
  const header: Record<string, unknown> = { kind };
  if (draw(8) > 0) header.request = draw(30) === 0 ? anything(draw) : 1 + draw(1000);
  const names = fieldNames(kind);
  for (const name of names) if (draw(10) > 0) header[name] = anything(draw);
  if (draw(4) === 0) header[`x${draw(9)}`] = anything(draw);
  const payload = Uint8Array.from({ length: draw(3) === 0 ? draw(500) : 0 }, () => draw(256));
  const packet = encodePacket(header, payload);
  // A bit on the way.
  if (draw(10) === 0) packet[draw(packet.length)] ^= 1 << draw(8);
  return packet;
}

async function open(server: TestServer, bot: Awaited<ReturnType<typeof registered>>, draw: Draw) {
  const client = server.connect(`192.0.2.${1 + draw(250)}`);
  if (draw(3) === 0) return client;
  await client.hello();
  if (draw(3) === 0) return client;
  await client.ask("login.device", {
    account: bot.person.accountId,
    device: bot.device.id,
    signature: await signAsDevice(client.handshake, bot.person, bot.device),
  });
  return client;
}

/** Sends so many packets to a server, as strangers and signed in, and throws when it has a fault or stops to answer. */
export async function fuzzServer(seed: number, packets: number): Promise<void> {
  const draw = seeded(seed);
  await using server = await TestServer.open();
  const bot = await registered(server, "bot");
  for (let sent = 0; sent < packets;) {
    const client: RawClient = await open(server, bot, draw);
    for (let i = 0; i < PACKETS_PER_CONNECTION && sent < packets; i++, sent++) {
      client.write(anyPacket(draw));
    }
    await client.close();
    await server.clock.advance(60_000);
  }
  await server.idle();
  if (server.faults.length > 0) throw new Error(`seed ${seed}: ${server.faults.join()}`);
  // The next one is served as ever.
  await server.handshake();
}
