/** Signing in by password (OPAQUE, RFC 9807): charged before it is answered, judged once (SR-38 to SR-43). */

import { parseAccountName } from "../../base/account_name.ts";
import type { Bytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import type { AccountId, Fingerprint } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import { verifyDeviceCertificate } from "../../crypto/statements/device_certificate.ts";
import type { PasswordServer } from "../../crypto/keys/password.ts";
import { bindingMac, verifyBindingMac, verifySignIn } from "../../crypto/statements/sign_in.ts";
import { refuse } from "../../protocol/failure.ts";
import type { ServerIdentity } from "../config/server_options.ts";
import type { Charge, SignInGuard } from "../counters/sign_in_guard.ts";
import type { Handshake, PendingLogin } from "../sessions/session.ts";
import type { Account, AccountStore } from "../store/account_store.ts";
import type { Device } from "../store/device_store.ts";

const log = logger("server", "login");

/** What the client sends to finish a login, and what both sides know of the connection. */
export interface LoginProof {
  readonly opaque: string;
  readonly mac: Bytes | undefined;
  readonly handshake: Handshake;
}

/** A login that was good. */
export interface ProvenLogin {
  readonly account: Account;
  /** Proves the server to the client in turn (SR-43). */
  readonly mac: Bytes;
  /** Failed tries since the last good one. */
  readonly failedTries: number;
}

const LOGIN_LIFETIME_MS = 60_000;

/** Begins and judges sign-ins by password. */
export class SignIns {
  readonly #store: AccountStore;
  readonly #passwords: PasswordServer;
  /** The limits and locks, and what is counted for them. */
  readonly guard: SignInGuard;
  readonly #clock: Clock;
  readonly #identity: ServerIdentity;
  #failures = 0;

  constructor(
    parts: {
      store: AccountStore;
      passwords: PasswordServer;
      guard: SignInGuard;
      clock: Clock;
      identity: ServerIdentity;
    },
  ) {
    this.#store = parts.store;
    this.#passwords = parts.passwords;
    this.guard = parts.guard;
    this.#clock = parts.clock;
    this.#identity = parts.identity;
  }

  /**
   * Begins a sign-in by password: charges the try, then answers. Unknown and unreadable names take the same path (SR-42).
   * Throws Refusal `locked`.
   */
  async start(
    name: string,
    source: string,
    request: string,
  ): Promise<{
    response: string;
    attemptsLeft: number;
    lockSeconds: number | undefined;
    pending: PendingLogin;
  }> {
    log.debug("auth.check", { source });
    const parsed = parseAccountName(name);
    // A name that cannot exist still needs a stable identifier, so that it behaves like an unknown one.
    const account = parsed.ok ? parsed.id : name.slice(0, 90) as Account["account"];
    const charge = this.guard.charge(account, source);
    if (charge.result !== "charged") {
      // Without the name, as long as it is not known whether somebody has it.
      if (charge.result === "locked") log.info("auth.locked", { source });
      const { code, message, details } = lockRefusal(charge);
      throw refuse(code, message, details);
    }
    let started: ReturnType<PasswordServer["startLogin"]>;
    let known: Account | undefined;
    try {
      known = parsed.ok ? await this.#store.findAccount(account) : undefined;
      const record = known?.passwordRecord;
      started = this.#passwords.startLogin({ account, record, request });
    } finally {
      // Without an answer nothing was learned, but the try stays charged: a stranger decides what is sent.
      if (started === undefined) this.guard.settle(charge.ticket, false);
    }
    if (started === undefined) throw refuse("bad-message", "Cannot read the password request");
    return {
      response: started.response,
      attemptsLeft: charge.attemptsLeft,
      lockSeconds: charge.lockSeconds,
      pending: {
        account,
        known,
        attemptsLeft: charge.attemptsLeft,
        state: started.state,
        ticket: charge.ticket,
        expiresAtMs: this.#clock.monotonicMs() + LOGIN_LIFETIME_MS,
      },
    };
  }

  /** Judges a login and ends the try, whatever happens. Undefined when it is not proven or too late. */
  async finish(pending: PendingLogin, proof: LoginProof): Promise<ProvenLogin | undefined> {
    let proven: Omit<ProvenLogin, "failedTries"> | undefined;
    let failedTries = 0;
    try {
      proven = await this.#prove(pending, proof);
    } finally {
      failedTries = this.guard.settle(pending.ticket, proven !== undefined);
      if (proven === undefined) this.#fail(pending);
    }
    return proven && { ...proven, failedTries };
  }

  async #prove(
    pending: PendingLogin,
    { opaque, mac, handshake }: LoginProof,
  ): Promise<Omit<ProvenLogin, "failedTries"> | undefined> {
    const inTime = this.#clock.monotonicMs() <= pending.expiresAtMs;
    // Taken in any case: a login is used once (SR-39).
    const sessionKey = this.#passwords.finishLogin(pending.state, opaque);
    // As it was when the login began: the proof is of its record, and whoever lets the session in compares that with the one of now.
    const account = pending.known;
    if (!inTime || sessionKey === undefined || account === undefined || mac === undefined) {
      return undefined;
    }
    const facts = {
      clientNonce: handshake.clientNonce,
      serverNonce: handshake.serverNonce,
      caFingerprint: this.#identity.caFingerprint,
      accountId: pending.account,
      protocolVersion: handshake.version,
    };
    if (!await verifyBindingMac(sessionKey, "client", { facts, mac })) return undefined;
    return { account, mac: await bindingMac(sessionKey, "server", facts) };
  }

  /** The connection of a login ended, or it began another: the try stays charged. */
  abandon(pending: PendingLogin): void {
    this.guard.settle(pending.ticket, false);
    this.#fail(pending);
  }

  #fail(pending: PendingLogin): void {
    this.#failures++;
    logFailure(pending, this.guard.attempts);
  }

  /** Passwords that were wrong since the start. */
  get failures(): number {
    return this.#failures;
  }
}

/** Row S3.10. A name that nobody has is not logged: people type passwords into the wrong field. */
function logFailure(pending: PendingLogin, attempts: number): void {
  const { account, known, attemptsLeft, ticket: { source } } = pending;
  const count = `${Math.max(1, attempts - attemptsLeft)}/${attempts}`;
  log.info("auth.fail", known ? { account, count, source } : { count, source });
}

/** Texts of rows S3.08 and S3.09; the same for names that nobody has (SR-42). */
function lockRefusal(charge: Exclude<Charge, { result: "charged" }>) {
  if (charge.result === "busy") {
    return {
      code: "too-many",
      message: "Another sign-in to this account is in progress: try again in a moment",
      details: {},
    } as const;
  }
  const { retryAfterSeconds } = charge;
  return {
    code: "locked",
    message: "Your account is blocked due to multiple login failures. Please try again later",
    details: { retryAfterSeconds },
  } as const;
}

// Signing in by a device's key: password locks do not apply (SR-41).

/**
 * Whether the device itself is on this connection: its statement key signed both nonces (SR-41). Device ids and
 * certificates are public, so neither a password nor a certificate shows that.
 */
export async function isDevicePresent(
  server: ServerIdentity,
  owner: { account: AccountId; identity: Fingerprint },
  device: Pick<Device, "device" | "certificate">,
  proof: { handshake: Handshake; signature: Bytes | undefined },
): Promise<boolean> {
  const { serverId, caFingerprint } = server;
  const verified = await verifyDeviceCertificate(device.certificate, serverId);
  if (!verified.ok || proof.signature === undefined) return false;
  const { certificate } = verified;
  if (certificate.identity.fingerprint !== owner.identity) return false;
  return await verifySignIn(certificate.statementKey, {
    serverId,
    caFingerprint,
    serverNonce: proof.handshake.serverNonce,
    clientNonce: proof.handshake.clientNonce,
    accountId: owner.account,
    deviceId: device.device,
  }, proof.signature);
}
