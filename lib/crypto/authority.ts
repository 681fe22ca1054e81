/**
 * The server's own certificate authority: an ECDSA P-256 CA for ten years, which clients pin, and leaves under it for TLS,
 * renewed by the server itself. For the server only (`server_certificate` is what clients need).
 */

import { X509Certificate } from "node:crypto";
import { asBytes, type Bytes, equalBytes } from "../base/bytes.ts";
import { Bug, CryptoError } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import {
  type AuthorityFiles,
  formatAuthorityCertificate,
  parseAuthorityCertificate,
} from "./authority_files.ts";
import { makeCertificateAuthority, makeLeaf } from "./certificate_maker.ts";
import { formatPem, parsePem } from "./pem.ts";
import {
  certificateDer,
  P256_SIGN,
  readServerCertificate,
  type ServerCertificate,
} from "./server_certificate.ts";
import { extendSuccession, readSuccession, type Succession } from "./server_succession.ts";
import { readStoredLeaf } from "./stored_leaf.ts";
import { subjectOf } from "./x509_writer.ts";

/** For `Deno.listenTls`. */
export interface ServerLeaf {
  /** PEM of the leaf, then of the CA: a client at first contact reads the CA from here. */
  readonly chain: string;
  readonly privateKey: string;
  readonly notAfterMs: number;
}

const DAY_MS = 86_400_000;
/** Renew when less is left: a server that restarts but once in a quarter never shows an expired one. */
const LEAF_RENEWAL_MS = 120 * DAY_MS;
const FIRST_NAME = [["CN", "Heliograph server"]] as const;
/** Of each CA after the first: without its succession it would pass for the first CA of another server. */
const SUCCESSOR_NAME = [...FIRST_NAME, ["OU", "successor"]] as const;
const KEY_ALGORITHM = { name: "ECDSA", namedCurve: "P-256" } as const;

function newKeyPair(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(KEY_ALGORITHM, true, ["sign", "verify"]);
}

async function keyPem(key: CryptoKey): Promise<string> {
  return formatPem(
    "PRIVATE KEY",
    asBytes(new Uint8Array(await crypto.subtle.exportKey("pkcs8", key))),
  );
}

function damaged(cause?: unknown): CryptoError {
  return new CryptoError(
    "bad-authority",
    "Cannot use the certificate authority: its certificate and key are damaged or do not belong together",
    { cause },
  );
}

/** A subject as the runtime writes it, a name a line. */
function isSuccessor({ der }: ServerCertificate): boolean {
  const name = SUCCESSOR_NAME.map((part) => part.join("=")).join("\n");
  return new X509Certificate(der).subject === name;
}

/** The certificate authority of one server: makes its leaf certificates and names its successor. */
export class Authority {
  readonly certificate: ServerCertificate;
  /** How this CA came to be the server's; `certificate` is its last one. */
  readonly succession: Succession;
  readonly #privateKey: CryptoKey;
  readonly #publicKey: CryptoKey;

  private constructor(succession: Succession, keys: CryptoKeyPair) {
    this.certificate = succession.present;
    this.succession = succession;
    this.#privateKey = keys.privateKey;
    this.#publicKey = keys.publicKey;
  }

  /** A new authority. Only for a server without accounts (SR-50). */
  static async create(
    facts: { nowMs: number; random: Random },
  ): Promise<{ authority: Authority; files: AuthorityFiles }> {
    const keys = await newKeyPair();
    const files = {
      certificate: await makeCertificateAuthority(keys, { ...facts, name: FIRST_NAME }),
      privateKey: await keyPem(keys.privateKey),
    };
    return { authority: await Authority.open(files), files };
  }

  /** Throws `CryptoError` `bad-authority` when the files are damaged or do not belong together. */
  static async open(files: AuthorityFiles): Promise<Authority> {
    const parsed = parseAuthorityCertificate(files.certificate);
    const succession = parsed && await readSuccession(parsed.parts);
    if (parsed === undefined || succession === undefined) throw damaged();
    const certificate = succession.present;
    const isWhole = isSuccessor(certificate) === succession.parts.length > 1;
    if (!isWhole || !equalBytes(certificate.der, parsed.der)) throw damaged();
    const pkcs8 = parsePem("PRIVATE KEY", files.privateKey);
    if (pkcs8 === undefined) throw damaged();
    let keys: CryptoKeyPair;
    try {
      keys = {
        privateKey: await crypto.subtle.importKey("pkcs8", pkcs8, KEY_ALGORITHM, false, ["sign"]),
        publicKey: await crypto.subtle.importKey("spki", certificate.spki, KEY_ALGORITHM, true, [
          "verify",
        ]),
      };
    } catch (error) {
      throw damaged(error);
    }
    const probe = certificate.der;
    const signature = await crypto.subtle.sign(P256_SIGN, keys.privateKey, probe);
    if (!await crypto.subtle.verify(P256_SIGN, keys.publicKey, signature, probe)) throw damaged();
    return new Authority(succession, keys);
  }

  /** SR-50: a new CA that this one's key names as its successor. This one's key is of no use after that. */
  async succeed(facts: { nowMs: number; random: Random }): Promise<AuthorityFiles> {
    const keys = await newKeyPair();
    const der = certificateDer(
      await makeCertificateAuthority(keys, { ...facts, name: SUCCESSOR_NAME }),
    );
    const certificate = der && await readServerCertificate(der);
    if (certificate === undefined) throw new Bug("Cannot read a CA certificate that was just made");
    const succession = await extendSuccession(this.succession, certificate, {
      sign: (message) => this.sign(message),
      nowMs: facts.nowMs,
    });
    return {
      certificate: formatAuthorityCertificate(succession),
      privateKey: await keyPem(keys.privateKey),
    };
  }

  /** A new key and certificate for TLS, for `SERVER_TLS_NAME`. */
  async issueLeaf(facts: { nowMs: number; random: Random }): Promise<ServerLeaf> {
    const keys = await newKeyPair();
    const issuer = subjectOf(this.certificate.der);
    if (issuer === undefined) throw damaged();
    const leaf = await makeLeaf(keys.publicKey, {
      ...facts,
      issuer,
      authorityKeys: { publicKey: this.#publicKey, privateKey: this.#privateKey },
    });
    return {
      chain: leaf.pem + this.certificate.pem,
      privateKey: await keyPem(keys.privateKey),
      notAfterMs: leaf.notAfterMs,
    };
  }

  /**
   * Whether a stored leaf must be replaced: it is damaged, of another authority, or has less than 120 of its 397 days left.
   */
  needsRenewal(chain: string, nowMs: number): boolean {
    const leaf = readStoredLeaf(chain);
    // A new leaf repairs every kind of damage.
    if (leaf === undefined || !leaf.isSignedBy(this.certificate.spki)) return true;
    return leaf.notAfterMs - nowMs < LEAF_RENEWAL_MS;
  }

  /** For statements by the CA key. */
  async sign(message: Bytes): Promise<Bytes> {
    return asBytes(new Uint8Array(await crypto.subtle.sign(P256_SIGN, this.#privateKey, message)));
  }
}
