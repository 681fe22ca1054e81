/** Accounts on the server: what registration and changes check before the store is asked. */

import {
  type AccountId,
  type AccountName,
  type DeviceId,
  type Fingerprint,
  fingerprint,
} from "../../base/ids.ts";
import { parseAccountName, skeleton } from "../../base/account_name.ts";
import type { Bytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { verifyDeviceCertificate } from "../../crypto/statements/device_certificate.ts";
import type { PasswordServer } from "../../crypto/keys/password.ts";
import { verifyRosterEntry } from "../../crypto/statements/roster_entry.ts";
import { hashToken } from "../../crypto/keys/token.ts";
import type { Registration, ServerIdentity } from "../config/server_options.ts";
import { refuse } from "../../protocol/failure.ts";
import type { NewDevice } from "../store/device_store.ts";
import type { AccountStore } from "../store/account_store.ts";
import type { ModerationStore } from "../store/moderation_store.ts";

/** The same for who has none as for who has a bad one. */
const NEEDS_INVITE = "This server needs an invite that is neither used up nor expired";

/** What a registering or resetting client hands in besides its password record. */
export interface Credentials {
  readonly rosterEntry: Bytes;
  readonly certificate: Bytes;
  readonly recoveryCopy: Bytes;
}

/** Judges who may register and which devices belong to an account. */
export class Accounts {
  readonly #store: AccountStore & ModerationStore;
  readonly #passwords: PasswordServer;
  readonly #clock: Clock;
  readonly #identity: ServerIdentity;
  #registration: Registration;
  #owner: AccountId | undefined;

  constructor(
    parts: {
      store: AccountStore & ModerationStore;
      passwords: PasswordServer;
      clock: Clock;
      identity: ServerIdentity;
      registration: Registration;
      /** Becomes owner when it registers. */
      owner?: AccountId;
    },
  ) {
    this.#store = parts.store;
    this.#passwords = parts.passwords;
    this.#clock = parts.clock;
    this.#identity = parts.identity;
    this.#registration = parts.registration;
    this.#owner = parts.owner;
  }

  /** Who may make an account now. */
  get registration(): Registration {
    return this.#registration;
  }

  /** Who may register from now on, and who is to be owner; one who is there is made so at once. */
  async setPolicy(
    { registration, owner }: { registration: Registration; owner?: AccountId },
  ): Promise<void> {
    this.#registration = registration;
    if (owner === this.#owner) return;
    this.#owner = owner;
    await this.appointOwner();
  }

  /**
   * Whether someone may register under this name: first the token, then the name, so that a stranger without a token
   * learns nothing of names (SR-44). Throws Refusal.
   */
  async admit(
    name: string,
    token: Bytes | undefined,
  ): Promise<{ id: AccountId; name: AccountName; tokenHash: Bytes | undefined }> {
    const tokenHash = await this.#admitToken(token);
    const parsed = parseAccountName(name);
    if (!parsed.ok) throw refuse("name-refused", parsed.message);
    return { id: parsed.id, name: parsed.name, tokenHash };
  }

  async #admitToken(token: Bytes | undefined): Promise<Bytes | undefined> {
    if (this.#registration === "closed") {
      throw refuse("registration-closed", "This server accepts no new accounts");
    }
    // An invite whose token is used up still leads to an open server.
    if (this.#registration === "open") return undefined;
    const hash = token === undefined ? undefined : await hashToken(token);
    const nowMs = this.#clock.nowMs();
    if (hash === undefined || !await this.#store.checkToken({ hash, nowMs })) {
      throw refuse("token-refused", NEEDS_INVITE);
    }
    return hash;
  }

  /** The OPAQUE answer of a registration or a change of password. */
  registrationResponse(account: AccountId, request: string): string {
    const response = this.#passwords.registrationResponse(account, request);
    if (response === undefined) throw refuse("bad-message", "Cannot read the password request");
    return response;
  }

  /** Creates the account with its first device, in one transaction. Throws Refusal. */
  async register(
    admitted: { id: AccountId; name: AccountName; tokenHash: Bytes | undefined },
    device: DeviceId,
    given: Credentials & { passwordRecord: string },
  ): Promise<{ identity: Fingerprint }> {
    const { identity, firstDevice } = await this.checkCredentials(
      { account: admitted.id, name: admitted.name, device },
      given,
    );
    const { id: account, name, tokenHash } = admitted;
    const result = await this.#store.createAccount({
      account,
      name,
      skeleton: skeleton(name),
      identity,
      rosterEntry: given.rosterEntry,
      recoveryCopy: given.recoveryCopy,
      passwordRecord: given.passwordRecord,
      firstDevice,
      ...(tokenHash === undefined ? {} : { tokenHash }),
      nowMs: this.#clock.nowMs(),
    });
    if (result === "name-taken") {
      throw refuse("name-taken", `The name ${name}, or one that looks like it, is taken`);
    }
    if (result === "token-refused") throw refuse("token-refused", NEEDS_INVITE);
    if (account === this.#owner) await this.appointOwner();
    return { identity };
  }

  /** Makes the account that the operator named an owner, if it is there. */
  async appointOwner(): Promise<void> {
    if (this.#owner === undefined || await this.#store.findAccount(this.#owner) === undefined) {
      return;
    }
    await this.#store.grantRole({
      by: "operator",
      account: this.#owner,
      role: "owner",
      nowMs: this.#clock.nowMs(),
    });
  }

  /**
   * Checks that roster entry and certificate are by one identity, for this account, device and server. Clients check all
   * of it again; the server refuses early what they would refuse late.
   */
  async checkCredentials(
    owner: { account: AccountId; name: AccountName; device: DeviceId },
    given: Omit<Credentials, "recoveryCopy">,
  ): Promise<{ identity: Fingerprint; firstDevice: NewDevice }> {
    const roster = await verifyRosterEntry(given.rosterEntry, this.#identity.serverId);
    if (
      !roster.ok || roster.entry.accountId !== owner.account ||
      roster.entry.accountName !== owner.name
    ) {
      throw refuse("bad-message", "Cannot register: the roster entry is not valid");
    }
    const identity = roster.entry.identity.fingerprint;
    return {
      identity,
      firstDevice: await this.checkDevice({ ...owner, identity }, given.certificate),
    };
  }

  /** Only the account's identity key adds a device (SR-03). Throws Refusal `device-refused`. */
  async checkDevice(
    owner: { account: AccountId; device: DeviceId; identity: Fingerprint },
    certificate: Bytes,
  ): Promise<NewDevice> {
    const verified = await verifyDeviceCertificate(certificate, this.#identity.serverId);
    if (
      !verified.ok || verified.certificate.accountId !== owner.account ||
      verified.certificate.deviceId !== owner.device ||
      verified.certificate.identity.fingerprint !== owner.identity
    ) {
      throw refuse("device-refused", "This device is not certified by the account's identity");
    }
    return {
      device: owner.device,
      certificate,
      certificateHash: await fingerprint(certificate),
    };
  }
}
