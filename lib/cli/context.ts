/** What a verb works with: the options of every verb, the profile, the way to the server, the person. */

import type { Clock } from "../base/clock.ts";
import { Refusal, UsageError } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import { Client } from "../client/client.ts";
import { greet, type Greeted } from "../client/greeting.ts";
import { ProfileKeeper } from "../client/profile/keeper.ts";
import { KnownServers, type Trust } from "../client/server_trust.ts";
import type { CommandValues } from "../commands/command_values.ts";
import { parseCertificateFingerprint } from "../crypto/server_certificate.ts";
import { DEFAULT_PORT, type HostPort, parseHostPort } from "../net/address.ts";
import { type Invite, parseInvite } from "../net/invite.ts";
import { type ProgramFolders } from "../storage/paths.ts";
import type { Output } from "./output.ts";
import type { Person } from "./person.ts";

export interface ContextOptions {
  readonly output: Output;
  readonly person: Person;
  readonly folders: ProgramFolders;
  readonly profileFolder: string;
  readonly server: HostPort | undefined;
  readonly tls: "auto" | "off";
  readonly isPlain: boolean;
  readonly clock: Clock;
  readonly random: Random;
  /** Aborts at ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  /** Has the terminal given back when the program ends in whatever way. */
  readonly restoreAtExit: (restore: () => void) => void;
}

/** Where a server is expected when nobody says where. */
const DEFAULT_SERVER: HostPort = { host: "127.0.0.1", port: DEFAULT_PORT };

/** Owns what verbs open through it. */
export class Context implements AsyncDisposable {
  readonly options: ContextOptions;
  readonly output: Output;
  readonly person: Person;
  readonly #owned = new AsyncDisposableStack();
  #keeper: ProfileKeeper | undefined;

  constructor(options: ContextOptions) {
    this.options = options;
    this.output = options.output;
    this.person = options.person;
  }

  get signal(): AbortSignal {
    return this.options.signal;
  }

  get clock(): Clock {
    return this.options.clock;
  }

  restoreAtExit(restore: () => void): void {
    this.options.restoreAtExit(restore);
  }

  /** The profile's folder, opened once. */
  async keeper(): Promise<ProfileKeeper> {
    this.#keeper ??= this.#owned.use(
      await ProfileKeeper.open(this.options.profileFolder, this.options),
    );
    return this.#keeper;
  }

  /** Reads the invite that a verb was given. It may hold a secret, so it never stands in the arguments (SR-51). */
  async invite(values: CommandValues): Promise<Invite | undefined> {
    const file = values.option("--invite-file");
    if (file === undefined) return undefined;
    const invite = parseInvite(await this.person.readSecret(file));
    if (invite === undefined) throw new UsageError("bad-invite", `This is no invite: ${file}`);
    return invite;
  }

  /** How a first contact is decided: by an invite, by `--trust`, by asking, or not at all. */
  trust(values: CommandValues, invite: Invite | undefined): Trust {
    if (invite !== undefined) return { kind: "expected", fingerprint: invite.fingerprint };
    const given = values.option("--trust");
    if (given === "first-use") return { kind: "first-use" };
    if (given !== undefined) {
      const fingerprint = parseCertificateFingerprint(given);
      if (fingerprint === undefined) {
        throw new UsageError("bad-fingerprint", `This is no fingerprint: ${given}`);
      }
      return { kind: "expected", fingerprint };
    }
    return this.person.canBeAsked
      ? { kind: "ask", confirm: (fingerprint) => this.#confirmServer(fingerprint) }
      : { kind: "none" };
  }

  /** Greets the server for a verb that signs in or registers. */
  async greetNew(values: CommandValues): Promise<{ greeted: Greeted; invite: Invite | undefined }> {
    const keeper = await this.keeper();
    const invite = await this.invite(values);
    const address = this.options.server ?? invite?.address ?? this.#envServer() ?? DEFAULT_SERVER;
    const known = new KnownServers(keeper.database, this.clock);
    if (values.has("--forget-server")) known.forget(address);
    const greeted = this.#owned.adopt(
      await greet(address, { ...this.options, known, trust: this.trust(values, invite) }),
      ({ link }) => link.close(),
    );
    return { greeted, invite };
  }

  /** The signed-in profile, without a connection. Throws Refusal `not-signed-in`. */
  async openClient(): Promise<Client> {
    const keeper = await this.keeper();
    return this.#owned.use(new Client(await keeper.unlock()));
  }

  /** The signed-in profile, connected. Throws Refusal, TransportError, TrustError. */
  async connectClient(): Promise<Client> {
    const client = await this.openClient();
    await this.connect(client);
    return client;
  }

  /** Connects a client to its server, or connects it again. */
  async connect(client: Client): Promise<void> {
    const { own, database } = client.profile;
    const address = this.options.server ?? parseHostPort(own.serverAddress);
    if (address === undefined) throw new Refusal("not-signed-in", "You are not signed in");
    await client.close();
    const greeted = await greet(address, {
      ...this.options,
      known: new KnownServers(database, this.clock),
      // A server of another name is the same one if it proves the same certificate.
      trust: { kind: "none" },
    });
    try {
      await client.connect(greeted);
    } catch (error) {
      await greeted.link.close();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }

  async #confirmServer(fingerprint: string): Promise<boolean> {
    await this.output.note(`This server is not known yet. Its fingerprint is ${fingerprint}`);
    return await this.person.confirm("Is that what its operator told you? Trust it", false);
  }

  #envServer(): HostPort | undefined {
    const given = Deno.env.get("HELIOGRAPH_SERVER");
    return given === undefined ? undefined : parseHostPort(given);
  }
}

/** Undefined when not given. Throws UsageError for what is no address. */
export function readServerOption(text: string | undefined): HostPort | undefined {
  if (text === undefined) return undefined;
  const invite = parseInvite(text);
  if (invite?.token !== undefined) {
    throw new UsageError(
      "secret-in-arguments",
      "An invite with a token is a secret: give it by --invite-file",
    );
  }
  const address = invite?.address ?? parseHostPort(text);
  if (address === undefined || address.port === 0) {
    throw new UsageError("bad-address", `This is no address: ${text}. Try 127.0.0.1:9797`);
  }
  return address;
}
