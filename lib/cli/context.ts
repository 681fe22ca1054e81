/** What a verb works with: the options of every verb, the profile, the way to the server, the person. */

import type { Clock } from "../base/clock.ts";
import { Refusal } from "../base/errors.ts";
import { untilAborted } from "../base/scope.ts";
import { Client } from "../client/client.ts";
import { type HandshakeResult, performHandshake } from "../client/link/handshake.ts";
import { ProfileKeeper } from "../client/profile/keeper.ts";
import { formatCertificateFingerprint } from "../base/ids.ts";
import { KnownServers } from "../client/link/known_servers.ts";
import type { Trust } from "../client/link/server_trust.ts";
import { type HostPort, parseHostPort } from "../net/addresses/address.ts";
import type { ContextOptions } from "./context_options.ts";
import type { Submission } from "../app/submission.ts";

/** Owns what verbs open through it. */
export class Context implements AsyncDisposable {
  readonly options: ContextOptions;
  readonly output: ContextOptions["output"];
  readonly person: ContextOptions["person"];
  readonly #owned = new AsyncDisposableStack();
  /** What the command is to send: its every end says what became of it. Undefined for one that sends nothing. */
  submission: Submission | undefined;
  #keeper: ProfileKeeper | undefined;

  constructor(options: ContextOptions) {
    this.options = options;
    this.output = options.output;
    this.person = options.person;
  }

  get signal(): AbortSignal {
    return this.options.stopper.signal;
  }

  get clock(): Clock {
    return this.options.clock;
  }

  restoreAtExit(restore: () => void): void {
    this.options.stopper.restoreAtExit(restore);
  }

  /** The profile's folder, opened once. */
  async keeper(): Promise<ProfileKeeper> {
    this.#keeper ??= this.#owned.use(
      await ProfileKeeper.open(this.options.profileFolder, this.options),
    );
    return this.#keeper;
  }

  /** Says hello to a server, to sign in or to register. `forget` drops its pinned certificate first. */
  async greet(
    address: HostPort,
    options: { trust: Trust; forget?: boolean },
  ): Promise<HandshakeResult> {
    const keeper = await this.keeper();
    const known = new KnownServers(keeper.database, this.clock);
    if (options.forget === true) known.forget(address);
    const { tls, clock, random, simulate } = this.options;
    const { trust } = options;
    const pendingHandshake = { known, trust, tls, clock, random, simulate, signal: this.signal };
    const handshake = this.#owned.adopt(
      await this.#greet(address, pendingHandshake),
      ({ link }) => link.close(),
    );
    await this.#tellRenewal(handshake);
    return handshake;
  }

  /** Where the profile's account was made; where a server is known, if the profile does not open. Undefined without account. */
  async ownServer(password: string): Promise<HostPort | undefined> {
    const keeper = await this.keeper();
    if (!keeper.hasAccount) return undefined;
    // A session opens the profile whatever the password is.
    const profile = await keeper.keys.hasSession()
      ? await keeper.unlock()
      : await keeper.unlockByPassword(password);
    if (profile !== undefined) return parseHostPort(profile.own.serverAddress);
    return await this.lastServer();
  }

  /** The server that this profile came to know last. */
  async lastServer(): Promise<HostPort | undefined> {
    const { database } = await this.keeper();
    return new KnownServers(database, this.clock).addresses[0];
  }

  /** The signed-in profile, without a connection. Throws Refusal `not-signed-in`. */
  async openClient(): Promise<Client> {
    ProfileKeeper.requireThere(this.options.profileFolder);
    const keeper = await this.keeper();
    const client = await this.own(
      new Client(await keeper.unlock(), await this.person.botToken(this.options)),
    );
    // What was to disappear meanwhile goes before anything is shown.
    await client.talk.refresh();
    return client;
  }

  /** Closes a client at the end, and gives it this program's settings. Throws UsageError, StorageError for those. */
  async own(client: Client): Promise<Client> {
    this.#owned.use(client);
    const direct = await this.options.direct?.();
    if (direct !== undefined) client.transfers.direct.settings = direct;
    return client;
  }

  /** The signed-in profile, connected. Throws Refusal, TransportError, TrustError. */
  async connectClient(): Promise<Client> {
    const client = await this.openClient();
    await this.connect(client, this.signal);
    return client;
  }

  /** Says hello to a client's own server once more, e.g. to prove the password. The caller closes the link. */
  async greetFor({ profile }: Client, signal: AbortSignal): Promise<HandshakeResult> {
    const { own, database } = profile;
    const { server, tls, clock, random, simulate } = this.options;
    const address = server?.address ?? parseHostPort(own.serverAddress);
    if (address === undefined) throw new Refusal("not-signed-in", "You are not signed in");
    const handshake = await this.#greet(address, {
      known: new KnownServers(database, clock),
      // A server of another name is the same one if it proves the same certificate.
      trust: server?.fingerprint === undefined
        ? { kind: "none" }
        : { kind: "expected", fingerprint: server.fingerprint },
      ...{ tls, clock, random, simulate, signal },
    });
    try {
      await this.#tellRenewal(handshake);
      return handshake;
    } catch (error) {
      await handshake.link.close();
      throw error;
    }
  }

  /** Connects a client to its server, or connects it again. */
  async connect(client: Client, signal: AbortSignal): Promise<void> {
    await client.close();
    const handshake = await this.greetFor(client, signal);
    try {
      await untilAborted(client.connect(handshake), signal);
    } catch (error) {
      await handshake.link.close();
      throw error;
    }
  }

  get #greet(): typeof performHandshake {
    return this.options.greet ?? performHandshake;
  }

  /** SR-50: once, when the server's CA followed the one that was pinned. */
  async #tellRenewal({ renewedFrom, certificate }: HandshakeResult): Promise<void> {
    if (renewedFrom === undefined) return;
    const [before, now] = [renewedFrom, certificate].map(({ fingerprint }) =>
      formatCertificateFingerprint(fingerprint)
    );
    await this.output.note(
      `The server has a new certificate, signed by the previous one. Known: ${before}, now: ${now}`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }
}
