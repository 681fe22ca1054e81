/**
 * The server's own certificate authority: an ECDSA P-256 CA for ten years, which clients pin, and leaves under it for TLS,
 * renewed by the server itself. For the server only (`server_certificate` is what clients need).
 */

import { X509Certificate } from "node:crypto";
import { asBytes, type Bytes, equalBytes } from "../../base/bytes.ts";
import { Bug, CryptoError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import {
  type AuthorityFiles,
  formatAuthorityCertificate,
  parseAuthorityCertificate,
} from "./authority_files.ts";
import { formatPem, parsePem } from "./der.ts";
import {
  certificateDer,
  P256_SIGN,
  readServerCertificate,
  SERVER_TLS_NAME,
  type ServerCertificate,
} from "./server_certificate.ts";
import { extendSuccession, readSuccession, type Succession } from "./server_succession.ts";
import { readStoredLeaf } from "./stored_leaf.ts";
import {
  authorityKeyIdentifier,
  basicConstraints,
  distinguishedName,
  dnsName,
  KEY_USAGE,
  keyUsage,
  serverAuthentication,
  signCertificate,
  subjectKeyIdentifier,
  subjectOf,
} from "./x509_writer.ts";

const DAY_MS = 86_400_000;
const CA_VALIDITY_MS = 10 * 365 * DAY_MS;
/** What browsers allow; nobody has to notice, since the server renews. */
const LEAF_VALIDITY_MS = 397 * DAY_MS;
/** Certificates start a day early, since the clocks of those who check them may be behind (journey J10). */
const BACKDATE_MS = DAY_MS;

/** For `Deno.listenTls`. */
export interface ServerLeaf {
  /** PEM of the leaf, then of the CA: a client at first contact reads the CA from here. */
  readonly chain: string;
  readonly privateKey: string;
  readonly notAfterMs: number;
}

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

// Makes the certificates: the CA's and the leaves under it.

interface Facts {
  readonly nowMs: number;
  readonly random: Random;
}

/** A CA certificate of this name that its own key signs, as PEM. */
export async function makeCertificateAuthority(
  keys: CryptoKeyPair,
  { nowMs, random, name }: Facts & { name: Parameters<typeof distinguishedName>[0] },
): Promise<string> {
  const der = await signCertificate({
    serial: newSerial(random),
    issuer: distinguishedName(name),
    subject: distinguishedName(name),
    notBeforeMs: nowMs - BACKDATE_MS,
    notAfterMs: nowMs + CA_VALIDITY_MS,
    spki: await spkiOf(keys.publicKey),
    extensions: [
      basicConstraints(true),
      keyUsage(KEY_USAGE.keyCertSign, KEY_USAGE.cRLSign),
      await subjectKeyIdentifier(keys.publicKey),
    ],
  }, keys.privateKey);
  return formatPem("CERTIFICATE", der);
}

/** A certificate for `SERVER_TLS_NAME` and this key, as PEM. `issuer` is the DER of the CA's name. */
export async function makeLeaf(
  publicKey: CryptoKey,
  { nowMs, random, issuer, authorityKeys }: Facts & {
    issuer: Bytes;
    authorityKeys: CryptoKeyPair;
  },
): Promise<{ pem: string; notAfterMs: number }> {
  const notAfterMs = nowMs + LEAF_VALIDITY_MS;
  const der = await signCertificate({
    serial: newSerial(random),
    issuer,
    subject: distinguishedName([["CN", SERVER_TLS_NAME]]),
    notBeforeMs: nowMs - BACKDATE_MS,
    notAfterMs,
    spki: await spkiOf(publicKey),
    extensions: [
      basicConstraints(false),
      keyUsage(KEY_USAGE.digitalSignature),
      serverAuthentication(),
      dnsName(SERVER_TLS_NAME),
      await authorityKeyIdentifier(authorityKeys.publicKey),
    ],
  }, authorityKeys.privateKey);
  return { pem: formatPem("CERTIFICATE", der), notAfterMs };
}

async function spkiOf(key: CryptoKey): Promise<Bytes> {
  return asBytes(new Uint8Array(await crypto.subtle.exportKey("spki", key)));
}

/** 127 random bits: positive in DER, and never repeated (RFC 5280 §4.1.2.2). */
function newSerial(random: Random): Bytes {
  const bytes = random.bytes(16);
  bytes[0] = bytes[0] & 0x7f | 0x40;
  return bytes;
}
