/**
 * How two meet (SR-78): whoever connected says first who it is, the other answers and proves it, then the first one proves it
 * too; each proof is over what both said and over the channel's own certificate. Until the end no byte of anything else goes
 * either way, and everything has a limit and one deadline.
 */

import { type Bytes, concatBytes, decodeHex, encodeHex, writeAll } from "../../base/bytes.ts";
import { ProtocolError, Refusal, TransportError } from "../../base/errors.ts";
import { type Fingerprint, parseFingerprint } from "../../base/ids.ts";
import type { Random } from "../../base/random.ts";
import {
  type PeerTranscript,
  signPeerProof,
  verifyPeerProof,
} from "../../crypto/statements/peer_proof.ts";
import type { ByteStream } from "../../net/streams/byte_stream.ts";
import { failure } from "../../protocol/failure.ts";
import {
  P2P_NONCE_BYTES,
  p2pAnswer,
  p2pHello,
  p2pProof,
  p2pReady,
} from "../../protocol/p2p/mod.ts";
import { joinSections, splitSections } from "../../protocol/sections.ts";
import { agreeOnVersion, PROTOCOL_VERSIONS } from "../../protocol/versions.ts";
import {
  notWhoTheySay,
  type OwnPeer,
  readShownPeer,
  requireOther,
  type ShownPeer,
} from "./peer_identity.ts";
import { P2P_HANDSHAKE_PACKET_LIMITS } from "../../protocol/limits.ts";
import { encodePacket, type Packet, PacketDecoder } from "../../protocol/packet.ts";
import type { Definition, FieldsOf } from "../../protocol/schema.ts";

const PROGRAM = "heliograph/0.1";

/** Oneself in a meeting. */
export interface OwnSide {
  readonly own: OwnPeer;
  /** Of the certificate that is shown to those who connect here. */
  readonly tlsFingerprint: Fingerprint;
  /** Where this one listens; undefined when it does not. */
  readonly port: number | undefined;
  readonly random: Random;
  readonly nowMs: number;
  /** Says no to someone who has proved who they are, by throwing what they are told (Refusal) or not told. */
  readonly judge: (peer: ShownPeer) => void;
}

/** Somebody who has proved who they are, over this very channel. */
export interface MetPeer extends ShownPeer {
  /** Of the certificate that they show to those who connect to them. */
  readonly tlsFingerprint: Fingerprint;
  /** Where they say that they listen. */
  readonly port: number | undefined;
  /** Of the protocol, as both have agreed on. */
  readonly version: number;
}

/**
 * The side that connected. `channel`: the certificate that TLS proved on this connection. Throws TrustError `bad-peer`,
 * Refusal, ProtocolError, TransportError; the caller closes the stream.
 */
export async function meetAsDialler(
  stream: ByteStream,
  channel: Fingerprint,
  side: OwnSide,
): Promise<MetPeer> {
  const { own, random, nowMs } = side;
  const packets = new HandshakeStream(stream);
  const nonce = random.bytes(P2P_NONCE_BYTES);
  const mine = joinSections([own.rosterEntry, own.certificate]);
  await packets.send(p2pHello.kind, {
    versions: PROTOCOL_VERSIONS,
    ...shownBy(side, nonce),
    sizes: mine.sizes,
  }, mine.payload);
  const { fields, payload } = await packets.read(p2pAnswer);
  const [rosterEntry, certificate, proof] = splitSections(payload, fields.sizes, 3);
  const { version } = fields;
  if (version < PROTOCOL_VERSIONS.min || version > PROTOCOL_VERSIONS.max) {
    throw new ProtocolError("bad-message", `The other side chose version ${version}, unasked`);
  }
  const peer = await readShownPeer(rosterEntry, certificate, nowMs);
  // What they say of their certificate must be what TLS has proved.
  if (fields.certificate !== channel) throw notWhoTheySay();
  const transcript: PeerTranscript = {
    version,
    dialler: { nonce, certificateHash: own.certificateHash, tlsFingerprint: side.tlsFingerprint },
    acceptor: {
      nonce: bytesOf(fields.nonce),
      certificateHash: peer.certificate.hash,
      tlsFingerprint: channel,
    },
  };
  const isProved = await verifyPeerProof("acceptor", transcript, { ...peer, proof });
  if (!isProved) throw notWhoTheySay();
  requireOther(own, peer);
  side.judge(peer);
  const ownProof = await signPeerProof("dialler", transcript, signerOf(own));
  await packets.send(p2pProof.kind, {}, ownProof);
  await packets.read(p2pReady);
  return { ...peer, tlsFingerprint: channel, port: fields.port, version };
}

/**
 * The side that was connected to. Throws as `meetAsDialler`, after telling the other one a Refusal; the caller closes the
 * stream.
 */
export async function meetAsAcceptor(stream: ByteStream, side: OwnSide): Promise<MetPeer> {
  const packets = new HandshakeStream(stream);
  try {
    const met = await answer(packets, side);
    await packets.send(p2pReady.kind, {});
    return met;
  } catch (error) {
    if (error instanceof Refusal) {
      await packets.send(failure.kind, { code: error.code, message: error.message });
    }
    throw error;
  }
}

async function answer(packets: HandshakeStream, side: OwnSide): Promise<MetPeer> {
  const { own, random, nowMs } = side;
  const { fields, payload } = await packets.read(p2pHello);
  const version = agreeOnVersion(PROTOCOL_VERSIONS, fields.versions);
  if (version === undefined) {
    throw new Refusal("unsupported-version", "The two programs' versions are too far apart");
  }
  const [rosterEntry, certificate] = splitSections(payload, fields.sizes, 2);
  const peer = await readShownPeer(rosterEntry, certificate, nowMs);
  const tlsFingerprint = fingerprintOf(fields.certificate);
  const nonce = random.bytes(P2P_NONCE_BYTES);
  const transcript: PeerTranscript = {
    version,
    dialler: {
      nonce: bytesOf(fields.nonce),
      certificateHash: peer.certificate.hash,
      tlsFingerprint,
    },
    acceptor: { nonce, certificateHash: own.certificateHash, tlsFingerprint: side.tlsFingerprint },
  };
  const proof = await signPeerProof("acceptor", transcript, signerOf(own));
  const mine = joinSections([own.rosterEntry, own.certificate, proof]);
  await packets.send(p2pAnswer.kind, {
    version,
    ...shownBy(side, nonce),
    sizes: mine.sizes,
  }, mine.payload);
  const proved = await packets.read(p2pProof);
  const theirs = { ...peer, proof: proved.payload };
  if (!await verifyPeerProof("dialler", transcript, theirs)) throw notWhoTheySay();
  requireOther(own, peer);
  side.judge(peer);
  return { ...peer, tlsFingerprint, port: fields.port, version };
}

function shownBy({ tlsFingerprint, port }: OwnSide, nonce: Bytes) {
  const listening = port === undefined ? {} : { port };
  return { program: PROGRAM, nonce: encodeHex(nonce), certificate: tlsFingerprint, ...listening };
}

function signerOf({ account, deviceKeys }: OwnPeer) {
  return { account, privateKey: deviceKeys.statement.privateKey };
}

/** Of a field that its schema has checked. */
function bytesOf(hex: string): Bytes {
  return concatBytes(decodeHex(hex) ?? new Uint8Array(0));
}

function fingerprintOf(hex: string): Fingerprint {
  const value = parseFingerprint(hex);
  if (value === undefined) throw new ProtocolError("bad-message", "Cannot read a fingerprint");
  return value;
}

// Packets of a handshake over a stream that is used for more afterwards: exactly the bytes of a packet are read, so that
// nothing of what follows is taken away.

type AnyDefinition = Pick<
  // The fields are whatever they are: only `read` is called.
  Definition<string, Record<never, never>>,
  "kind" | "read"
>;

const LENGTH_BYTES = 4;

/** Writes and reads one packet at a time. Does not own the stream; whoever does ends a wait by closing it. */
export class HandshakeStream {
  readonly #stream: ByteStream;

  constructor(stream: ByteStream) {
    this.#stream = stream;
  }

  /** Rejects with TransportError when the stream is lost. */
  async send(kind: string, fields: object, payload?: Bytes): Promise<void> {
    const packet = encodePacket({ kind, ...fields }, payload);
    try {
      await writeAll(this.#stream, packet);
    } catch (error) {
      throw lost(error);
    }
  }

  /**
   * The next packet, which must be of this kind. Throws Refusal when the other side says no, ProtocolError for anything else,
   * TransportError when the stream ends.
   */
  async read<D extends AnyDefinition>(
    definition: D,
  ): Promise<{ fields: FieldsOf<D>; payload: Bytes }> {
    const { header, payload } = await this.#next();
    if (header.kind === failure.kind) {
      const { code, message } = failure.read(header, payload);
      throw new Refusal(code, message);
    }
    if (header.kind !== definition.kind) {
      throw new ProtocolError("bad-message", `Cannot continue: expected ${definition.kind}`);
    }
    // `read` has checked exactly these fields; the bound of the type parameter loses that.
    return { fields: definition.read(header, payload) as FieldsOf<D>, payload };
  }

  async #next(): Promise<Packet> {
    const decoder = new PacketDecoder(P2P_HANDSHAKE_PACKET_LIMITS);
    let missing = LENGTH_BYTES;
    for (;;) {
      decoder.push(await this.#exactly(missing));
      const packet = decoder.next();
      if (packet !== undefined) return packet;
      const { receivedBytes = 0, sizeBytes = LENGTH_BYTES } = decoder.pending ?? {};
      missing = sizeBytes - receivedBytes;
    }
  }

  async #exactly(count: number): Promise<Bytes> {
    const bytes = new Uint8Array(count);
    for (let at = 0; at < count;) {
      const taken = await this.#read(bytes.subarray(at));
      if (taken === null) {
        throw new TransportError("connection-lost", "Cannot continue: the other side hung up");
      }
      at += taken;
    }
    return bytes;
  }

  async #read(buffer: Uint8Array): Promise<number | null> {
    try {
      return await this.#stream.read(buffer);
    } catch (error) {
      throw lost(error);
    }
  }
}

function lost(cause: unknown): TransportError {
  if (cause instanceof TransportError) return cause;
  return new TransportError("connection-lost", "Cannot continue: the connection is lost", {
    cause,
  });
}
