/**
 * Reading a server's certificates before trusting it: a ClientHello that offers TLS 1.2 only, whose Certificate message comes
 * in clear (RFC 5246 §7.4.2). Deno shows no peer certificate, and `node:tls` gives none on Deno 2.4.2. Nothing is
 * proved by it: whoever answers could show somebody else's certificates. The proof is the handshake that pins them. Pure.
 */

import { type Bytes, ByteWriter, concatBytes, utf8 } from "../../base/bytes.ts";
import { ProtocolError, TransportError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import { KIB } from "../../protocol/limits.ts";

/** A chain of ours is under 2 KiB. */
export const PROBE_MAX_BYTES = 64 * KIB;
const CERTIFICATES_MAX = 8;
/** RFC 5246 §6.2.1: the longest plaintext record. */
const RECORD_MAX_BYTES = 1 << 14;

const RECORD_ALERT = 21;
const RECORD_HANDSHAKE = 22;
const HANDSHAKE_CLIENT_HELLO = 1;
const HANDSHAKE_SERVER_HELLO = 2;
const HANDSHAKE_CERTIFICATE = 11;
const TLS_1_2 = 0x0303;

/** ECDHE with AES-GCM or ChaCha20-Poly1305, ECDSA and RSA: what a server of ours has in TLS 1.2. */
const CIPHER_SUITES = [0xc02b, 0xc02c, 0xcca9, 0xc02f, 0xc030, 0xcca8];
const EXTENSION_SERVER_NAME = 0;
const EXTENSION_SUPPORTED_GROUPS = 10;
const EXTENSION_POINT_FORMATS = 11;
const EXTENSION_SIGNATURE_ALGORITHMS = 13;
const EXTENSION_EXTENDED_MASTER_SECRET = 23;
/** x25519, secp256r1, secp384r1. */
const GROUPS = [0x001d, 0x0017, 0x0018];
const SIGNATURE_ALGORITHMS = [0x0403, 0x0503, 0x0807, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501];

/** The one packet of the probe (RFC 5246 §7.4.1.2). It names `serverName` and nothing about who asks. */
export function clientHello(serverName: string, random: Random): Bytes {
  const name = utf8(serverName);
  const extensions = concatBytes(
    extension(
      EXTENSION_SERVER_NAME,
      new ByteWriter().u16(name.length + 3).u8(0).field(name).finish(),
    ),
    extension(EXTENSION_SUPPORTED_GROUPS, u16List(GROUPS)),
    extension(EXTENSION_POINT_FORMATS, Uint8Array.of(1, 0)),
    extension(EXTENSION_SIGNATURE_ALGORITHMS, u16List(SIGNATURE_ALGORITHMS)),
    extension(EXTENSION_EXTENDED_MASTER_SECRET, new Uint8Array(0)),
  );
  const noSessionId = 0;
  const body = new ByteWriter().u16(TLS_1_2).raw(random.bytes(32)).u8(noSessionId)
    .raw(u16List(CIPHER_SUITES)).raw(Uint8Array.of(1, 0)).field(extensions).finish();
  const handshake = new ByteWriter().u32(HANDSHAKE_CLIENT_HELLO << 24 | body.length).raw(body)
    .finish();
  return new ByteWriter().u8(RECORD_HANDSHAKE).u16(0x0301).field(handshake).finish();
}

function extension(type: number, body: Bytes): Bytes {
  return new ByteWriter().u16(type).field(body).finish();
}

function u16List(values: readonly number[]): Bytes {
  const writer = new ByteWriter().u16(2 * values.length);
  for (const value of values) writer.u16(value);
  return writer.finish();
}

/**
 * The certificates in what a server has answered so far: DER, its own first, its CA last. Undefined while more bytes are
 * needed. Throws `TransportError` `tls-alert` when it refuses to talk, `ProtocolError` `not-tls` or `bad-certificate-message`.
 */
export function readCertificates(answer: Bytes): readonly Bytes[] | undefined {
  const handshake = joinHandshakeRecords(answer);
  const hello = readHandshakeMessage(handshake, 0, HANDSHAKE_SERVER_HELLO);
  if (hello === undefined) return undefined;
  if (hello.length < 38 || readU16(hello, 0) !== TLS_1_2) throw bad("server hello");
  const certificate = readHandshakeMessage(handshake, 4 + hello.length, HANDSHAKE_CERTIFICATE);
  if (certificate === undefined) return undefined;
  return splitCertificates(certificate);
}

/** The contents of all complete handshake records, one behind the other. */
function joinHandshakeRecords(answer: Bytes): Bytes {
  const parts: Bytes[] = [];
  for (let at = 0; answer.length - at >= 5;) {
    const type = answer[at];
    const length = readU16(answer, at + 3);
    const isTls = (type === RECORD_HANDSHAKE || type === RECORD_ALERT) && answer[at + 1] === 3 &&
      length >= 1 && length <= RECORD_MAX_BYTES;
    if (!isTls) {
      throw new ProtocolError("not-tls", "Cannot read certificates: the answer is not TLS");
    }
    if (answer.length - at - 5 < length) break;
    if (type === RECORD_ALERT) {
      const description = length === 2 ? answer[at + 6] : 0;
      throw new TransportError(
        "tls-alert",
        `Cannot read certificates: the server answers with alert ${description}`,
      );
    }
    parts.push(answer.subarray(at + 5, at + 5 + length));
    at += 5 + length;
  }
  return concatBytes(...parts);
}

/** The body of the message at `at`, which must be of `type`; undefined while it is not complete. */
function readHandshakeMessage(bytes: Bytes, at: number, type: number): Bytes | undefined {
  if (bytes.length <= at) return undefined;
  if (bytes[at] !== type) throw bad(`handshake message ${bytes[at]}, expected ${type}`);
  if (bytes.length - at < 4) return undefined;
  const length = readU24(bytes, at + 1);
  if (length > PROBE_MAX_BYTES) throw bad(`handshake message of ${length} bytes`);
  return bytes.length - at - 4 < length ? undefined : bytes.subarray(at + 4, at + 4 + length);
}

function splitCertificates(message: Bytes): readonly Bytes[] {
  if (message.length < 3 || readU24(message, 0) !== message.length - 3) throw bad("list length");
  const certificates: Bytes[] = [];
  for (let at = 3; at < message.length;) {
    if (message.length - at < 3) throw bad("certificate length");
    const length = readU24(message, at);
    const certificate = message.slice(at + 3, at + 3 + length);
    if (certificate.length !== length || !isDerSequence(certificate)) throw bad("certificate");
    certificates.push(certificate);
    at += 3 + length;
  }
  if (certificates.length === 0 || certificates.length > CERTIFICATES_MAX) {
    throw bad(`${certificates.length} certificates, limit is ${CERTIFICATES_MAX}`);
  }
  return certificates;
}

/** One SEQUENCE whose length is in the shortest form and ends with the bytes (X.690 §10.1). */
function isDerSequence(bytes: Bytes): boolean {
  if (bytes.length < 2 || bytes[0] !== 0x30) return false;
  if (bytes[1] < 0x80) return bytes.length === 2 + bytes[1];
  if (bytes[1] === 0x81) return bytes[2] >= 0x80 && bytes.length === 3 + bytes[2];
  if (bytes[1] !== 0x82 || bytes.length < 4) return false;
  const length = readU16(bytes, 2);
  return length >= 0x100 && bytes.length === 4 + length;
}

function bad(what: string): ProtocolError {
  return new ProtocolError("bad-certificate-message", `Cannot read certificates: wrong ${what}`);
}

function readU16(bytes: Bytes, at: number): number {
  return bytes[at] << 8 | bytes[at + 1];
}

function readU24(bytes: Bytes, at: number): number {
  return bytes[at] << 16 | bytes[at + 1] << 8 | bytes[at + 2];
}
