/** What reads bytes of strangers, as targets for fuzzing that follows the coverage: packets, and messages and states of MLS. */

import { equal, ok } from "node:assert/strict";
import { decodeMlsMessage } from "ts-mls";
import { type Bytes, decodeBase64, decodeHex, utf8 } from "../../lib/base/bytes.ts";
import { ProtocolError } from "../../lib/base/errors.ts";
import { decodeGroupState } from "../../lib/crypto/mls/group_state.ts";
import { decodeOwnKeyPackage, welcomeRefs } from "../../lib/crypto/mls/key_package.ts";
import { decodeMessage, encodeMessage } from "../../lib/crypto/mls/messages.ts";
import { parseIp } from "../../lib/net/addresses/address.ts";
import { readProxyHeader } from "../../lib/net/listening/proxy_header.ts";
import { HOP_NOTICES, HOP_REQUESTS } from "../../lib/protocol/hop/mod.ts";
import { SIGNED_IN_PACKET_LIMITS } from "../../lib/protocol/limits.ts";
import { PacketDecoder, type PacketHeader } from "../../lib/protocol/packet.ts";
import { parseHttpHead } from "../../lib/server/health/http_door.ts";
import { FEATURES } from "../../lib/client/sync/families.ts";
import type { FuzzTarget } from "./guided_fuzz.ts";

/** Something that reads one kind of packet. */
interface Reader {
  read(header: PacketHeader, payload: Bytes): unknown;
}

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ...Object.entries(HOP_NOTICES),
  ...Object.entries(HOP_REQUESTS).flatMap(([kind, { request, reply }]): [string, Reader][] => [
    [kind, request],
    [reply.kind, reply],
  ]),
  ...FEATURES.families.kinds,
]);

/** Throws anything but `ProtocolError` for a fault. */
function readPackets(input: Bytes): void {
  const decoder = new PacketDecoder(SIGNED_IN_PACKET_LIMITS);
  try {
    decoder.push(input);
    for (let packet = decoder.next(); packet !== undefined; packet = decoder.next()) {
      READERS.get(String(packet.header.kind))?.read(packet.header, packet.payload);
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
  }
  ok(decoder.heldBytes <= 2 * input.length + 4, "memory as announced, not as arrived");
}

/** Errors of ts-mls are many; these are of the engine, and mean that a few bytes cost more than they should. */
const EXHAUSTED = /call stack|array (?:buffer )?length|out of memory|too many properties/i;

async function readMls(input: Bytes): Promise<void> {
  try {
    decodeMlsMessage(input.slice(), 0);
  } catch (error) {
    if (error instanceof RangeError && EXHAUSTED.test(error.message)) throw error;
  }
  welcomeRefs(input);
  await decodeOwnKeyPackage(input);
  decodeGroupState(input);
  const message = decodeMessage(input);
  if (message === undefined) return;
  // What was read is written again, and that is read as the same.
  const { version: _version, ...content } = message;
  const written = encodeMessage(content);
  ok(written.length <= 2 * input.length + 64, "a message that grows by being read");
  const again = decodeMessage(written);
  ok(again !== undefined, "a message that cannot be read once it was written");
  const { version: _again, ...contentAgain } = again;
  equal(encodeMessage(contentAgain).length, written.length);
}

/** What is said before TLS by who looks like a proxy, and to the door of health and metrics. */
async function readAtTheDoor(input: Bytes): Promise<void> {
  let at = 0;
  const read = (buffer: Uint8Array) => {
    const part = input.subarray(at, at + buffer.length);
    buffer.set(part);
    at += part.length;
    return Promise.resolve(part.length === 0 ? null : part.length);
  };
  try {
    const introduced = await readProxyHeader({ read });
    ok(introduced === "proxy" || parseIp(introduced.host) !== undefined, "an address that is none");
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
  }
  const head = parseHttpHead(input);
  ok(typeof head === "string" || head.path.startsWith("/"), "a path that is none");
}

async function readJson(path: string) {
  return JSON.parse(await Deno.readTextFile(new URL(`../${path}`, import.meta.url)));
}

/** Begins with the golden packets. */
export async function packetTarget(): Promise<FuzzTarget> {
  const { packets }: { packets: readonly { packet: string }[] } = await readJson(
    "vectors/packets.json",
  );
  const words = ["kind", "request", "null", "[]", "{}", '"":', "1e308", "\\u0000", "__proto__"];
  return {
    name: "packet",
    seeds: packets.map(({ packet }) => decodeHex(packet) ?? new Uint8Array(0)),
    words: [...words, ...READERS.keys()].map(utf8),
    covers: /\/lib\/protocol\//,
    run: readPackets,
  };
}

/** Begins with headers as HAProxy and Prometheus send them. */
export function doorTarget(): FuzzTarget {
  const headers = [
    "0d0a0d0a000d0a515549540a2111000cc0000201c633640ac35001bb",
    `0d0a0d0a000d0a515549540a21210024${"20010db8".repeat(8)}c35001bb`,
    "0d0a0d0a000d0a515549540a20000000",
  ].map((text) => decodeHex(text) ?? new Uint8Array(0));
  const head = "GET /metrics HTTP/1.1\r\nHost: a:9798\r\nAuthorization: Bearer a\r\n\r\n";
  const words = ["\r\n", "\r\n\r\n", ": ", "HEAD", "host: b", "http://a/", "\u0000", "\r\n "];
  return {
    name: "door",
    seeds: [...headers, utf8(head)],
    words: words.map(utf8),
    covers: /\/lib\/(?:net\/listening\/proxy_header|server\/health\/http_head)\.ts/,
    run: readAtTheDoor,
  };
}

/** Begins with official vectors and a stored group of ours. */
export async function mlsTarget(): Promise<FuzzTarget> {
  const [welcome] = await readJson("vectors/mls/passive-client-welcome.json");
  const [sealed] = await readJson("vectors/mls/message-protection.json");
  const [commits] = await readJson("vectors/mls/passive-client-handling-commit.json");
  const { state } = await readJson("fixtures/mls_state_1.json");
  const hexes: readonly string[] = [
    ...[welcome.welcome, welcome.key_package, commits.welcome, commits.epochs[0].commit],
    ...[sealed.proposal_pub, sealed.proposal_priv, sealed.commit_pub, sealed.commit_priv],
    ...[sealed.application_priv],
  ];
  const seeds = [...hexes.map(decodeHex), decodeBase64(state)];
  return {
    name: "MLS",
    seeds: seeds.filter((one) => one !== undefined),
    // Lengths of RFC 9420 §2.1.2 at their edges, versions, wire formats.
    words: ["3f", "4040", "7fff", "80004000", "bfffffff", "c0", "00010001", "00010005", "0000"]
      .map((text) => decodeHex(text) ?? new Uint8Array(0)),
    covers: /\/ts-mls\/|\/lib\/crypto\/mls\//,
    run: readMls,
  };
}
