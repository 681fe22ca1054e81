/** Sits between a client and its server and reads, changes, drops, repeats or makes packets: what a hostile server can do. */

import type { Bytes } from "../../lib/base/bytes.ts";
import type { ByteStream } from "../../lib/net/streams/byte_stream.ts";
import { memoryLink } from "../../lib/net/streams/memory.ts";
import { SIGNED_IN_PACKET_LIMITS } from "../../lib/protocol/limits.ts";
import { encodePacket, type Packet, PacketDecoder } from "../../lib/protocol/packet.ts";

/** Sends a packet on, changed or not, once or often, or later. */
export type Pass = (header: Packet["header"], payload?: Bytes) => void;

/** What is done with each packet; without a hook it passes. */
export interface Hooks {
  /** From the client. `answer` sends to the client, as if the server had answered. */
  readonly up?: (packet: Packet, pass: Pass, answer: Pass) => void | Promise<void>;
  /** From the server. */
  readonly down?: (packet: Packet, pass: Pass) => void | Promise<void>;
}

/** Delivers one more envelope to a client, when everything that waits has been. */
export function injecting(envelope: Record<string, unknown>, body: Bytes): Hooks {
  return {
    down({ header, payload }, pass) {
      if (header.kind === "relay.caught-up") pass({ kind: "relay.envelope", ...envelope }, body);
      pass(header, payload);
    },
  };
}

/** Lets so many bytes of files pass, either way, and holds the rest for ever: nothing is done before something happens. */
export function holdingBehind(bytes: number): Hooks {
  let passed = 0;
  const hold: Hooks["down"] = ({ header, payload }, pass) => {
    const isOfFile = header.kind === "spool.chunk" || header.kind === "spool.piece";
    if (isOfFile && (passed += payload.length) > bytes) return;
    pass(header, payload);
  };
  return { up: hold, down: hold };
}

/** The client's end of a connection that goes through the hooks to `server`. */
export function interpose(server: ByteStream, hooks: Hooks): ByteStream {
  const link = memoryLink();
  const toServer = writer(server);
  const toClient = writer(link.near);
  pump(link.near, server, (packet) => {
    if (hooks.up === undefined) return toServer(packet.header, packet.payload);
    return hooks.up(packet, toServer, toClient);
  });
  pump(server, link.near, (packet) => {
    if (hooks.down === undefined) return toClient(packet.header, packet.payload);
    return hooks.down(packet, toClient);
  });
  return link.far;
}

function writer(stream: ByteStream): Pass {
  let writing: Promise<void> = Promise.resolve();
  return (header, payload) => {
    const bytes = encodePacket(header, payload);
    writing = writing.then(async () => {
      for (let at = 0; at < bytes.length;) at += await stream.write(bytes.subarray(at));
    }).catch(() => {});
  };
}

async function pump(
  from: ByteStream,
  to: ByteStream,
  handle: (packet: Packet) => void | Promise<void>,
): Promise<void> {
  const decoder = new PacketDecoder(SIGNED_IN_PACKET_LIMITS);
  const buffer = new Uint8Array(65_536);
  try {
    for (;;) {
      const count = await from.read(buffer);
      if (count === null) break;
      decoder.push(buffer.subarray(0, count));
      for (let packet = decoder.next(); packet; packet = decoder.next()) {
        // The decoder may use its bytes again.
        await handle({ header: packet.header, payload: packet.payload.slice() });
      }
    }
    await to.closeWrite();
  } catch {
    // One side is gone: so is the other.
    from.close();
    to.close();
  }
}
