/**
 * A server on real sockets with people who hold connections and give nothing for them: slow readers, silent ones and
 * trickling senders, of each some. Two others talk meanwhile, and after each second of the server's clock each of them has
 * what the other one said.
 */

import { join } from "node:path";
import { systemClock } from "../../lib/base/clock.ts";
import { type ConversationId, fingerprint } from "../../lib/base/ids.ts";
import { systemRandom } from "../../lib/base/random.ts";
import type { ByteStream } from "../../lib/net/streams/byte_stream.ts";
import { dialPlain, dialTls } from "../../lib/net/dialling/dial.ts";
import { encodePacket } from "../../lib/protocol/packet.ts";
import { Server } from "../../lib/server/server.ts";
import { FakeClock } from "./clock.ts";
import { type RawAccount, registered, signInAs } from "./raw_account.ts";
import { RawClient } from "./raw_client.ts";
import { openPair, type RawMember } from "./raw_conversation.ts";
import { TestServer } from "./test_server.ts";

/** A deadline that is missed by so much is missed. The longest one is 150 s. */
const MOST_SECONDS = 400;
/** Answers of 60 KB each that a slow reader asks for: far more than what kernels keep between two programs. */
const UNREAD_ANSWERS = 500;

/** How a neighbour is bad. */
export type Badness = "silent stranger" | "slow reader" | "silent" | "trickling sender";

/** One of them, as far as the test moves it. */
interface Neighbour {
  readonly trickle: () => void;
  readonly close: () => Promise<void>;
}

/** The server with the two who talk. */
export class Neighbourhood implements AsyncDisposable {
  readonly #server: Server;
  readonly #clock: FakeClock;
  readonly #owned: AsyncDisposableStack;
  readonly #pair: { alice: RawMember; bob: RawMember; conversation: ConversationId };
  readonly #stranger: RawAccount;
  readonly #caPem: string | undefined;
  #said = 0;

  private constructor(made: {
    server: Server;
    clock: FakeClock;
    owned: AsyncDisposableStack;
    pair: { alice: RawMember; bob: RawMember; conversation: ConversationId };
    stranger: RawAccount;
    caPem: string | undefined;
  }) {
    this.#server = made.server;
    this.#clock = made.clock;
    this.#owned = made.owned;
    this.#pair = made.pair;
    this.#stranger = made.stranger;
    this.#caPem = made.caPem;
  }

  /** In an empty folder. */
  static async open(folder: string, tls: "auto" | "off"): Promise<Neighbourhood> {
    await using opening = new AsyncDisposableStack();
    // Certificates are looked at by the system's clock; only deadlines are the test's.
    const clock = new FakeClock(systemClock.nowMs());
    const dataFolder = join(folder, "data");
    await Deno.mkdir(dataFolder);
    const { pair, stranger } = await populate(dataFolder, clock);
    const videoFolder = join(folder, "videos");
    await Deno.mkdir(videoFolder);
    const server = opening.use(
      await Server.open({
        ...{ clock, random: systemRandom, tls, dataFolder, videoFolder },
        cacheFolder: join(folder, "cache"),
        listen: { host: "127.0.0.1", port: 0 },
        registration: "open",
        ...{ loginAttempts: 3, lockSeconds: 60, ffmpegPath: undefined },
        ...{
          frameQuotaBytes: 1 << 20,
          maxConnections: 1000,
          spoolDescriptors: 100,
          rendezvous: "off",
        },
        messageRate: { burst: 1e6, perSecond: 1e6 },
      }),
    );
    const caPem = tls === "off" ? undefined : await Deno.readTextFile(join(dataFolder, "ca.pem"));
    const owned = opening.move();
    const made = new Neighbourhood({ server, clock, owned, pair, stranger, caPem });
    for (const member of [pair.alice, pair.bob]) {
      member.client = await made.#enter(await made.#dial(), member.account);
      for (const { header } of await member.subscribe()) {
        member.acknowledge(pair.conversation, Number(header.seq));
      }
      member.client.waiting.length = 0;
    }
    return made;
  }

  /** Lets `count` of them come, and time go by until all are gone. Returns the seconds that it took. Throws when it does not end. */
  async endure(badness: Badness, count: number): Promise<number> {
    const before = this.#server.connections;
    // One by one: who is not signed in yet is a stranger, and of those few are let in at a time.
    const bad: Neighbour[] = [];
    for (let i = 0; i < count; i++) bad.push(await this.#admit(badness));
    // A handshake is over here before it is there.
    for (let i = 0; this.#server.connections < before + count; i++) {
      if (i > 1000) throw new Error("not all of them came in");
      await this.#talk();
    }
    for (let seconds = 0; seconds <= MOST_SECONDS; seconds++) {
      await this.#talk();
      if (this.#server.connections <= before) {
        if (this.#server.connections < before) throw new Error("somebody else was sent away");
        await Promise.all(bad.map(({ close }) => close()));
        // Deno 2.4 ends a write on a TLS connection that was cut only once the other end is gone.
        for (let i = 0; i < 10; i++) await this.#talk();
        return seconds;
      }
      for (const { trickle } of bad) trickle();
      await this.#clock.advance(1000);
    }
    throw new Error(`${this.#server.connections - before} of ${count} are still there`);
  }

  /** Places that newcomers do not get, beside those of the two who talk. */
  get placesHeld(): number {
    return this.#server.places - 2;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { client } of [this.#pair.alice, this.#pair.bob]) await client.close();
    const closing = this.#owned.disposeAsync();
    for (let i = 0; i < 20; i++) await this.#clock.advance(1000);
    await closing;
  }

  /** One text each way, which is there. */
  async #talk(): Promise<void> {
    const { alice, bob, conversation } = this.#pair;
    for (const [from, to] of [[alice, bob], [bob, alice]]) {
      const text = `text ${++this.#said}`;
      const [{ header }, { payload, header: { seq } }] = await Promise.all([
        from.send(conversation, text),
        to.client.next("relay.envelope"),
      ]);
      if (header.kind === "failure") throw new Error(String(header.message));
      const shown = new TextDecoder().decode(payload);
      if (shown !== text) throw new Error(`${shown} came in the place of ${text}`);
      to.acknowledge(conversation, Number(seq));
    }
  }

  async #admit(badness: Badness): Promise<Neighbour> {
    const stream = await this.#dial();
    const close = () => Promise.resolve(closeQuietly(stream));
    if (badness === "silent stranger") return { trickle: () => {}, close };
    const gate = Promise.withResolvers<void>();
    let isReading = true;
    let writing: Promise<unknown> = Promise.resolve();
    const client = await this.#enter({
      read: async (buffer) => {
        if (!isReading) await gate.promise;
        return await stream.read(buffer);
      },
      write: (bytes) => {
        const written = stream.write(bytes);
        writing = written;
        return written;
      },
      closeWrite: () => stream.closeWrite(),
      close: () => stream.close(),
    }, this.#stranger);
    const end = async () => {
      gate.resolve();
      closeQuietly(stream);
      await client.ended;
      // The one that the server did not take.
      await writing.catch(() => {});
    };
    if (badness === "slow reader") {
      isReading = false;
      await this.#askMuch(client);
    }
    let at = 0;
    const packet = encodePacket({ kind: "keys.count", request: 9 });
    const trickle = badness === "trickling sender"
      ? () => client.write(packet.subarray(at, at += at < packet.length - 1 ? 1 : 0))
      : () => {};
    return { trickle, close: end };
  }

  async #askMuch(client: RawClient): Promise<void> {
    const hash = await fingerprint(this.#stranger.device.certificate);
    const hashes = Array(64).fill(hash);
    for (let request = 100; request < 100 + UNREAD_ANSWERS; request++) {
      client.send({ kind: "keys.certificates", request, hashes });
    }
  }

  async #enter(stream: ByteStream, account: RawAccount): Promise<RawClient> {
    const client = new RawClient(stream);
    await client.hello();
    const { header } = await signInAs(client, account);
    if (header.kind === "failure") throw new Error(String(header.message));
    return client;
  }

  async #dial(): Promise<ByteStream> {
    const address = { host: "127.0.0.1", port: this.#server.address.port };
    const options = { clock: systemClock, timeoutMs: 30_000 };
    const { stream } = this.#caPem === undefined
      ? await dialPlain(address, options)
      : await dialTls(address, this.#caPem, options);
    return stream;
  }
}

async function populate(folder: string, clock: FakeClock) {
  await using server = await TestServer.open({ folder, clock });
  const pair = await openPair(server);
  const stranger = await registered(server, "stranger", { which: 2 });
  for (const { client } of [pair.alice, pair.bob]) await client.close();
  return { pair, stranger };
}

function closeQuietly(stream: ByteStream): void {
  try {
    stream.close();
  } catch {
    // The server was first.
  }
}
