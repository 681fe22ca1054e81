/**
 * Accounts: registration, sign-in by password (OPAQUE, RFC 9807) or by a known device's statement key, recovery of the
 * identity, change of password. What the fields mean is in docs/protocol.md, "Signing in".
 */

import {
  base64,
  base64Url,
  count,
  Definition,
  exchanges,
  flag,
  hex,
  optional,
  text,
} from "../schema.ts";
import { sizes } from "../sections.ts";

/** Names are at most 90 code points and 360 bytes; the server answers what is wrong with a longer one. */
const name = () => text(1000);
/** OPAQUE messages are a few hundred bytes. */
const opaque = () => base64Url(2048);

/** The device signs in by password next time. */
const logout = {
  request: new Definition("login.logout", {}),
  reply: new Definition("login.logged-out", {}),
} as const;

/** What a client asks, and the server answers. */
export const LOGIN_REQUESTS = exchanges({
  /** First step of a registration: is the name free, and the client's OPAQUE request (RFC 9807 §5). */
  "login.register-start": {
    request: new Definition("login.register-start", {
      name: name(),
      /** Registration token of an invite, base64. */
      token: optional(base64(64)),
      opaque: opaque(),
    }),
    reply: new Definition("login.register-challenge", { opaque: opaque() }),
  },
  /** Payload: roster entry, device certificate, sealed recovery copy of the identity. */
  "login.register-finish": {
    request: new Definition("login.register-finish", {
      name: name(),
      token: optional(base64(64)),
      record: opaque(),
      device: hex(16),
      sizes: sizes(3),
    }, 16_384),
    reply: new Definition("login.registered", { account: text(400) }),
  },
  /** First step of a sign-in by password: the client's OPAQUE request (RFC 9807 §6). */
  "login.start": {
    request: new Definition("login.start", { account: name(), opaque: opaque() }),
    reply: new Definition("login.challenge", {
      opaque: opaque(),
      /** Tries that remain if this one fails: the try was charged before this answer (SR-38). */
      attemptsLeft: count(1000),
      /** When none remains: how long the account is locked for this network if this one fails. */
      lockSeconds: optional(count(1_000_000)),
    }),
  },
  /** `mac` proves that the client saw the same server certificate, nonces, account and version (SR-43). */
  "login.finish": {
    request: new Definition("login.finish", {
      opaque: opaque(),
      mac: base64(64),
      /** The device that signs in, when this profile has one. */
      device: optional(hex(16)),
      /**
       * Its signature as in `login.device`; required with `device`. Device ids are no secret: by its name alone the thief of
       * a password would become the device (SR-03).
       */
      signature: optional(base64(64)),
    }),
    reply: new Definition("login.done", {
      mac: base64(64),
      account: text(400),
      name: name(),
      /** False: the session may only link a device, recover or reset the identity (SR-03). */
      linked: flag(),
      /** The account's identity as the server has it; the client compares it with its own. Zeroes while it has none. */
      identity: hex(32),
      /** The operator imported it, and this is the first sign-in: the client makes its identity (row S3.11). */
      unclaimed: optional(flag()),
      /** The operator chose the password, and may know it. */
      imported: optional(flag()),
      /** Running number of this session on the server (row S3.04). */
      session: count(),
      /** Highest outbox number that the server has from this device (SR-23). */
      highestNumber: count(),
      /** Sequence of the account's list of removed devices (SR-10). */
      revocations: count(),
      /** Failed tries since the last good sign-in. */
      failedTries: count(),
    }),
  },
  /** A known device signs in by its statement key over both nonces (SR-41). */
  "login.device": {
    request: new Definition("login.device", {
      account: text(400),
      device: hex(16),
      signature: base64(64),
      /** Of a bot's device, which signs in with it only (SR-48). */
      token: optional(base64(32)),
    }),
    reply: new Definition("login.device-done", {
      account: text(400),
      name: name(),
      identity: hex(32),
      session: count(),
      highestNumber: count(),
      revocations: count(),
      failedTries: count(),
    }),
  },
  /** Unlinked sessions only: the sealed copy of the identity key (SR-04). Reply payload: the blob. */
  "login.recovery-fetch": {
    request: new Definition("login.recovery-fetch", {}),
    reply: new Definition("login.recovery", {}, 16_384),
  },
  /**
   * Unlinked sessions only: adds a device that the account's identity certified. Payload: its certificate. Certificates are
   * public, so the device also signs, as in `login.device`.
   */
  "login.link-device": {
    request: new Definition(
      "login.link-device",
      { device: hex(16), signature: base64(64) },
      4096,
    ),
    reply: new Definition("login.device-linked", { highestNumber: count() }),
  },
  /**
   * Sessions with a fresh password sign-in only: replaces the account's identity; all its devices end.
   * Payload: roster entry, device certificate, sealed recovery copy, rotation statement by the old key or nothing.
   */
  "login.reset-identity": {
    request: new Definition("login.reset-identity", { device: hex(16), sizes: sizes(4) }, 16_384),
    reply: new Definition("login.identity-reset", {}),
  },
  /** First step of a change of password: a registration anew (RFC 9807 §5). */
  "login.password-start": {
    request: new Definition("login.password-start", { opaque: opaque() }),
    reply: new Definition("login.password-challenge", { opaque: opaque() }),
  },
  /** Sessions with a fresh password sign-in only (SR-45). */
  "login.password-finish": {
    request: new Definition("login.password-finish", { record: opaque() }),
    reply: new Definition("login.password-changed", {}),
  },
  /** Sessions with a fresh password sign-in only. The server closes behind the answer, but for a trial. */
  "login.delete-account": {
    request: new Definition("login.delete-account", {
      /** Also when rooms with others in them are left without an owner. */
      force: optional(flag()),
      /** Only whether it may be: nothing is done. */
      trial: optional(flag()),
    }),
    reply: new Definition("login.account-deleted", {}),
  },
  "login.logout": logout,
});
