/** Bringing a profile into an account that exists: by recovery code, or with a new identity (SR-04). */

import { TrustError, UsageError } from "../../base/errors.ts";
import { isClearNo } from "../../protocol/failure.ts";
import { type Identity, importIdentity } from "../../crypto/keys/identity.ts";
import { openIdentityCopy, parseRecoveryCode } from "../../crypto/keys/recovery.ts";
import { makeRotation } from "../../crypto/statements/rotation.ts";
import { joinSections } from "../../protocol/sections.ts";
import { closeAll } from "../groups/closing.ts";
import { makeStores } from "../store/stores.ts";
import { joinRotation } from "../contacts/contact_check.ts";
import {
  keepDevice,
  type KeepRecoveryCode,
  makeDevice,
  type MakeIdentity,
  makeNewIdentity,
  type NewIdentity,
  type Owner,
} from "../account/new_device.ts";
import { confirmAccount } from "../profile/account_secrets.ts";
import type { Profile } from "../profile/profile.ts";
import { signAsDevice, type SignedIn } from "../account/sign_in.ts";

/** A person whose password was right, on a profile that is no device of the account, or not for long any more. */
export interface Entrant extends Omit<Owner, "account" | "name"> {
  readonly signedIn: SignedIn;
}

/**
 * Makes this profile a device of the account with the recovery code of the registration. Throws UsageError for what is no
 * code, TrustError when it does not open the account's own identity.
 */
export async function recover(entrant: Entrant & { code: string }): Promise<SignedIn> {
  const parsed = parseRecoveryCode(entrant.code);
  if (!parsed.ok) throw new UsageError("bad-recovery-code", parsed.message);
  const { signedIn, handshake } = entrant;
  const { account } = signedIn;
  const { payload: copy } = await handshake.link.ask("login.recovery-fetch", {});
  const pkcs8 = await openIdentityCopy(parsed.secret, { account, copy });
  const added = pkcs8 && await addThisDevice(entrant, { pkcs8 });
  if (added !== undefined) return added.signedIn;
  throw new TrustError(
    "bad-recovery-code",
    "The recovery code does not open this account's identity",
  );
}

/**
 * Makes this profile a device of the account by the private key of its identity. Undefined when it is another key than that of
 * the account; then nothing was done. `people` is kept with it (see `takeKeptPeople`).
 */
export async function addThisDevice(
  entrant: Entrant,
  { pkcs8, people }: Pick<NewIdentity, "pkcs8"> & { people?: NewIdentity["pkcs8"] },
): Promise<{ signedIn: SignedIn; profile: Profile } | undefined> {
  const { signedIn, handshake } = entrant;
  const { account } = signedIn;
  const identity = await importIdentity(pkcs8);
  if (identity?.key.fingerprint !== signedIn.identity) return undefined;
  const owner: Owner = { ...entrant, account, name: signedIn.name };
  const device = await makeDevice(owner, identity);
  const profile = await keepDevice(owner, {
    pkcs8,
    device,
    ...(people === undefined ? {} : { people }),
  });
  const signature = await signAsDevice(handshake, {
    account,
    device: device.device,
    deviceKeys: device.keys,
  });
  const { fields } = await confirm(owner, profile, () =>
    handshake.link.ask(
      "login.link-device",
      { device: device.device, signature },
      device.certificate,
    ));
  const { highestNumber } = fields;
  return { signedIn: { ...signedIn, linked: true, highestNumber }, profile };
}

/**
 * Gives an account a new identity after a sign-in by password. All other devices end, and everyone who knows this account
 * is told that its safety number changed. `previous`: the identity of this profile, if it still has it, signs the new one
 * (SR-07).
 */
export async function resetIdentity(
  entrant: Entrant & {
    previous: Identity | undefined;
    keepRecoveryCode: KeepRecoveryCode;
    makeIdentity?: MakeIdentity;
  },
): Promise<SignedIn> {
  const { signedIn, handshake } = entrant;
  const owner: Owner = { ...entrant, account: signedIn.account, name: signedIn.name };
  const made = await makeNewIdentity(owner, entrant);
  const rotation = await signRotation(entrant, made.identity);
  const profile = await keepDevice(owner, made);
  const { device, certificate } = made.device;
  const { sizes, payload } = joinSections([
    made.rosterEntry,
    certificate,
    made.recoveryCopy,
    rotation,
  ]);
  await confirm(
    owner,
    profile,
    () => handshake.link.ask("login.reset-identity", { device, sizes }, payload),
  );
  const identity = made.identity.key.fingerprint;
  return { ...signedIn, linked: true, identity, highestNumber: 0, revocations: 0 };
}

/** Empty when this profile does not have the account's present identity. */
async function signRotation(
  { signedIn, handshake, previous, clock }: Entrant & { previous: Identity | undefined },
  next: Identity,
): Promise<Uint8Array<ArrayBuffer>> {
  if (previous?.key.fingerprint !== signedIn.identity) return new Uint8Array(0);
  const { algorithm, spki } = previous.key;
  const statement = await makeRotation(previous, {
    serverId: handshake.serverId,
    accountId: signedIn.account,
    newKey: next.key,
    nowMs: clock.nowMs(),
  });
  return joinRotation(algorithm, spki, statement);
}

/** Asks the server to take the new device. A clear no brings the profile back to what it was. */
async function confirm<Answer>(
  { keeper }: Owner,
  profile: Profile,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  try {
    const answer = await ask();
    settleDevice(profile);
    return answer;
  } catch (error) {
    // Without an answer both stay; the next sign-in shows which one the server knows.
    if (isClearNo(error)) await keeper.discardAccount();
    throw error;
  }
}

/** The server has taken the new device: what belonged to the one before can go. What was not sent stays. */
export function settleDevice(profile: Profile): void {
  const stores = makeStores(profile);
  profile.database.transaction(() => {
    closeAll(stores);
    confirmAccount(profile.database);
  });
}
