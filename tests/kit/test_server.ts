/** A server out of the real parts, on a false clock and over memory links: no port, no Worker, no ffmpeg. */

import { join } from "node:path";
import { utf8 } from "../../lib/base/bytes.ts";
import { describeError } from "../../lib/base/errors.ts";
import { systemRandom } from "../../lib/base/random.ts";
import { FrameStore } from "../../lib/media/frames/frame_store.ts";
import { type MemoryLink, memoryLink } from "../../lib/net/streams/memory.ts";
import { assemble, type Policy } from "../../lib/server/assemble.ts";
import { otherPorts } from "../../lib/server/opened.ts";
import { Connections } from "../../lib/server/serving/connections.ts";
import { DatabaseFile } from "../../lib/server/store/database_file.ts";
import { Library } from "../../lib/server/media/library.ts";
import type { ServerServices } from "../../lib/server/serving/server_services.ts";
import { Rendezvous } from "../../lib/server/sessions/rendezvous.ts";
import { openServerKeys, type ServerKeys } from "../../lib/server/keys/server_keys.ts";
import { NOTICES, ROUTES } from "../../lib/server/routes/mod.ts";
import { Router } from "../../lib/server/serving/router.ts";
import { SessionHost } from "../../lib/server/serving/session_host.ts";
import type { BlobStore } from "../../lib/relay/blob_store.ts";
import { DiskBlobs } from "../../lib/server/spool/disk_blobs.ts";
import { Spool } from "../../lib/server/spool/spool.ts";
import type { Store } from "../../lib/server/store/store.ts";
import type { UploadLimits } from "../../lib/server/store/upload_store.ts";
import { CommitTimes } from "../../lib/server/store/commit_times.ts";
import { type Bus, LocalBus } from "../../lib/server/bus/bus.ts";
import { Sessions } from "../../lib/server/sessions/sessions.ts";
import { openLocalStore } from "../../lib/server/store/sqlite/local_store.ts";
import { FakeClock } from "./clock.ts";
import { copyInto, prepared } from "./prepared.ts";
import { RawClient } from "./raw_client.ts";

export interface TestServerOptions extends Partial<Omit<Policy, "clock">> {
  /** With a UDP endpoint on a free port of 127.0.0.1. */
  readonly rendezvous?: true | { readonly host: string };
  /** Stands between the server and its store, e.g. to delay or to fail calls. */
  readonly wrapStore?: (store: Store) => Store;
  /** The way between nodes, over the sessions of this one. Left out: there is this one only. */
  readonly bus?: (sessions: Sessions) => Bus | Promise<Bus>;
  /** Where uploads lie. Left out: in the folder. */
  readonly blobs?: BlobStore;
  /** Left out: what the server allows. */
  readonly uploadLimits?: UploadLimits;
  readonly spoolDescriptors?: number;
  /** Scenarios that add members to MLS groups need one that starts at the real time. */
  readonly clock?: FakeClock;
  /** A folder that outlives the server, for one that is opened again. Left out: one of its own. */
  readonly folder?: string;
  /** A folder whose content its own begins with. */
  readonly copyOf?: string;
}

/** Nobody counts them. */
const STRANGERS = { advance() {}, signIn() {} };

/** Whether a server of this file has the keys of the prepared one: a second one at that time is another server. */
let isPreparedOpen = false;

/** The folder of a server that was opened and closed, at the time at which the clock of tests begins. */
async function emptyServer(): Promise<string> {
  return await prepared("server-of-2026", async (folder) => {
    await using _server = await TestServer.open({ folder });
  });
}

/** A copy of the prepared server's folder where nobody asked for anything that is decided when a server is new. */
async function dataFolder(
  { folder, clock, random, wrapStore, copyOf }: TestServerOptions,
  owner: AsyncDisposableStack,
): Promise<string> {
  if (folder !== undefined) return folder;
  const isSpecial = clock !== undefined || random !== undefined || wrapStore !== undefined;
  if (copyOf !== undefined || isSpecial || isPreparedOpen) {
    return await temporaryFolder(owner, copyOf);
  }
  isPreparedOpen = true;
  owner.defer(() => {
    isPreparedOpen = false;
  });
  return await temporaryFolder(owner, await emptyServer());
}

/** Closing it closes its clients' connections and removes its own folder. */
export class TestServer implements AsyncDisposable {
  readonly clock: FakeClock;
  readonly parts: ServerServices;
  readonly keys: ServerKeys;
  /** Holds `server.db`, the keys, and `videos/`. */
  readonly folder: string;
  readonly host: SessionHost;
  /** What a session threw: nothing, unless the server has a fault. */
  readonly faults: string[] = [];
  readonly #connections: Connections;
  readonly #owned: AsyncDisposableStack;
  readonly #serving = new Set<Promise<void>>();

  private constructor(
    made: {
      clock: FakeClock;
      parts: ServerServices;
      keys: ServerKeys;
      folder: string;
      owned: AsyncDisposableStack;
    },
  ) {
    this.clock = made.clock;
    this.parts = made.parts;
    this.keys = made.keys;
    this.folder = made.folder;
    this.#owned = made.owned;
    this.#connections = new Connections(made.parts);
    this.host = new SessionHost(made.parts, new Router(made.parts, ROUTES, NOTICES));
  }

  static async open(options: TestServerOptions = {}): Promise<TestServer> {
    const { wrapStore = (store) => store, clock = new FakeClock(), uploadLimits, ...policy } =
      options;
    const address = { host: "127.0.0.1", port: 0 };
    await using opening = new AsyncDisposableStack();
    const folder = await dataFolder(options, opening);
    const commitTimes = new CommitTimes(clock);
    const store = wrapStore(opening.use(openLocalStore(join(folder, "server.db"), commitTimes)));
    const random = options.random ?? systemRandom;
    const hasAccounts = (await store.listAccounts({ limit: 1 })).total > 0;
    const keys = await openServerKeys(folder, { hasAccounts, clock, random });
    const frames = opening.use(
      await FrameStore.open({ folder: join(folder, "frames"), quotaBytes: 1 << 20, clock }),
    );
    await Deno.mkdir(join(folder, "videos"), { recursive: true });
    const library = new Library(join(folder, "videos"), frames, false);
    const sessions = new Sessions(clock, random);
    const bus = await options.bus?.(sessions) ?? new LocalBus(sessions);
    const spool = opening.use(
      await Spool.open({
        ...{
          blobs: options.blobs ?? await DiskBlobs.make(join(folder, "spool")),
          store,
          bus,
          clock,
        },
        limits: uploadLimits,
        descriptors: options.spoolDescriptors ?? 1000,
      }),
    );
    const incarnation = await store.findIncarnation();
    const parts = assemble({
      registration: "open",
      listen: { host: "0.0.0.0", port: 9797 },
      loginAttempts: 3,
      lockSeconds: 60,
      ...policy,
      clock,
      random,
    }, {
      ...{ store, commitTimes, keys, sessions, bus, library, spool, incarnation },
      dataFolder: folder,
      database: await DatabaseFile.find(folder),
      rendezvous: options.rendezvous && await openRendezvous({
        clock,
        random,
        address: { ...address, ...options.rendezvous === true ? {} : options.rendezvous },
        others: otherPorts(bus, utf8(keys.passwords.setup)),
      }, opening),
    }, opening);
    return new TestServer({ clock, parts, keys, folder, owned: opening.move() });
  }

  /** A link whose near end the server serves. `acceptedAtMs`: when it was connected, by the monotonic clock, if not now. */
  serve(address = "192.0.2.1", acceptedAtMs = this.clock.monotonicMs()): MemoryLink {
    const link = memoryLink();
    const connection = this.#connections.make(link.near, address);
    const serving = this.host.serve(connection, { address, port: 0, acceptedAtMs }, STRANGERS)
      .catch((error) => {
        this.faults.push(describeError(error));
      })
      .finally(() => this.#serving.delete(serving));
    this.#serving.add(serving);
    return link;
  }

  /** A connection from `address`, and the link under it for faults. */
  dial(address?: string): { client: RawClient; link: MemoryLink } {
    const link = this.serve(address);
    const client = new RawClient(link.far);
    this.#owned.defer(() => client.close());
    return { client, link };
  }

  connect(address?: string): RawClient {
    return this.dial(address).client;
  }

  /** A connection that has said hello. */
  async handshake(address?: string): Promise<RawClient> {
    const client = this.connect(address);
    await client.hello();
    return client;
  }

  /** Resolves when every session that was begun has ended. */
  async idle(): Promise<void> {
    await Promise.all(this.#serving);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.host.close("The test is over", 0);
    await this.idle();
    await this.#owned.disposeAsync();
    if (this.faults.length > 0) throw new Error(`The server has faults: ${this.faults}`);
  }
}

async function openRendezvous(
  options: Parameters<typeof Rendezvous.open>[0],
  owner: AsyncDisposableStack,
): Promise<Rendezvous> {
  const rendezvous = await Rendezvous.open(options);
  if (rendezvous === undefined) throw new Error("no UDP here");
  return owner.use(rendezvous);
}

async function temporaryFolder(
  owner: AsyncDisposableStack,
  copyOf: string | undefined,
): Promise<string> {
  await Deno.mkdir("tests/tmp", { recursive: true });
  const folder = await Deno.makeTempDir({ dir: "tests/tmp", prefix: "server-" });
  owner.defer(() => Deno.remove(folder, { recursive: true }));
  if (copyOf !== undefined) await copyInto(copyOf, folder);
  return folder;
}
