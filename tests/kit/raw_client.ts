/** A client that speaks packets and nothing else: it sends what a test tells it to, right or wrong. */

import { type Bytes, decodeBase64, encodeBase64 } from "../../lib/base/bytes.ts";
import { systemRandom } from "../../lib/base/random.ts";
import type { Fingerprint } from "../../lib/base/ids.ts";
import type { ServerCertificate } from "../../lib/crypto/certificates/server_certificate.ts";
import { readSuccession } from "../../lib/crypto/certificates/server_succession.ts";
import type { ByteStream } from "../../lib/net/streams/byte_stream.ts";
import { SIGNED_IN_PACKET_LIMITS } from "../../lib/protocol/limits.ts";
import { encodePacket, type Packet, PacketDecoder } from "../../lib/protocol/packet.ts";
import { splitSections } from "../../lib/protocol/sections.ts";

/** What the first exchange brought. */
export interface RawHandshake {
  readonly clientNonce: Bytes;
  readonly serverNonce: Bytes;
  readonly version: number;
  readonly serverId: Fingerprint;
  readonly certificate: ServerCertificate;
}

interface Waiter {
  readonly wants: (packet: Packet) => boolean;
  readonly resolve: (packet: Packet) => void;
  readonly reject: (error: Error) => void;
}

export class RawClient {
  /** Resolves when the server has ended the connection, or it broke. */
  readonly ended: Promise<void>;
  /** Packets that nobody has taken yet. */
  readonly waiting: Packet[] = [];
  isEnded = false;
  /** Set by `hello`. */
  handshake: RawHandshake | undefined;
  readonly #stream: ByteStream;
  readonly #decoder = new PacketDecoder(SIGNED_IN_PACKET_LIMITS);
  #waiters: Waiter[] = [];
  #lastRequest = 0;
  #writing: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(stream: ByteStream) {
    this.#stream = stream;
    this.ended = this.#read();
  }

  /** Writes any bytes. A connection that is gone swallows them. */
  write(bytes: Uint8Array): void {
    this.#writing = this.#writing.then(async () => {
      for (let at = 0; at < bytes.length;) at += await this.#stream.write(bytes.subarray(at));
    }).catch(() => {});
  }

  send(header: object, payload?: Bytes): void {
    this.write(encodePacket(header, payload));
  }

  /** Sends a request and returns its answer, a failure too. Rejects when the connection ends first. */
  ask(kind: string, fields: object = {}, payload?: Bytes): Promise<Packet> {
    const request = ++this.#lastRequest;
    this.send({ kind, request, ...fields }, payload);
    return this.#take((packet) => packet.header.request === request);
  }

  /** The fields of the answer; throws when it is a failure. */
  async get(kind: string, fields: object = {}, payload?: Bytes): Promise<Packet["header"]> {
    const { header } = await this.ask(kind, fields, payload);
    if (header.kind === "failure") {
      throw new Error(`${kind} was refused: ${header.code}, ${header.message}`);
    }
    return header;
  }

  /** The failure code of the answer; throws when it is none. */
  async refused(kind: string, fields: object = {}, payload?: Bytes): Promise<string> {
    const { header } = await this.ask(kind, fields, payload);
    if (header.kind !== "failure") throw new Error(`${kind} was not refused`);
    return String(header.code);
  }

  /** The next packet of a kind, waiting for it. */
  next(kind: string): Promise<Packet> {
    return this.#take((packet) => packet.header.kind === kind);
  }

  async hello(fields: object = {}): Promise<RawHandshake> {
    const clientNonce = systemRandom.bytes(32);
    const { header, payload } = await this.ask("hello", {
      versions: { min: 1, max: 1 },
      program: "raw",
      nonce: encodeBase64(clientNonce),
      ...fields,
    });
    const serverNonce = decodeBase64(String(header.nonce));
    const sizes = Array.isArray(header.sizes) ? header.sizes : [];
    const succession = await readSuccession(splitSections(payload, sizes));
    if (serverNonce === undefined || succession === undefined) {
      throw new Error(`hello was answered by ${JSON.stringify(header)}`);
    }
    const version = Number(header.version);
    const { serverId, present: certificate } = succession;
    this.handshake = { clientNonce, serverNonce, version, serverId, certificate };
    return this.handshake;
  }

  /** Gives the stream back. Closing twice is fine. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#stream.close();
    await this.ended;
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(65_536);
    try {
      for (;;) {
        const count = await this.#stream.read(buffer);
        if (count === null) break;
        this.#decoder.push(buffer.subarray(0, count));
        for (let packet = this.#decoder.next(); packet; packet = this.#decoder.next()) {
          this.#receive(packet);
        }
      }
    } catch {
      // Broken or closed here: the same as ended.
    }
    this.isEnded = true;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const { reject } of waiters) reject(new Error("The connection ended first"));
    // The server waits for our end before it gives its stream back.
    await this.#stream.closeWrite().catch(() => {});
  }

  #receive(packet: Packet): void {
    const i = this.#waiters.findIndex(({ wants }) => wants(packet));
    if (i < 0) this.waiting.push(packet);
    else this.#waiters.splice(i, 1)[0].resolve(packet);
  }

  #take(wants: (packet: Packet) => boolean): Promise<Packet> {
    const i = this.waiting.findIndex(wants);
    if (i >= 0) return Promise.resolve(this.waiting.splice(i, 1)[0]);
    if (this.isEnded) return Promise.reject(new Error("The connection has ended"));
    return new Promise((resolve, reject) => this.#waiters.push({ wants, resolve, reject }));
  }
}
