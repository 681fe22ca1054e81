/**
 * Passwords by OPAQUE (RFC 9807, `@serenity-kit/opaque`): the server never sees one, and nobody can try passwords against
 * what it stores without also stealing its setup. Stretching is the library's default, Argon2id with 64 MiB on the client;
 * the RFC's own parameters need 2 GiB.
 *
 * Every value here is the library's string: base64url without padding. Flow of a registration:
 * `startRegistration` → `PasswordServer.registrationResponse` → `finishRegistration`; of a login: `startLogin` →
 * `PasswordServer.startLogin` → `finishLogin` → `PasswordServer.finishLogin`.
 */

import type { server as OpaqueServer } from "@serenity-kit/opaque";
import { CryptoError } from "../../base/errors.ts";
import type { AccountId } from "../../base/ids.ts";

/** Loaded when a password is used, as its 424 kB take 20 ms: most starts need none. */
async function opaque() {
  const library = await import("@serenity-kit/opaque");
  await library.ready;
  return library;
}

/** Characters of each message (measured; OPAQUE-3DH with ristretto255 and SHA-512). Anything else is not let into wasm. */
const LENGTHS = {
  registrationRequest: 43,
  registrationResponse: 86,
  record: 256,
  loginRequest: 128,
  loginResponse: 427,
  proof: 86,
} as const;

function isMessage(text: string, kind: keyof typeof LENGTHS): boolean {
  return text.length === LENGTHS[kind] && /^[A-Za-z0-9_-]*$/.test(text);
}

/** The library reports messages that are no group elements, and proofs that are wrong, by throwing. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

/** Two keyboards may compose a letter differently (RFC 8265 §4.2.2: passwords are NFC). */
function normalised(password: string): string {
  return password.normalize("NFC");
}

/** Kept by the client between its two steps; never leaves it. */
export interface ClientState {
  readonly step: "registration" | "login";
  readonly value: string;
}

/** What the end of a registration gives. */
export interface Registered {
  /** What the server stores for the account. Worth guessing the password against for who also has the server's setup. */
  readonly record: string;
  /** The server's static public key: pinned by the client (SR-43). */
  readonly serverPublicKey: string;
}

/** First step of registering, and of changing a password. */
export async function startRegistration(
  password: string,
): Promise<{ request: string; state: ClientState }> {
  const { client } = await opaque();
  const started = client.startRegistration({ password: normalised(password) });
  return {
    request: started.registrationRequest,
    state: { step: "registration", value: started.clientRegistrationState },
  };
}

/**
 * Second step: blocks for about 0.2 s while it stretches. Returns undefined when the server's answer is none.
 * `password` MUST be the one of the first step.
 */
export async function finishRegistration(
  state: ClientState,
  password: string,
  response: string,
): Promise<Registered | undefined> {
  const { client } = await opaque();
  if (state.step !== "registration" || !isMessage(response, "registrationResponse")) {
    return undefined;
  }
  const finished = attempt(() =>
    client.finishRegistration({
      clientRegistrationState: state.value,
      registrationResponse: response,
      password: normalised(password),
    })
  );
  return finished && {
    record: finished.registrationRecord,
    serverPublicKey: finished.serverStaticPublicKey,
  };
}

/** What the client has once the server proved that it knows the password's record. */
export interface ProvenLogin {
  /** For the server: shows that the password was right. */
  readonly proof: string;
  /** Known to both sides only; what binds the login to the channel (`channel_binding`). */
  readonly sessionKey: string;
  /** Compared with the pin; another one is another server (SR-43). */
  readonly serverPublicKey: string;
}

/** First step of a login. */
export async function startLogin(
  password: string,
): Promise<{ request: string; state: ClientState }> {
  const { client } = await opaque();
  const started = client.startLogin({ password: normalised(password) });
  return {
    request: started.startLoginRequest,
    state: { step: "login", value: started.clientLoginState },
  };
}

/**
 * Second step: blocks for about 0.2 s while it stretches. Returns undefined when the password is wrong, the account
 * unknown, or the answer none: the client cannot tell them apart (SR-42).
 */
export async function finishLogin(
  state: ClientState,
  password: string,
  response: string,
): Promise<ProvenLogin | undefined> {
  const { client } = await opaque();
  if (state.step !== "login" || !isMessage(response, "loginResponse")) return undefined;
  const finished = attempt(() =>
    client.finishLogin({
      clientLoginState: state.value,
      loginResponse: response,
      password: normalised(password),
    })
  );
  return finished && {
    proof: finished.finishLoginRequest,
    sessionKey: finished.sessionKey,
    serverPublicKey: finished.serverStaticPublicKey,
  };
}

/**
 * The server's memory of one login between its two steps. Its owner keeps it on the connection, in memory, for 60 s at
 * most; it finishes once (SR-39: the library itself would accept a second finish).
 */
export class LoginState {
  #value: string | undefined;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value, the first time. */
  take(): string | undefined {
    const value = this.#value;
    this.#value = undefined;
    return value;
  }
}

/** The server's half. All of it is synchronous and takes about 1 ms a call, for unknown accounts too (SR-42). */
export class PasswordServer {
  /** Critical secret: with it and the records passwords can be guessed, without it nobody can log in. 0600, in backups. */
  readonly setup: string;
  /** What clients pin. */
  readonly publicKey: string;

  readonly #library: typeof OpaqueServer;

  private constructor(library: typeof OpaqueServer, setup: string, publicKey: string) {
    this.#library = library;
    this.setup = setup;
    this.publicKey = publicKey;
  }

  /** A server with a new setup. Only for one without accounts (SR-50). */
  static async create(): Promise<PasswordServer> {
    const { server } = await opaque();
    return await PasswordServer.open(server.createSetup());
  }

  /** A server from its stored setup. Throws `CryptoError` when that is damaged. */
  static async open(setup: string): Promise<PasswordServer> {
    const { server } = await opaque();
    const publicKey = attempt(() => server.getPublicKey(setup));
    if (publicKey === undefined) {
      throw new CryptoError("bad-server-setup", "Cannot use the password setup: it is damaged");
    }
    return new PasswordServer(server, setup, publicKey);
  }

  /** Answers a registration or a change of password. Returns undefined when the request is none. */
  registrationResponse(account: AccountId, request: string): string | undefined {
    if (!isMessage(request, "registrationRequest")) return undefined;
    return attempt(() =>
      this.#library.createRegistrationResponse({
        serverSetup: this.setup,
        userIdentifier: account,
        registrationRequest: request,
      })
    )?.registrationResponse;
  }

  /**
   * Answers the start of a login. Without a record it answers as if there were one, always the same for one account, of
   * equal length (SR-42); likewise when the record is none, since its owner's client made it. Returns undefined when the
   * request is none. Charge the try before (SR-38).
   */
  startLogin(
    { account, record, request }: {
      account: AccountId;
      record: string | undefined;
      request: string;
    },
  ): { response: string; state: LoginState } | undefined {
    if (!isMessage(request, "loginRequest")) return undefined;
    const answer = (registrationRecord: string | null) =>
      attempt(() =>
        this.#library.startLogin({
          serverSetup: this.setup,
          userIdentifier: account,
          registrationRecord,
          startLoginRequest: request,
        })
      );
    const started = answer(record ?? null) ?? answer(null);
    return started &&
      { response: started.loginResponse, state: new LoginState(started.serverLoginState) };
  }

  /** The session key when the client proved its password; undefined when it did not, or `state` was used before. */
  finishLogin(state: LoginState, proof: string): string | undefined {
    const value = state.take();
    if (value === undefined || !isMessage(proof, "proof")) return undefined;
    return attempt(() =>
      this.#library.finishLogin({ serverLoginState: value, finishLoginRequest: proof })
    )
      ?.sessionKey;
  }
}
