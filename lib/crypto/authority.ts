/**
 * The server's own certificate authority: an ECDSA P-256 CA for ten years, which clients pin, and leaves under it for TLS,
 * renewed by the server itself. For the server only (`server_certificate` is what clients need).
 */

// MUST come before the X.509 library, which registers its parts by it.
import "reflect-metadata";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { asBytes, type Bytes, encodeHex, equalBytes } from "../base/bytes.ts";
import { Bug, CryptoError } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import {
  type AuthorityFiles,
  formatAuthorityCertificate,
  parseAuthorityCertificate,
} from "./authority_files.ts";
import {
  certificateDer,
  P256_SIGN,
  readServerCertificate,
  SERVER_TLS_NAME,
  type ServerCertificate,
} from "./server_certificate.ts";
import { extendSuccession, readSuccession, type Succession } from "./server_succession.ts";

/** For `Deno.listenTls`. */
export interface ServerLeaf {
  /** PEM of the leaf, then of the CA: a client at first contact reads the CA from here. */
  readonly chain: string;
  readonly privateKey: string;
  readonly notAfterMs: number;
}

const DAY_MS = 86_400_000;
const CA_VALIDITY_MS = 10 * 365 * DAY_MS;
/** What browsers allow; nobody has to notice, since the server renews. */
const LEAF_VALIDITY_MS = 397 * DAY_MS;
/** Renew when less is left: a server that restarts but once in a quarter never shows an expired one. */
const LEAF_RENEWAL_MS = 120 * DAY_MS;
/** Certificates start an hour early, since the clocks of those who check them may be behind. */
const BACKDATE_MS = 3_600_000;
const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
const FIRST_NAME = "CN=Heliograph server";
/** Of each CA after the first: without its succession it would pass for the first CA of another server. */
const SUCCESSOR_NAME = "CN=Heliograph server, OU=successor";
const KEY_ALGORITHM = { name: "ECDSA", namedCurve: "P-256" } as const;

/** 127 random bits: positive in DER, and never repeated (RFC 5280 §4.1.2.2). */
function newSerial(random: Random): string {
  const bytes = random.bytes(16);
  bytes[0] = bytes[0] & 0x7f | 0x40;
  return encodeHex(bytes);
}

function newKeyPair(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(KEY_ALGORITHM, true, ["sign", "verify"]);
}

async function keyPem(key: CryptoKey): Promise<string> {
  return `${PemConverter.encode(await crypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY")}\n`;
}

function damaged(cause?: unknown): CryptoError {
  return new CryptoError(
    "bad-authority",
    "Cannot use the certificate authority: its certificate and key are damaged or do not belong together",
    { cause },
  );
}

/** A CA certificate that its own key signs. */
async function selfSigned(
  keys: CryptoKeyPair,
  { nowMs, random, name }: { nowMs: number; random: Random; name: string },
): Promise<string> {
  const made = await X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(random),
    name,
    notBefore: new Date(nowMs - BACKDATE_MS),
    notAfter: new Date(nowMs + CA_VALIDITY_MS),
    signingAlgorithm: P256_SIGN,
    keys,
    extensions: [
      // It signs leaves only, never another CA.
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return `${made.toString("pem")}\n`;
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
      certificate: await selfSigned(keys, { ...facts, name: FIRST_NAME }),
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
    const isSuccessor = new X509Certificate(certificate.der).subject === SUCCESSOR_NAME;
    const isWhole = isSuccessor === succession.parts.length > 1;
    if (!isWhole || !equalBytes(certificate.der, parsed.der)) throw damaged();
    let keys: CryptoKeyPair;
    try {
      const pkcs8 = PemConverter.decodeFirst(files.privateKey);
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
    const der = certificateDer(await selfSigned(keys, { ...facts, name: SUCCESSOR_NAME }));
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
  async issueLeaf({ nowMs, random }: { nowMs: number; random: Random }): Promise<ServerLeaf> {
    const keys = await newKeyPair();
    const notAfterMs = nowMs + LEAF_VALIDITY_MS;
    const extensions: Extension[] = [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([SERVER_AUTH]),
      new SubjectAlternativeNameExtension([{ type: "dns", value: SERVER_TLS_NAME }]),
      await AuthorityKeyIdentifierExtension.create(this.#publicKey),
    ];
    const leaf = await X509CertificateGenerator.create({
      serialNumber: newSerial(random),
      subject: `CN=${SERVER_TLS_NAME}`,
      issuer: new X509Certificate(this.certificate.der).subject,
      notBefore: new Date(nowMs - BACKDATE_MS),
      notAfter: new Date(notAfterMs),
      signingAlgorithm: P256_SIGN,
      publicKey: keys.publicKey,
      signingKey: this.#privateKey,
      extensions,
    });
    return {
      chain: `${leaf.toString("pem")}\n${this.certificate.pem}`,
      privateKey: await keyPem(keys.privateKey),
      notAfterMs,
    };
  }

  /**
   * Whether a stored leaf must be replaced: it is damaged, of another authority, or has less than 120 of its 397 days left.
   */
  async needsRenewal(chain: string, nowMs: number): Promise<boolean> {
    try {
      const leaf = new X509Certificate(PemConverter.decodeFirst(chain));
      const isOurs = await leaf.verify({ publicKey: this.#publicKey, signatureOnly: true });
      return !isOurs || leaf.notAfter.getTime() - nowMs < LEAF_RENEWAL_MS;
    } catch {
      // The parser throws for every kind of bad file; a new leaf repairs them all.
      return true;
    }
  }

  /** For statements by the CA key. */
  async sign(message: Bytes): Promise<Bytes> {
    return asBytes(new Uint8Array(await crypto.subtle.sign(P256_SIGN, this.#privateKey, message)));
  }
}

/** When a stored leaf ends; undefined when it is damaged. */
export function leafEndMs(chain: string): number | undefined {
  try {
    return new X509Certificate(PemConverter.decodeFirst(chain)).notAfter.getTime();
  } catch {
    // The parser throws for every kind of bad file.
    return undefined;
  }
}
