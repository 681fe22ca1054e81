/** The two ways into an account, registering and signing in by password, up to a connected client that others can write to. */

import { Refusal, UsageError } from "../base/errors.ts";
import { parseAccountName } from "../base/account_name.ts";
import { Client } from "../client/client.ts";
import { Devices } from "../client/devices/devices.ts";
import { linkByCode } from "../client/devices/linking.ts";
import type { Greeted } from "../client/greeting.ts";
import type { ProfileKeeper } from "../client/profile/keeper.ts";
import type { KeepRecoveryCode } from "../client/new_device.ts";
import { recover, resetIdentity } from "../client/recovery.ts";
import { register } from "../client/registration.ts";
import { type SignedIn, signInByPassword } from "../client/sign_in.ts";
import { machineName } from "./machine_name.ts";

/** Where somebody enters, and with what. */
export interface Entrance {
  readonly greeted: Greeted;
  /** Greets the same server once more: it waits 30 s for a stranger, and people take longer to write a code down. */
  readonly greetAgain: () => Promise<Greeted>;
  readonly keeper: ProfileKeeper;
  readonly name: string;
  readonly password: string;
  /** Whether the profile stays signed in. */
  readonly remember: boolean;
  readonly clock: Client["clock"];
  readonly random: Client["random"];
}

/** Whoever enters owns the client, and with it the link of the greeting. */
export interface Entered {
  readonly client: Client;
  readonly signedIn: SignedIn;
}

/** How a device that is new to the account gets its identity key (SR-03, SR-04). */
export interface LinkChoices {
  /** The recovery code; undefined: by another device that is signed in. Throws when there is neither. */
  readonly recoveryCode: () => Promise<string | undefined>;
  /** Shows the code that is to be typed at the other device. */
  readonly showLinkCode: (code: string, expiresMs: number) => Promise<void>;
  /** Ends the waiting for the other device. */
  readonly signal: AbortSignal;
  /** Keeps the code of an identity that is made here. */
  readonly keepRecoveryCode: KeepRecoveryCode;
  /** Give the account a new identity instead. */
  readonly resets: boolean;
}

/** For who signs in by a password that the operator imported (SR-48). */
export const IMPORTED_PASSWORD =
  "The operator of this server chose your password and may know it: change it with heliograph passwd";

/** Makes an account and signs in. Throws Refusal (`name-taken` …), UsageError. */
export async function enterNew(
  entrance: Entrance,
  options: { token: Parameters<typeof register>[2]["token"]; keepRecoveryCode: KeepRecoveryCode },
): Promise<Entered> {
  const { keeper, name, password, clock, random, greetAgain } = entrance;
  const about = { name, password, ...options, greetAgain, clock, random };
  const greeted = await register(entrance.greeted, keeper, about);
  const { own } = await unlock(entrance);
  const signedIn = await signInByPassword(greeted, {
    name,
    password,
    own,
    opaqueKey: own.opaqueKey,
  });
  return await open({ ...entrance, greeted }, signedIn, { isNew: true });
}

/** Signs in by password, and makes this profile a device of the account if it is none yet. Throws Refusal, TrustError. */
export async function enterKnown(entrance: Entrance, choices: LinkChoices): Promise<Entered> {
  const { greeted, keeper, name, password } = entrance;
  const profile = await keeper.unlockByPassword(password);
  const own = profile?.own;
  const parsed = parseAccountName(name);
  if (own !== undefined && parsed.ok && own.account !== parsed.id) {
    throw new UsageError(
      "profile-in-use",
      `This profile is ${own.name}'s. Choose another with --profile NAME`,
    );
  }
  const proven = await signInByPassword(greeted, {
    name,
    password,
    own,
    opaqueKey: own?.opaqueKey,
  });
  if (profile !== undefined) await keeper.moveServer(profile, greeted.address);
  const signedIn = await link(entrance, choices, { proven, identity: own?.identity });
  return await open(entrance, signedIn, { isNew: !proven.linked || choices.resets });
}

async function link(
  entrance: Entrance,
  choices: LinkChoices,
  facts: {
    proven: SignedIn & { opaqueKey: string };
    identity: Parameters<typeof resetIdentity>[0]["previous"];
  },
): Promise<SignedIn> {
  const { proven, identity } = facts;
  const owner = { ...entrance, opaqueKey: proven.opaqueKey, signedIn: proven };
  // One that the operator imported has no identity before its owner's first sign-in.
  if (choices.resets || proven.isUnclaimed) {
    const { keepRecoveryCode } = choices;
    return await resetIdentity({ ...owner, previous: identity, keepRecoveryCode });
  }
  if (proven.linked) return proven;
  const code = await choices.recoveryCode();
  if (code !== undefined) return await recover({ ...owner, code });
  return await linkByCode({ ...owner, showCode: choices.showLinkCode, signal: choices.signal });
}

async function open(
  entrance: Entrance,
  signedIn: SignedIn,
  { isNew }: { isNew: boolean },
): Promise<Entered> {
  const { greeted, keeper, password, remember } = entrance;
  const client = new Client(await unlock(entrance));
  await client.connect(greeted, signedIn);
  if (remember) await keeper.remember(password);
  await client.publishKeys();
  if (isNew) await new Devices(client.messenger, client.link).nameThis(machineName());
  return { client, signedIn };
}

async function unlock({ keeper, password }: Entrance): Promise<Client["profile"]> {
  const profile = await keeper.unlockByPassword(password);
  if (profile !== undefined) return profile;
  throw new Refusal("wrong-credentials", "The profile does not open with this password");
}
