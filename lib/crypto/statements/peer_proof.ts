/**
 * Proving to one another who one is, without a server (SR-78): each side's statement key signs everything that both have said
 * of themselves, and the certificate of the very channel. A man in the middle shows another certificate, another connection
 * has other nonces, and a proof sent back to its maker has the wrong role.
 */

import { type Bytes, equalBytes, utf8 } from "../../base/bytes.ts";
import { type AccountId, type Fingerprint, parseFingerprint } from "../../base/ids.ts";
import { Bug } from "../../base/errors.ts";
import type { DeviceCertificate } from "./device_certificate.ts";
import { openDeviceStatement, signDeviceStatement } from "./device_statement.ts";
import { BYTES, FINGERPRINT, SHORT, writeFields } from "./statement_fields.ts";

/** What statements name in place of a server where there is none: 32 zero bytes. No server has it, being a hash. */
export const NO_SERVER: Fingerprint = noServer();

/** `dialler`: who connected. `acceptor`: whose TLS certificate the channel has. */
export type PeerRole = "dialler" | "acceptor";

/** One side as both see it. */
export interface PeerSide {
  /** 32 bytes, fresh for each connection. */
  readonly nonce: Bytes;
  /** Of its device certificate. */
  readonly certificateHash: Fingerprint;
  /**
   * Of the certificate that it shows in TLS. The acceptor's is the channel's: the dialler MUST take the one that TLS proved on
   * this connection, the acceptor its own; neither takes it from the other's words.
   */
  readonly tlsFingerprint: Fingerprint;
}

/** What both sides know on one connection. */
export interface PeerTranscript {
  readonly version: number;
  readonly dialler: PeerSide;
  readonly acceptor: PeerSide;
}

/** The proof of the side that has `signer`'s keys. `privateKey`: of its statement key, never of its MLS key. */
export function signPeerProof(
  role: PeerRole,
  transcript: PeerTranscript,
  signer: { readonly account: AccountId; readonly privateKey: Bytes },
): Promise<Bytes> {
  const { certificateHash } = transcript[role];
  const all = { ...signer, serverId: NO_SERVER, certificateHash };
  return signDeviceStatement("p2p-transcript", all, transcriptFields(role, transcript));
}

/** Whether the device of this verified certificate, being `role`, sees the same. False for whatever is wrong with it. */
export async function verifyPeerProof(
  role: PeerRole,
  transcript: PeerTranscript,
  { certificate, proof }: { certificate: DeviceCertificate; proof: Bytes },
): Promise<boolean> {
  const expected = transcriptFields(role, transcript);
  const opened = openDeviceStatement("p2p-transcript", NO_SERVER, proof, FIELDS);
  if (!opened.ok || certificate.hash !== transcript[role].certificateHash) return false;
  const isSame = writeFields(FIELDS, opened.facts).every((field, i) =>
    equalBytes(field, expected[i])
  );
  return isSame && await opened.isSignedBy(certificate);
}

const FIELDS = {
  role: BYTES,
  version: SHORT,
  diallerNonce: BYTES,
  acceptorNonce: BYTES,
  diallerCertificate: FINGERPRINT,
  acceptorCertificate: FINGERPRINT,
  diallerTls: FINGERPRINT,
  acceptorTls: FINGERPRINT,
} as const;

function transcriptFields(
  role: PeerRole,
  { version, dialler, acceptor }: PeerTranscript,
): readonly Bytes[] {
  return writeFields(FIELDS, {
    role: utf8(role),
    version,
    diallerNonce: dialler.nonce,
    acceptorNonce: acceptor.nonce,
    diallerCertificate: dialler.certificateHash,
    acceptorCertificate: acceptor.certificateHash,
    diallerTls: dialler.tlsFingerprint,
    acceptorTls: acceptor.tlsFingerprint,
  });
}

function noServer(): Fingerprint {
  const zeros = parseFingerprint("00".repeat(32));
  if (zeros === undefined) throw new Bug("Cannot make the id of no server");
  return zeros;
}
