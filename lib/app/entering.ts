/** The two ways into an account, registering and signing in by password, up to a connected client that others can write to. */

import { Refusal, UsageError } from "../base/errors.ts";
import type { CommandValues } from "../commands/command_values.ts";
import type { Ask } from "./ask.ts";
import { parseAccountName } from "../base/account_name.ts";
import { Client } from "../client/client.ts";
import { Devices } from "../client/devices/devices.ts";
import { linkByCode } from "../client/devices/linking.ts";
import { type Greeted, overOpenLink } from "../client/link/greeted.ts";
import type { ProfileKeeper } from "../client/profile/keeper.ts";
import { type KeepRecoveryCode, machineName } from "../client/account/new_device.ts";
import { recover, resetIdentity } from "../client/recovery/recovery.ts";
import { register } from "../client/account/registration.ts";
import { type SignedIn, signInByPassword } from "../client/account/sign_in.ts";
import { lookAtLobby } from "./rooms/open_rooms.ts";

/** A server that said hello, and what an invite gave to register there. */
interface FirstContact extends Greeted {
  readonly token: RegistrationToken;
}

type RegistrationToken = Parameters<typeof register>[2]["token"];

/** What a row gets before there is an account here. */
export interface EntryContext extends Pick<EntryOptions, "clock" | "random"> {
  readonly ask: Ask;
  /** A path as the person means it. */
  resolve(path: string): string;
  /** The profile's folder. */
  keeper(): Promise<ProfileKeeper>;
  /** Greets the server that is meant. `password`: of the account that may be here, and says where it was made. */
  greet(values: CommandValues, password?: string): Promise<FirstContact>;
  /** Takes over the client of who entered. */
  readonly own: (client: Client) => Promise<unknown>;
}

/** Where somebody enters, and with what. */
export interface EntryOptions extends Greeted {
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
  "The operator of this server chose your password and may know it. Change it with heliograph passwd";

/** Makes an account and signs in. Throws Refusal (`name-taken` …), UsageError. */
export async function enterNew(
  entrance: EntryOptions,
  options: { token: RegistrationToken; keepRecoveryCode: KeepRecoveryCode },
): Promise<Entered> {
  const { keeper, name, password, clock, random, greetAgain } = entrance;
  const about = { name, password, ...options, greetAgain, clock, random };
  const handshake = await register(entrance.handshake, keeper, about);
  const { own } = await unlock(entrance);
  const proof = { name, password, own, opaqueKey: own.opaqueKey };
  const proven = await overOpenLink(
    { handshake, greetAgain },
    (present) => signInByPassword(present, proof),
  );
  const entered = await open(
    { ...entrance, handshake: proven.handshake },
    proven.result,
    { isNew: true },
  );
  await lookAtLobby(entered.client);
  return entered;
}

/** Signs in by password, and makes this profile a device of the account if it is none yet. Throws Refusal, TrustError. */
export async function enterKnown(entrance: EntryOptions, choices: LinkChoices): Promise<Entered> {
  const { keeper, name, password } = entrance;
  const profile = await keeper.unlockByPassword(password);
  const own = profile?.own;
  const parsed = parseAccountName(name);
  if (own !== undefined && parsed.ok && own.account !== parsed.id) {
    throw new UsageError(
      "profile-in-use",
      `This profile is ${own.name}'s. Choose another with --profile NAME`,
    );
  }
  const proof = { name, password, own, opaqueKey: own?.opaqueKey };
  const { result: proven, handshake } = await overOpenLink(
    entrance,
    (present) => signInByPassword(present, proof),
  );
  const present = { ...entrance, handshake };
  if (profile !== undefined) await keeper.moveServer(profile, handshake.address);
  const signedIn = await link(present, choices, { proven, identity: own?.identity });
  return await open(present, signedIn, { isNew: !proven.linked || choices.resets });
}

async function link(
  entrance: EntryOptions,
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
  entrance: EntryOptions,
  signedIn: SignedIn,
  { isNew }: { isNew: boolean },
): Promise<Entered> {
  const { handshake, keeper, password, remember } = entrance;
  const client = new Client(await unlock(entrance));
  await client.connect(handshake, signedIn);
  if (remember) await keeper.keys.remember(password);
  await client.publishKeys();
  if (isNew) await new Devices(client.messenger, client.link).nameThis(machineName());
  return { client, signedIn };
}

async function unlock({ keeper, password }: EntryOptions): Promise<Client["profile"]> {
  const profile = await keeper.unlockByPassword(password);
  if (profile !== undefined) return profile;
  throw new Refusal("wrong-credentials", "Cannot open the profile: wrong password");
}
