/** Making an account, and bringing a profile into one that exists: by recovery code or with a new identity. */

import { type Bytes, encodeBase64 } from "../base/bytes.ts";
import { ProtocolError, Refusal, TrustError, UsageError } from "../base/errors.ts";
import { parseAccountId, parseAccountName } from "../base/account_name.ts";
import { type AccountId, type AccountName, type DeviceId, newDeviceId } from "../base/ids.ts";
import { makeDeviceCertificate } from "../crypto/device_certificate.ts";
import { type DeviceKeys, generateDeviceKeys } from "../crypto/device_keys.ts";
import { generateIdentity, type Identity, importIdentity } from "../crypto/identity.ts";
import { finishRegistration, startRegistration } from "../crypto/password.ts";
import {
  formatRecoveryCode,
  newRecoverySecret,
  openIdentityCopy,
  parseRecoveryCode,
  sealIdentityCopy,
} from "../crypto/recovery.ts";
import { makeRosterEntry } from "../crypto/roster_entry.ts";
import { makeRotation } from "../crypto/rotation.ts";
import { formatHostPort } from "../net/address.ts";
import { joinSections } from "../protocol/sections.ts";
import type { Greeted } from "./greeting.ts";
import { joinRotation } from "./messaging/directory.ts";
import type { ProfileKeeper } from "./profile/keeper.ts";
import type { Profile } from "./profile/profile.ts";
import { signAsDevice, type SignedIn } from "./sign_in.ts";

/** Called with the recovery code before the account exists, so that it can never exist without. */
export type KeepRecoveryCode = (code: string) => Promise<void>;

/** A new device of an identity, certified, and what goes to the server. */
interface Device {
  readonly device: DeviceId;
  readonly keys: DeviceKeys;
  readonly certificate: Bytes;
  readonly certificateHash: Profile["own"]["certificateHash"];
}

interface Owner {
  readonly greeted: Greeted;
  readonly keeper: ProfileKeeper;
  readonly account: AccountId;
  readonly name: AccountName;
  readonly password: string;
  readonly opaqueKey: string;
  readonly random: Profile["random"];
  readonly clock: Profile["clock"];
}

export interface RegisterOptions {
  readonly name: string;
  readonly password: string;
  /** Of an invite. */
  readonly token: Bytes | undefined;
  readonly keepRecoveryCode: KeepRecoveryCode;
  readonly clock: Profile["clock"];
  readonly random: Profile["random"];
}

/** Makes an account and stores it in the profile. Sign in afterwards. Throws Refusal, UsageError for a bad name. */
export async function register(
  greeted: Greeted,
  keeper: ProfileKeeper,
  options: RegisterOptions,
): Promise<void> {
  const { clock, random, password } = options;
  const parsed = parseAccountName(options.name);
  if (!parsed.ok) throw new UsageError("bad-name", parsed.message);
  if (keeper.hasAccount) {
    throw new UsageError(
      "profile-in-use",
      "This profile has an account already. Choose another profile with --profile NAME",
    );
  }
  const { link } = greeted;
  const token = options.token === undefined ? {} : { token: encodeBase64(options.token) };
  const started = await startRegistration(password);
  const { fields } = await link.ask("login.register-start", {
    name: parsed.name,
    ...token,
    opaque: started.request,
  });
  const registered = await finishRegistration(started.state, password, fields.opaque);
  if (registered === undefined) throw badAnswer();
  const owner: Owner = {
    greeted,
    keeper,
    account: parsed.id,
    name: parsed.name,
    password,
    opaqueKey: registered.serverPublicKey,
    random,
    clock,
  };
  const { identity, pkcs8 } = await generateIdentity();
  const device = await makeDevice(owner, identity);
  const copy = await makeRecoveryCopy(owner, pkcs8, options.keepRecoveryCode);
  const entry = await makeRosterEntry(identity, {
    serverId: greeted.certificate.serverId,
    accountId: parsed.id,
    accountName: parsed.name,
    sequence: 1,
  });
  // Stored before the server is told: an account whose keys are nowhere could not be used again.
  await storeAccount(owner, { pkcs8, device });
  const { sizes, payload } = joinSections([entry, device.certificate, copy]);
  try {
    const answer = await link.ask("login.register-finish", {
      name: parsed.name,
      ...token,
      record: registered.record,
      device: device.device,
      sizes,
    }, payload);
    if (parseAccountId(answer.fields.account) !== parsed.id) throw badAnswer();
  } catch (error) {
    // Anything but a clear no leaves it open whether the account exists; then the keys are kept.
    if (error instanceof Refusal) await keeper.discardAccount();
    throw error;
  }
}

/**
 * Brings this profile into an existing account after a sign-in by password: with the recovery code that was made at
 * registration (SR-04). Throws TrustError when the code does not open the account's own identity.
 */
export async function recover(
  owner: Omit<Owner, "account" | "name"> & { signedIn: SignedIn; code: string },
): Promise<SignedIn> {
  const parsed = parseRecoveryCode(owner.code);
  if (!parsed.ok) throw new UsageError("bad-recovery-code", parsed.message);
  const { signedIn, greeted } = owner;
  const { payload: copy } = await greeted.link.ask("login.recovery-fetch", {});
  const pkcs8 = await openIdentityCopy(parsed.secret, { account: signedIn.account, copy });
  const identity = pkcs8 && await importIdentity(pkcs8);
  if (pkcs8 === undefined || identity?.key.fingerprint !== signedIn.identity) {
    throw new TrustError(
      "bad-recovery-code",
      "The recovery code does not open this account's identity",
    );
  }
  const whole: Owner = { ...owner, account: signedIn.account, name: signedIn.name };
  const device = await makeDevice(whole, identity);
  await storeAccount(whole, { pkcs8, device });
  const { fields } = await greeted.link.ask("login.link-device", {
    device: device.device,
    signature: await signAsDevice(greeted, {
      account: signedIn.account,
      device: device.device,
      deviceKeys: device.keys,
    }),
  }, device.certificate);
  return { ...signedIn, linked: true, highestNumber: fields.highestNumber };
}

/**
 * Gives an account a new identity after a sign-in by password. All other devices end, and everyone who knows this account
 * is told that its safety number changed. `previous`: the identity of this profile, if it still has it, signs the new one
 * (SR-07).
 */
export async function resetIdentity(
  owner: Omit<Owner, "account" | "name"> & {
    signedIn: SignedIn;
    previous: Identity | undefined;
    keepRecoveryCode: KeepRecoveryCode;
  },
): Promise<SignedIn> {
  const { signedIn, greeted, previous, clock } = owner;
  const { serverId } = greeted.certificate;
  const whole: Owner = { ...owner, account: signedIn.account, name: signedIn.name };
  const { identity, pkcs8 } = await generateIdentity();
  const device = await makeDevice(whole, identity);
  const copy = await makeRecoveryCopy(whole, pkcs8, owner.keepRecoveryCode);
  const entry = await makeRosterEntry(identity, {
    serverId,
    accountId: signedIn.account,
    accountName: signedIn.name,
    sequence: 1,
  });
  const isPresent = previous?.key.fingerprint === signedIn.identity;
  const rotation = previous === undefined || !isPresent ? new Uint8Array(0) : joinRotation(
    previous.key.algorithm,
    previous.key.spki,
    await makeRotation(previous, {
      serverId,
      accountId: signedIn.account,
      newKey: identity.key,
      nowMs: clock.nowMs(),
    }),
  );
  whole.keeper.forgetConversations();
  await storeAccount(whole, { pkcs8, device });
  const { sizes, payload } = joinSections([entry, device.certificate, copy, rotation]);
  await greeted.link.ask("login.reset-identity", { device: device.device, sizes }, payload);
  return {
    ...signedIn,
    linked: true,
    identity: identity.key.fingerprint,
    highestNumber: 0,
  };
}

async function makeDevice(owner: Owner, identity: Identity): Promise<Device> {
  const { random, clock } = owner;
  const device = newDeviceId(random);
  const keys = await generateDeviceKeys(random);
  const certificate = await makeDeviceCertificate(identity, {
    serverId: owner.greeted.certificate.serverId,
    accountId: owner.account,
    deviceId: device,
    mlsKey: keys.mls.publicKey,
    statementKey: keys.statement.publicKey,
    nowMs: clock.nowMs(),
  });
  return { device, keys, certificate: certificate.bytes, certificateHash: certificate.hash };
}

async function makeRecoveryCopy(
  owner: Owner,
  pkcs8: Bytes,
  keep: KeepRecoveryCode,
): Promise<Bytes> {
  const secret = newRecoverySecret(owner.random);
  const copy = await sealIdentityCopy(secret, {
    account: owner.account,
    pkcs8,
    random: owner.random,
  });
  await keep(formatRecoveryCode(secret));
  return copy;
}

async function storeAccount(
  owner: Owner,
  made: { pkcs8: Bytes; device: Device },
): Promise<Profile> {
  const { greeted, keeper, account, name, opaqueKey } = owner;
  const { device } = made;
  return await keeper.store(owner.password, {
    facts: {
      account,
      name,
      device: device.device,
      certificateHash: device.certificateHash,
      serverId: greeted.certificate.serverId,
      serverAddress: formatHostPort(greeted.address),
      opaqueKey,
    },
    identityPkcs8: made.pkcs8,
    deviceKeys: device.keys,
    certificate: device.certificate,
  });
}

function badAnswer(): ProtocolError {
  return new ProtocolError("bad-message", "Cannot read the server's answer to the registration");
}
