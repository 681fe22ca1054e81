/** A whole server: everything it owns, opened in order and closed in the opposite one. */

import { type Clock, systemClock } from "../base/clock.ts";
import { describeError } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import { type Random, systemRandom } from "../base/random.ts";
import { Scope } from "../base/scope.ts";
import { Ffmpeg } from "../media/ffmpeg.ts";
import { locateFfmpeg } from "../media/ffmpeg_locate.ts";
import { FrameStore } from "../media/frame_store.ts";
import type { HostPort } from "../net/address.ts";
import { Connection } from "../net/connection.ts";
import { Flusher } from "../net/flusher.ts";
import { type Accepted, Listener } from "../net/listener.ts";
import { setListenerNoDelay } from "../net/nodelay.ts";
import { TimerWheel } from "../net/timer_wheel.ts";
import type { ByteStream } from "../net/byte_stream.ts";
import {
  STRANGER_PACKET_LIMITS,
  UNAUTHENTICATED_MAX,
  UNAUTHENTICATED_PER_ADDRESS_MAX,
} from "../protocol/limits.ts";
import { encodePacket } from "../protocol/packet.ts";
import { InstanceLock } from "../storage/instance_lock.ts";
import { makePrivateFolder } from "../storage/private_files.ts";
import { Accounts } from "./accounts.ts";
import { FetchGuard } from "./fetch_guard.ts";
import { Library } from "./library.ts";
import { Mailboxes } from "./mailbox.ts";
import type { Parts, Registration, ServerIdentity } from "./parts.ts";
import { Presence } from "./presence.ts";
import { Router } from "./router.ts";
import { NOTICES, ROUTES } from "./routes/mod.ts";
import { openServerKeys, type ServerKeys } from "./server_keys.ts";
import { SessionHost } from "./session_host.ts";
import { SignInGuard } from "./sign_in_guard.ts";
import type { Store } from "./store.ts";
import { openWorkerStore } from "./store/worker_store.ts";

const log = logger("server");

export interface ServerOptions {
  /** Everything that must survive; 0700. */
  readonly dataFolder: string;
  /** What can be made again: extracted frames. */
  readonly cacheFolder: string;
  readonly videoFolder: string;
  readonly listen: HostPort;
  readonly tls: "auto" | "off";
  readonly registration: Registration;
  readonly loginAttempts: number;
  readonly lockSeconds: number;
  readonly ffmpegPath: string | undefined;
  readonly frameQuotaBytes: number;
  readonly maxConnections: number;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** How long closing clients may take to read what is queued for them. */
const DRAIN_MS = 8_000;
/** Upkeep of the store: deleting what is older than its time. */
const EXPIRE_EVERY_MS = 3600_000;

export class Server implements AsyncDisposable {
  readonly address: HostPort;
  readonly identity: ServerIdentity;
  readonly parts: Parts;
  readonly ffmpeg: Ffmpeg | undefined;
  readonly #owned: AsyncDisposableStack;
  readonly #listener: Listener;
  readonly #host: SessionHost;
  readonly #wheel: TimerWheel;
  readonly #flusher: Flusher;
  readonly #scope: Scope;
  #closing: Promise<void> | undefined;

  private constructor(
    opened: {
      owned: AsyncDisposableStack;
      listener: Listener;
      parts: Parts;
      ffmpeg: Ffmpeg | undefined;
    },
  ) {
    const { owned, listener, parts, ffmpeg } = opened;
    this.#owned = owned;
    this.#listener = listener;
    this.parts = parts;
    this.ffmpeg = ffmpeg;
    this.address = listener.address;
    this.identity = parts.identity;
    this.#wheel = new TimerWheel(parts.clock);
    this.#flusher = new Flusher(parts.clock);
    this.#host = new SessionHost(parts, new Router(parts, ROUTES, NOTICES));
    this.#scope = owned.use(new Scope());
  }

  /**
   * Opens everything and begins to accept. Throws StorageError (`in-use`, `keys-missing`, `newer-format` …) and
   * TransportError (`address-in-use`, `permission-denied`, `address-not-available`).
   */
  static async open(options: ServerOptions): Promise<Server> {
    const { clock = systemClock, random = systemRandom } = options;
    await using opening = new AsyncDisposableStack();
    await makePrivateFolder(options.dataFolder);
    opening.use(InstanceLock.take(options.dataFolder));
    const store = opening.use(await openWorkerStore(`${options.dataFolder}/server.db`));
    const hasAccounts = (await store.listAccounts({ limit: 1 })).total > 0;
    const keys = await openServerKeys(options.dataFolder, { hasAccounts, clock, random });
    const listener = await listen(options, keys, clock);
    opening.use(listener);
    const { library, ffmpeg } = await openLibrary(options, opening);
    const parts = assemble(options, { clock, random, store, keys, library });
    opening.defer(() => parts.presence.close());
    const server = new Server({ owned: opening.move(), listener, parts, ffmpeg });
    server.#start();
    return server;
  }

  get connections(): number {
    return this.#host.count;
  }

  /** Tells the clients, drains, closes everything. Closing twice is fine. */
  close(reason = "The server stops"): Promise<void> {
    this.#closing ??= this.#close(reason);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(reason: string): Promise<void> {
    await this.#listener.close();
    await this.#host.close(reason, DRAIN_MS);
    await this.#owned.disposeAsync();
  }

  #start(): void {
    this.#scope.run("listener", () => this.#listener.run((accepted) => this.#serve(accepted)));
    this.#scope.run("upkeep", async (signal) => {
      for (;;) {
        await this.parts.store.expire(this.parts.clock.nowMs());
        await this.parts.clock.sleep(EXPIRE_EVERY_MS, { signal });
      }
    });
  }

  #serve({ stream, remoteAddress, admission }: Accepted): void {
    this.serve(stream, remoteAddress, () => admission.signIn())
      .catch((error) => log.error("session failed", { reason: describeError(error) }))
      .finally(() => admission.release());
  }

  /** Serves one connection of any transport until it ends. */
  async serve(
    stream: ByteStream,
    remoteAddress: string,
    onSignedIn: () => void = () => {},
  ): Promise<void> {
    const connection: Connection = new Connection(stream, {
      wheel: this.#wheel,
      flusher: this.#flusher,
      limits: STRANGER_PACKET_LIMITS,
      remoteAddress,
      onSilence: () => connection.send(encodePacket({ kind: "server.ping" })),
      farewell: (error) =>
        encodePacket({ kind: "failure", request: 0, code: "bad-message", message: error.message }),
      pauseReading: true,
    });
    await this.#host.serve(connection, remoteAddress, onSignedIn);
  }
}

async function listen(options: ServerOptions, keys: ServerKeys, clock: Clock): Promise<Listener> {
  const listener = Listener.open(options.listen, {
    clock,
    limits: {
      connections: options.maxConnections,
      unauthenticated: UNAUTHENTICATED_MAX,
      unauthenticatedPerAddress: UNAUTHENTICATED_PER_ADDRESS_MAX,
    },
    ...(options.tls === "auto" ? { tls: keys.tls } : {}),
  });
  // Plain connections set it themselves; TLS connections inherit it from the listening socket.
  const nodelay = await setListenerNoDelay(listener.address.port);
  if (!nodelay.done && options.tls === "auto") {
    log.warn("nodelay not set: messages may be delayed by 40 ms", { reason: nodelay.reason });
  }
  return listener;
}

async function openLibrary(
  options: ServerOptions,
  owned: AsyncDisposableStack,
): Promise<{ library: Library; ffmpeg: Ffmpeg | undefined }> {
  const ffmpeg = await openFfmpeg(options);
  await makePrivateFolder(options.cacheFolder);
  const frames = owned.use(
    await FrameStore.open({
      folder: `${options.cacheFolder}/frames`,
      quotaBytes: options.frameQuotaBytes,
      ffmpeg,
    }),
  );
  return { library: new Library(options.videoFolder, frames, ffmpeg), ffmpeg };
}

async function openFfmpeg(options: ServerOptions): Promise<Ffmpeg | undefined> {
  const located = await locateFfmpeg({
    given: options.ffmpegPath,
    dataFolder: options.dataFolder,
    projectFolder: Deno.cwd(),
    foreignFolders: [options.videoFolder],
  });
  if (!located.found) {
    log.warn("ffmpeg not found: videos cannot be prepared");
    return undefined;
  }
  const ffmpeg = await Ffmpeg.open({
    path: located.path,
    workFolder: `${options.cacheFolder}/ffmpeg`,
  });
  log.info("ffmpeg", { path: ffmpeg.path, version: ffmpeg.version });
  return ffmpeg;
}

function assemble(
  options: ServerOptions,
  opened: { clock: Clock; random: Random; store: Store; keys: ServerKeys; library: Library },
): Parts {
  const { clock, random, store, keys, library } = opened;
  const { certificate } = keys.authority;
  const identity: ServerIdentity = {
    name: "Heliograph",
    serverId: certificate.serverId,
    caCertificate: certificate.der,
    caFingerprint: certificate.fingerprint,
  };
  const { registration } = options;
  return {
    clock,
    random,
    identity,
    registration,
    store,
    accounts: new Accounts({
      store,
      passwords: keys.passwords,
      guard: new SignInGuard(clock, {
        attempts: options.loginAttempts,
        lockSeconds: options.lockSeconds,
      }),
      clock,
      identity,
      registration,
    }),
    presence: new Presence(clock),
    mailboxes: new Mailboxes(),
    library,
    keyFetches: new FetchGuard(clock),
  };
}
