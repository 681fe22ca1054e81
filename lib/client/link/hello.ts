/** The first exchange with a server: version, nonces, and who it says that it is. */

import { type Bytes, decodeBase64, encodeBase64 } from "../../base/bytes.ts";
import { ProtocolError, Refusal } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import { readSuccession, type Succession } from "../../crypto/server_succession.ts";
import { NONCE_BYTES } from "../../protocol/hop/server.ts";
import { splitSections } from "../../protocol/sections.ts";
import { describeMismatch, PROTOCOL_VERSIONS, type VersionRange } from "../../protocol/versions.ts";
import type { Link } from "./link.ts";

/** What both sides know after hello; later proofs are made over it (SR-41, SR-43). */
export interface Hello {
  readonly version: number;
  readonly clientNonce: Bytes;
  readonly serverNonce: Bytes;
  /** How its CA came to be: each statement was checked; that the CA is the server's is for TLS to prove. */
  readonly succession: Succession;
  readonly serverName: string;
  /** What its operator says to everyone who connects; empty: nothing. Foreign text. */
  readonly motd: string;
  readonly registration: "open" | "invite" | "closed";
  /** The life of its database: after a restored backup it is another one (SR-58). */
  readonly incarnation: string;
  /** Whether the server can prepare videos. */
  readonly video: boolean;
}

const PROGRAM = "heliograph/0.1";

/** Throws ProtocolError, TransportError, and Refusal `unsupported-version`. */
export async function sayHello(link: Link, random: Random): Promise<Hello> {
  const clientNonce = random.bytes(NONCE_BYTES);
  const { fields, payload } = await askHello(link, clientNonce);
  const serverNonce = decodeBase64(fields.nonce);
  const succession = await readSuccession(splitSections(payload, fields.sizes));
  if (serverNonce?.length !== NONCE_BYTES || succession === undefined) {
    throw new ProtocolError("bad-message", "Cannot read the server's hello");
  }
  const { version, serverName, motd = "", registration, incarnation, video } = fields;
  if (version < PROTOCOL_VERSIONS.min || version > PROTOCOL_VERSIONS.max) {
    throw new ProtocolError("bad-message", `The server chose version ${version}, unasked`);
  }
  const about = { serverName, motd, registration, incarnation, video };
  return { version, clientNonce, serverNonce, succession, ...about };
}

async function askHello(link: Link, nonce: Bytes) {
  const versions = PROTOCOL_VERSIONS;
  try {
    return await link.ask("hello", { versions, program: PROGRAM, nonce: encodeBase64(nonce) });
  } catch (error) {
    const range = error instanceof Refusal && error.code === "unsupported-version"
      ? error.details.versions
      : undefined;
    if (range === undefined) throw error;
    // The server of another version may have other words for it; who is too old is plain. Checked by `failure`.
    const words = describeMismatch(versions, range as VersionRange);
    throw new Refusal("unsupported-version", words, { cause: error, details: { versions: range } });
  }
}
