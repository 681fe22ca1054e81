/**
 * A client that was written from docs/protocol/minimal-client.md and imports nothing of `lib/`: it shows that the page is
 * enough. What it knows of OPAQUE stands in `vectors/opaque_client.ts`.
 */

import {
  concat,
  finish,
  ke1,
  registrationRecord,
  registrationRequest,
} from "../vectors/opaque_client.ts";
import {
  base64,
  base64Url,
  bindingMac,
  deviceStatement,
  field,
  fromBase64Url,
  signEd25519,
  toHex,
  u16,
  u32,
  utf8,
} from "../vectors/sign_in.ts";

type Bytes = Uint8Array<ArrayBuffer>;
type Fields = Readonly<Record<string, unknown>>;

/** An answer: its header and its payload. */
interface Answer {
  readonly header: Record<string, never>;
  readonly payload: Bytes;
}

/** One installation; the secrets are seeds. */
export interface MinimalDevice {
  readonly id: string;
  readonly mlsSeed: Bytes;
  readonly statementSeed: Bytes;
}

const random = (size: number): Bytes => crypto.getRandomValues(new Uint8Array(size));
/** A scalar below the order of ristretto255, which is above 2²⁵². */
const randomScalar = (): Bytes => random(32).map((byte, i) => i === 31 ? byte & 15 : byte);
const sha256 = async (bytes: Uint8Array): Promise<Bytes> =>
  new Uint8Array(await crypto.subtle.digest("SHA-256", concat(bytes)));
const u64 = (value: number): Bytes =>
  concat(u32(Math.floor(value / 2 ** 32)), u32(value % 2 ** 32));

/** A new device's keys and id. */
export function newDevice(): MinimalDevice {
  return { id: toHex(random(16)), mlsSeed: random(32), statementSeed: random(32) };
}

/** Ed25519's public key, which WebCrypto tells by the key's JWK. */
async function publicKey(seed: Bytes): Promise<Bytes> {
  const der = concat(hex("302e020100300506032b657004220420"), seed);
  const key = await crypto.subtle.importKey("pkcs8", der, "Ed25519", true, ["sign"]);
  const { x = "" } = await crypto.subtle.exportKey("jwk", key);
  return concat(fromBase64Url(x));
}

function hex(digits: string): Bytes {
  return Uint8Array.from(digits.match(/../g) ?? [], (byte) => parseInt(byte, 16));
}

/** The account's identity: RSA-PSS with 3,072 bits. */
export async function newIdentity(): Promise<CryptoKeyPair> {
  const publicExponent = Uint8Array.of(1, 0, 1);
  const algorithm = { name: "RSA-PSS", modulusLength: 3072, publicExponent, hash: "SHA-256" };
  return await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

/** What a PEM file holds. */
export function derOf(pem: string): Bytes {
  return concat(fromBase64Url(pem.replaceAll(/-----[^-]+-----|\s/g, "")));
}

/** The SubjectPublicKeyInfo of a certificate with a P-256 key: 91 bytes that begin with the two algorithm ids. */
function publicKeyOf(certificate: Bytes): Bytes {
  const start = "3059301306072a8648ce3d020106082a8648ce3d030107034200";
  const at = toHex(certificate).indexOf(start) / 2;
  return certificate.slice(at, at + 91);
}

export class MinimalClient implements Disposable {
  readonly #connection: Deno.TlsConn;
  readonly #clientNonce = random(32);
  #serverNonce: Bytes = new Uint8Array();
  #serverId: Bytes = new Uint8Array();
  #caFingerprint: Bytes = new Uint8Array();
  #received: Bytes = new Uint8Array();
  #lastRequest = 0;

  private constructor(connection: Deno.TlsConn) {
    this.#connection = connection;
  }

  /** Steps 1 to 3. `ca`: the certificate of the server's CA as PEM, whose fingerprint somebody has compared. */
  static async connect(port: number, ca: string): Promise<MinimalClient> {
    const plain = await Deno.connect({ hostname: "127.0.0.1", port });
    const tls = await Deno.startTls(plain, { hostname: "heliograph.internal", caCerts: [ca] });
    const client = new MinimalClient(tls);
    const certificate = derOf(ca);
    client.#caFingerprint = await sha256(certificate);
    const { header, payload } = await client.ask("hello", {
      versions: { min: 1, max: 1 },
      program: "minimal",
      nonce: base64(client.#clientNonce),
    });
    client.#serverNonce = concat(fromBase64Url(header.nonce));
    const [sizes]: number[][] = [header.sizes];
    if (sizes.length !== 1 || toHex(payload) !== toHex(certificate)) {
      throw new Error("hello.ok has another CA than TLS");
    }
    client.#serverId = await sha256(publicKeyOf(payload));
    return client;
  }

  /** Step 2: one request and its answer. Throws with the code of a failure. */
  async ask(kind: string, fields: Fields = {}, payload = new Uint8Array()): Promise<Answer> {
    const request = ++this.#lastRequest;
    const header = utf8(JSON.stringify({ kind, request, ...fields }));
    const rest = concat(field(header), payload);
    await this.#write(concat(u32(rest.length), rest));
    for (;;) {
      const answer = await this.#read();
      if (answer.header.request !== request) continue;
      if (answer.header.kind === "failure") throw new Error(`${kind}: ${answer.header.code}`);
      return answer;
    }
  }

  /** An account with a first device, whose identity the recovery secret opens later. */
  async register(
    account: string,
    password: string,
    made: { identity: CryptoKeyPair; device: MinimalDevice; recoverySecret: Bytes },
  ): Promise<void> {
    const secrets = { password, blind: randomScalar(), envelopeNonce: random(32) };
    const { header } = await this.ask("login.register-start", {
      name: account,
      opaque: base64Url(registrationRequest(secrets)),
    });
    const record = await registrationRecord(secrets, fromBase64Url(header.opaque));
    const spki = await exportKey("spki", made.identity.publicKey);
    const fields = [u16(1), utf8(account), utf8(account), spki, u64(1)];
    const sections = [
      await this.#statement("Heliograph v1 roster entry", fields, made.identity.privateKey),
      await this.#certificate(account, made.device, made.identity),
      await sealRecovery(account, made.recoverySecret, made.identity.privateKey),
    ];
    await this.ask("login.register-finish", {
      name: account,
      record: base64Url(record),
      device: made.device.id,
      sizes: sections.map(({ length }) => length),
    }, concat(...sections));
  }

  /** Step 4. With a device of the account the session is `ready`, without one `unlinked`. Returns whether it is linked. */
  async signIn(account: string, password: string, device?: MinimalDevice): Promise<boolean> {
    const secrets = {
      password,
      blind: randomScalar(),
      nonce: random(32),
      ephemeral: randomScalar(),
    };
    const challenge = await this.ask("login.start", { account, opaque: base64Url(ke1(secrets)) });
    const proven = await finish(secrets, fromBase64Url(challenge.header.opaque));
    if (proven === undefined) throw new Error("The password is wrong");
    const { header } = await this.ask("login.finish", {
      opaque: base64Url(proven.ke3),
      mac: base64(bindingMac(this.#channel(account), proven.sessionKey, "client")),
      ...(device === undefined
        ? {}
        : { device: device.id, signature: this.#signature(account, device) }),
    });
    if (header.mac !== base64(bindingMac(this.#channel(account), proven.sessionKey, "server"))) {
      throw new Error("The server sees another channel");
    }
    return header.linked;
  }

  /** Step 5: with the recovery secret this becomes a device. */
  async link(account: string, device: MinimalDevice, recoverySecret: Bytes): Promise<void> {
    const { payload } = await this.ask("login.recovery-fetch");
    const privateKey = await openRecovery(account, recoverySecret, payload);
    const { n, e } = await crypto.subtle.exportKey("jwk", privateKey);
    const algorithm = { name: "RSA-PSS", hash: "SHA-256" };
    const jwk = { kty: "RSA", n, e, alg: "PS256" };
    const publicKey = await crypto.subtle.importKey("jwk", jwk, algorithm, true, ["verify"]);
    const certificate = await this.#certificate(account, device, { privateKey, publicKey });
    const signature = this.#signature(account, device);
    await this.ask("login.link-device", { device: device.id, signature }, certificate);
  }

  /** Every later time. */
  async signInByDevice(account: string, device: MinimalDevice): Promise<void> {
    const signature = this.#signature(account, device);
    await this.ask("login.device", { account, device: device.id, signature });
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }

  #channel(account: string) {
    return {
      account,
      clientNonce: toHex(this.#clientNonce),
      serverNonce: toHex(this.#serverNonce),
      caFingerprint: toHex(this.#caFingerprint),
    };
  }

  #signature(account: string, device: MinimalDevice): string {
    const facts = { ...this.#channel(account), serverId: toHex(this.#serverId), device: device.id };
    return base64(signEd25519(device.statementSeed, deviceStatement(facts)));
  }

  async #certificate(
    account: string,
    device: MinimalDevice,
    identity: CryptoKeyPair,
  ): Promise<Bytes> {
    const now = Date.now();
    return await this.#statement("Heliograph v1 device certificate", [
      u16(1),
      utf8(account),
      hex(device.id),
      await exportKey("spki", identity.publicKey),
      await publicKey(device.mlsSeed),
      await publicKey(device.statementSeed),
      u64(now - 86_400_000),
      u64(now + 6 * 366 * 86_400_000),
    ], identity.privateKey);
  }

  /** A statement of an identity, as it goes over the wire. */
  async #statement(context: string, fields: readonly Uint8Array[], key: CryptoKey): Promise<Bytes> {
    const body = concat(u16(1), this.#serverId, ...fields.map(field));
    const algorithm = { name: "RSA-PSS", saltLength: 32 };
    const signed = concat(utf8(`${context}\0`), body);
    const signature = await crypto.subtle.sign(algorithm, key, signed);
    return concat(field(body), field(new Uint8Array(signature)));
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#connection.write(bytes.subarray(at));
  }

  async #read(): Promise<Answer> {
    const size = (at: number) => new DataView(this.#received.buffer).getUint32(at);
    while (this.#received.length < 4 || this.#received.length < 4 + size(0)) {
      const buffer = new Uint8Array(65_536);
      const read = await this.#connection.read(buffer);
      if (read === null) throw new Error("The server has ended the connection");
      this.#received = concat(this.#received, buffer.subarray(0, read));
    }
    const end = 4 + size(0);
    const packet = this.#received.slice(4, end);
    this.#received = this.#received.slice(end);
    const headerEnd = 2 + new DataView(packet.buffer).getUint16(0);
    const header = JSON.parse(new TextDecoder().decode(packet.subarray(2, headerEnd)));
    return { header, payload: packet.slice(headerEnd) };
  }
}

async function exportKey(format: "spki" | "pkcs8", key: CryptoKey): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.exportKey(format, key));
}

const RECOVERY = utf8("Heliograph v1 recovery copy\0");

async function recoveryKey(secret: Bytes, salt: Bytes): Promise<CryptoKey> {
  const input = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"]);
  const algorithm = { name: "HKDF", hash: "SHA-256", salt, info: RECOVERY };
  const use: KeyUsage[] = ["encrypt", "decrypt"];
  return await crypto.subtle.deriveKey(
    algorithm,
    input,
    { name: "AES-GCM", length: 256 },
    false,
    use,
  );
}

function recoveryCipher(account: string, head: Bytes) {
  const additionalData = concat(RECOVERY, head, field(utf8(account)));
  return { name: "AES-GCM", iv: head.slice(18, 30), additionalData };
}

async function sealRecovery(account: string, secret: Bytes, identity: CryptoKey): Promise<Bytes> {
  const head = concat(u16(1), random(16), random(12));
  const key = await recoveryKey(secret, head.slice(2, 18));
  const plain = await exportKey("pkcs8", identity);
  const sealed = await crypto.subtle.encrypt(recoveryCipher(account, head), key, plain);
  return concat(head, new Uint8Array(sealed));
}

async function openRecovery(account: string, secret: Bytes, copy: Bytes): Promise<CryptoKey> {
  const head = copy.slice(0, 30);
  const key = await recoveryKey(secret, head.slice(2, 18));
  const plain = await crypto.subtle.decrypt(recoveryCipher(account, head), key, copy.slice(30));
  const algorithm = { name: "RSA-PSS", hash: "SHA-256" };
  return await crypto.subtle.importKey("pkcs8", plain, algorithm, true, ["sign"]);
}
