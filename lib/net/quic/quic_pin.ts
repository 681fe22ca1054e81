/** Who may answer a QUIC dial: known by their certificate itself, or by the authority that issued it. */

import { type Bytes, encodeHex } from "../../base/bytes.ts";
import { describeError, TransportError, TrustError } from "../../base/errors.ts";
import { TLS_SERVER_NAME } from "../dialling/dial.ts";

/** What the other side must show, with a proof that it has the key. */
export type QuicPin =
  /** SHA-256 of its certificate. */
  | { readonly leaf: Bytes }
  /** PEM of the one authority whose certificates for `TLS_SERVER_NAME` are taken, as `dialTls` does it. */
  | { readonly authority: string };

/** TLS alerts 48 and 51, unknown_ca and decrypt_error: what the system says for a certificate that is not as pinned. */
const WRONG_CERTIFICATE = /UnknownIssuer|invalid peer certificate/;

/** The part of `Deno.connectQuic`'s options that says who may answer. */
export interface PinOptions extends Pick<Deno.ConnectQuicOptions<false>, "serverName" | "caCerts"> {
  /** Missing in Deno's types; both versions know it, and check the signature of the handshake beside the hash. */
  readonly serverCertificateHashes?: readonly {
    readonly algorithm: string;
    readonly value: Bytes;
  }[];
}

/** The same for `Deno.connectQuic`. */
export function pinOptions(pin: QuicPin): PinOptions {
  if ("authority" in pin) {
    // No session of another authority's is resumed in its place, though the name is one for all and the socket's sessions are
    // kept together: they are bound to what checked the certificate (tried on Deno 2.4.2 and 2.9.6, `quic_test.ts`).
    return { serverName: TLS_SERVER_NAME, caCerts: [pin.authority] };
  }
  return {
    // One name for each certificate: no session of another one can be resumed in its place.
    serverName: `${encodeHex(pin.leaf.subarray(0, 16))}.${TLS_SERVER_NAME}`,
    serverCertificateHashes: [{ algorithm: "sha-256", value: pin.leaf }],
  };
}

/** Throws what a dial that failed means: TrustError `peer-certificate` when the other side is not as pinned, else TransportError. */
export function failDial(what: string, error: unknown): never {
  const reason = describeError(error);
  if (WRONG_CERTIFICATE.test(reason)) {
    const message = `Cannot ${what}: the other side shows another certificate than agreed`;
    throw new TrustError("peer-certificate", message, { cause: error });
  }
  const code = /timed out/.test(reason) ? "timed-out" : "unreachable";
  throw new TransportError(code, `Cannot ${what}: ${reason}`, { cause: error });
}
