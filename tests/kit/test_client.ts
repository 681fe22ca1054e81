/** Whole clients on profiles in temporary folders, over memory links to a TestServer, on its false clock. */

import { join } from "node:path";
import { systemRandom } from "../../lib/base/random.ts";
import type { AccountId } from "../../lib/base/ids.ts";
import { FEATURES } from "../../lib/client/sync/families.ts";
import type { Features } from "../../lib/client/store/messenger.ts";
import { Client } from "../../lib/client/client.ts";
import { greetStream, type HandshakeResult } from "../../lib/client/link/handshake.ts";
import { refillKeyPackages } from "../../lib/client/groups/key_packages.ts";
import type { PlacedEntry } from "../../lib/client/store/history.ts";
import { joinRotation } from "../../lib/client/contacts/contact_check.ts";
import { ProfileKeeper } from "../../lib/client/profile/keeper.ts";
import { makeRotation } from "../../lib/crypto/statements/rotation.ts";
import type { ByteStream } from "../../lib/net/streams/byte_stream.ts";
import type { MemoryLink } from "../../lib/net/streams/memory.ts";
import { FakeClock } from "./clock.ts";
import { NOW_MS } from "./groups.ts";
import { type Hooks, interpose } from "./man_in_the_middle.ts";
import { copyAll, copyInto, prepared } from "./prepared.ts";
import {
  addAccount,
  type MadeProfile,
  makeProfile,
  readMade,
  readyIdentity,
  rosterEntryOf,
  writeMade,
} from "./profiles.ts";
import { TestServer, type TestServerOptions } from "./test_server.ts";

/** Of `TestClient.connect`. */
export interface ConnectOptions {
  /** Who sits between client and server. */
  readonly middle?: Hooks;
  /** Another node than the world's own. */
  readonly node?: TestServer;
  /** How many one-time key packages are published at once; making one takes 5 ms. */
  readonly keyPackages?: number;
}

const HOUR_MS = 3_600_000;

/** Whether a world of this file has the keys of the prepared server: a second one at that time is another server. */
let isPreparedOpen = false;

/** A server without accounts, as all worlds begin. */
async function emptyServer(): Promise<string> {
  return await prepared("server", async (folder) => {
    await using _server = await TestServer.open({ folder, clock: new FakeClock(NOW_MS) });
  });
}

/** A server and its clients. Closing it closes them all and removes their folders. */
export class World implements AsyncDisposable {
  readonly #options: TestServerOptions;
  #server: TestServer;
  readonly #isPrepared: boolean;
  readonly #serverId: string;
  /** Profiles of a name and an identity that were made, by both. */
  readonly #made = new Map<string, number>();
  readonly #owned = new AsyncDisposableStack();
  /** Of the clients that are opened from now on: those of every program, unless a test says otherwise. */
  features: Features = FEATURES;

  private constructor(server: TestServer, options: TestServerOptions, isPrepared: boolean) {
    this.#server = server;
    this.#options = options;
    this.#isPrepared = isPrepared;
    this.#serverId = server.parts.identity.serverId;
    this.#owned.defer(() => this.#server[Symbol.asyncDispose]());
  }

  /** Whether a world of these options, opened now, begins with what is prepared. */
  static mayCopy({ random, folder, wrapStore }: Omit<TestServerOptions, "clock">): boolean {
    return !isPreparedOpen && random === undefined && folder === undefined &&
      wrapStore === undefined;
  }

  static async open(options: Omit<TestServerOptions, "clock"> = {}): Promise<World> {
    const clock = new FakeClock(NOW_MS);
    if (!World.mayCopy(options)) {
      const all = { ...options, clock };
      return new World(await TestServer.open(all), all, false);
    }
    isPreparedOpen = true;
    const all = { copyOf: await emptyServer(), ...options, clock };
    const world = new World(await TestServer.open(all), all, true);
    world.#owned.defer(() => {
      isPreparedOpen = false;
    });
    return world;
  }

  /** A world whose server may be restarted: `folder` holds its data and is the caller's. */
  static async openAt(folder: string): Promise<World> {
    const options = { folder, clock: new FakeClock(NOW_MS) };
    return new World(await TestServer.open(options), options, false);
  }

  get server(): TestServer {
    return this.#server;
  }

  /** Closes the server, which ends all connections, and opens another one on its data. */
  async restartServer(): Promise<void> {
    await this.whileStopped(() => Promise.resolve());
  }

  /** The same, with something done to its data meanwhile. */
  async whileStopped(action: (folder: string) => Promise<void>): Promise<void> {
    const { folder } = this.#server;
    await this.#server[Symbol.asyncDispose]();
    await action(folder);
    this.#server = await TestServer.open(this.#options);
  }

  get clock(): FakeClock {
    return this.server.clock;
  }

  /** A folder that goes with the world. */
  async folder(): Promise<string> {
    await Deno.mkdir("tests/tmp", { recursive: true });
    const folder = await Deno.makeTempDir({ dir: "tests/tmp", prefix: "profile-" });
    this.#owned.defer(() => Deno.remove(folder, { recursive: true }));
    return folder;
  }

  /** A client whose account was made without a password: in the server's store, and in a profile that a session opens. */
  async client(name: string, which: number): Promise<TestClient> {
    const made = await this.#profile(name, which);
    await addAccount(this.server.parts, made);
    return await this.#open(made.folder);
  }

  /** A further device of an account that `client` made. */
  async device(name: string, which: number): Promise<TestClient> {
    const { folder, account, device } = await this.#profile(name, which);
    const nowMs = this.clock.nowMs();
    await this.server.parts.store.addDevice({ account, device, nowMs });
    return await this.#open(folder);
  }

  /**
   * A client on a new profile, after its account was given another identity, as a reset on a new machine does. `signedBy`:
   * the place of the old identity, which signs the new one. Everyone online is told.
   */
  async reset(name: string, which: number, signedBy?: number): Promise<TestClient> {
    const { store, presence, sessions, identity: { serverId } } = this.server.parts;
    const made = await this.#profile(name, which);
    const { account, identity } = made;
    const old = signedBy === undefined ? undefined : (await readyIdentity(signedBy)).identity;
    const nowMs = this.clock.nowMs();
    const facts = { serverId, accountId: account, newKey: identity.key, nowMs };
    const statement = old && await makeRotation(old, facts);
    await store.replaceIdentity({
      account,
      identity: identity.key.fingerprint,
      rosterEntry: await rosterEntryOf(this.server.parts, made),
      recoveryCopy: new Uint8Array(1),
      rotation: old && statement && joinRotation(old.key.algorithm, old.key.spki, statement),
      device: made.device,
      nowMs,
    });
    for (const session of sessions.of(account)) session.connection.close("signed-out");
    presence.announce(account, { name: made.name, identity: identity.key.fingerprint }, "identity");
    return await this.#open(made.folder);
  }

  /** A client on a profile that is there already. */
  async open(folder: string): Promise<TestClient> {
    return await this.#open(folder);
  }

  /** A client on a copy of a profile. */
  async openCopy(of: string): Promise<TestClient> {
    const folder = await this.folder();
    await copyInto(of, folder);
    return await this.#open(folder);
  }

  /** A greeted connection for what is done before there is a client. */
  async greet(options: { middle?: Hooks; address?: string } = {}): Promise<HandshakeResult> {
    const { stream } = this.dial(options);
    const handshake = await greetStream(stream, {
      address: { host: "server.test", port: 9797 },
      clock: this.clock,
      random: systemRandom,
      judge: undefined,
    });
    this.#owned.defer(() => handshake.link.close());
    return handshake;
  }

  /** The client's end of a new connection. `link` is the one that ends at the server. */
  dial(
    options: { middle?: Hooks; address?: string; node?: TestServer } = {},
  ): { stream: ByteStream; link: MemoryLink } {
    const link = (options.node ?? this.server).serve(options.address);
    const stream = options.middle === undefined ? link.far : interpose(link.far, options.middle);
    return { stream, link };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }

  async #open(folder: string): Promise<TestClient> {
    const client = await TestClient.open(this, folder);
    this.#owned.use(client);
    return client;
  }

  async #profile(name: string, which: number): Promise<MadeProfile> {
    const folder = await this.folder();
    const { parts, keys } = this.server;
    const facts = { name, which, opaqueKey: keys.passwords.publicKey };
    // Who comes when time has passed, or to a server with another identity, is like nobody else.
    const isLate = this.clock.nowMs() - NOW_MS > HOUR_MS;
    if (!this.#isPrepared || isLate || parts.identity.serverId !== this.#serverId) {
      return await makeProfile(parts, { folder, ...facts });
    }
    const person = `${encodeURIComponent(name)}-${which}`;
    const count = this.#made.get(person) ?? 0;
    this.#made.set(person, count + 1);
    const ready = await prepared(`profile-${person}-${count}`, async (site) => {
      await Deno.mkdir(join(site, "profile"), { mode: 0o700 });
      const atStart = { ...parts, clock: new FakeClock(NOW_MS) };
      const made = await makeProfile(atStart, { folder: join(site, "profile"), ...facts });
      await Deno.writeTextFile(join(site, "made.json"), writeMade(made));
    });
    await copyInto(join(ready, "profile"), folder);
    return await readMade(await Deno.readTextFile(join(ready, "made.json")), folder, which);
  }
}

/** One profile, and a client on it. */
export class TestClient implements AsyncDisposable {
  readonly world: World;
  readonly folder: string;
  keeper: ProfileKeeper;
  client: Client;
  /** The connection that `connect` made last. */
  link: MemoryLink | undefined;

  private constructor(
    world: World,
    folder: string,
    opened: { keeper: ProfileKeeper; client: Client },
  ) {
    this.world = world;
    this.folder = folder;
    this.keeper = opened.keeper;
    this.client = opened.client;
  }

  static async open(world: World, folder: string): Promise<TestClient> {
    return new TestClient(world, folder, await openProfile(world, folder));
  }

  get account() {
    return this.client.profile.own.account;
  }

  get messenger() {
    return this.client.messenger;
  }

  /** Signs in by device, and makes sure that others can write to it. */
  async connect({ middle, node, keyPackages = 3 }: ConnectOptions = {}): Promise<this> {
    await this.client.close();
    const dialled = this.world.dial({
      ...(middle === undefined ? {} : { middle }),
      ...(node === undefined ? {} : { node }),
    });
    this.link = dialled.link;
    const handshake = await greetStream(dialled.stream, {
      address: { host: "server.test", port: 9797 },
      clock: this.world.clock,
      random: systemRandom,
      judge: undefined,
    });
    await this.client.connect(handshake);
    await refillKeyPackages(this.client.profile, this.client.link, { atMost: keyPackages });
    return this;
  }

  async disconnect(): Promise<void> {
    await this.client.close();
  }

  /** As the next start of the program after an end at any moment. */
  async restart(): Promise<this> {
    await this.client.close();
    this.keeper.close();
    Object.assign(this, await openProfile(this.world, this.folder));
    return this;
  }

  /** Writes to an account and sends; returns the text's id. */
  async say(to: { readonly account: AccountId }, text: string): Promise<string> {
    await this.client.findContact(to.account);
    const id = await this.client.write(to.account, text);
    await this.client.flush();
    return id;
  }

  async entries(): Promise<readonly PlacedEntry[]> {
    return await this.messenger.history.after(0);
  }

  /** What others said, and the own texts, in the order of the history: `alice: hi`. */
  async texts(): Promise<readonly string[]> {
    return (await this.entries()).filter((entry) => entry.kind === "text")
      .map((entry) => `${entry.from}: ${entry.text}`);
  }

  /** The texts that came in. */
  async received(): Promise<readonly string[]> {
    return (await this.entries()).filter((entry) => entry.kind === "text" && !entry.own)
      .map((entry) => entry.text);
  }

  /** The codes of the program's own lines. */
  async notices(): Promise<readonly string[]> {
    return (await this.entries()).filter((entry) => entry.kind === "notice").map(({ id }) => id);
  }

  /** What the conversation with an account has come to here. */
  stateWith(other: TestClient): string | undefined {
    return this.messenger.conversations.openWith(other.account)?.state;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
    this.keeper.close();
  }
}

async function openProfile(world: World, folder: string) {
  const keeper = await ProfileKeeper.open(folder, { clock: world.clock, random: systemRandom });
  return { keeper, client: new Client(await keeper.unlock(), undefined, world.features) };
}

/** Alice and bob, connected, each able to write to the other. */
export interface Pair extends AsyncDisposable {
  readonly world: World;
  readonly alice: TestClient;
  readonly bob: TestClient;
}

export async function openPair(options?: Parameters<typeof World.open>[0]): Promise<Pair> {
  return await pairIn(await World.open(options));
}

async function pairIn(world: World): Promise<Pair> {
  const alice = await (await world.client("alice", 0)).connect();
  const bob = await (await world.client("bob", 1)).connect();
  return { world, alice, bob, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}

/** The same after a text each way: both are in one conversation, and nothing waits. */
export async function openTalk(options: Parameters<typeof World.open>[0] = {}): Promise<Pair> {
  if (!World.mayCopy(options)) {
    const pair = await openPair(options);
    await greetEachOther(pair);
    return pair;
  }
  const talk = await prepared("talk", prepareTalk);
  const world = await World.open({ copyOf: join(talk, "server"), ...options });
  const alice = await (await world.openCopy(join(talk, "alice"))).connect();
  const bob = await (await world.openCopy(join(talk, "bob"))).connect();
  return { world, alice, bob, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}

async function greetEachOther({ alice, bob }: Pair): Promise<void> {
  await alice.say(bob, "hello bob");
  await bob.client.sync();
  await bob.say(alice, "hello alice");
  await alice.client.sync();
  await bob.client.sync();
}

async function prepareTalk(site: string): Promise<void> {
  const server = join(site, "server");
  await copyAll(await emptyServer(), server);
  await using pair = await pairIn(await World.openAt(server));
  await greetEachOther(pair);
  for (
    const [name, { client, keeper, folder }] of [["alice", pair.alice], ["bob", pair.bob]] as const
  ) {
    await client.close();
    keeper.close();
    await copyAll(folder, join(site, name));
  }
}
