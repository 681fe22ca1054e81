/** Making an account. */

import { type Bytes, encodeBase64 } from "../../base/bytes.ts";
import { ProtocolError, Refusal, UsageError } from "../../base/errors.ts";
import { parseAccountId, parseAccountName } from "../../base/account_name.ts";
import { finishRegistration, startRegistration } from "../../crypto/password.ts";
import { joinSections } from "../../protocol/sections.ts";
import type { HandshakeResult } from "../link/handshake.ts";
import {
  keepDevice,
  type KeepRecoveryCode,
  type MakeIdentity,
  makeNewIdentity,
  type Owner,
} from "./new_device.ts";
import type { ProfileKeeper } from "../profile/keeper.ts";
import type { Profile } from "../profile/profile.ts";

/** Who registers, and with what. */
export interface RegisterOptions {
  readonly name: string;
  readonly password: string;
  /** Of an invite. */
  readonly token: Bytes | undefined;
  readonly keepRecoveryCode: KeepRecoveryCode;
  /** Greets the same server once more, when keeping the code took longer than it waits for a stranger. */
  readonly greetAgain: () => Promise<HandshakeResult>;
  readonly clock: Profile["clock"];
  readonly random: Profile["random"];
  readonly makeIdentity?: MakeIdentity;
}

/**
 * Makes an account and stores it in the profile. Sign in afterwards, over the connection that is returned. Throws Refusal,
 * UsageError for a bad name.
 */
export async function register(
  handshake: HandshakeResult,
  keeper: ProfileKeeper,
  options: RegisterOptions,
): Promise<HandshakeResult> {
  const { clock, random, password } = options;
  const parsed = parseAccountName(options.name);
  if (!parsed.ok) throw new UsageError("bad-name", parsed.message);
  if (keeper.hasAccount) {
    throw new UsageError(
      "profile-in-use",
      "This profile already has an account. Choose another profile with --profile NAME",
    );
  }
  const token = options.token === undefined ? {} : { token: encodeBase64(options.token) };
  const asked = { name: parsed.name, ...token };
  const first = await askForName(handshake, asked, password);
  const { opaqueKey } = first;
  const account = { account: parsed.id, name: parsed.name, password, opaqueKey };
  const owner: Owner = { handshake, keeper, ...account, random, clock };
  const made = await makeNewIdentity(owner, options);
  await keepDevice(owner, made);
  const present = handshake.link.isOpen
    ? { handshake, record: first.record }
    : await askOnceMore(keeper, { asked, password, opaqueKey, greetAgain: options.greetAgain });
  const { record, handshake: { link } } = present;
  const { device } = made.device;
  const { sizes, payload } = joinSections([
    made.rosterEntry,
    made.device.certificate,
    made.recoveryCopy,
  ]);
  const finish = { ...asked, record, device, sizes };
  try {
    const answer = await link.ask("login.register-finish", finish, payload);
    if (parseAccountId(answer.fields.account) !== parsed.id) throw badAnswer();
  } catch (error) {
    // Anything but a clear no leaves it open whether the account exists; then the keys are kept.
    if (error instanceof Refusal) await keeper.discardAccount();
    throw error;
  }
  return present.handshake;
}

interface Asked {
  readonly name: string;
  readonly token?: string;
}

/** The first half: the server says whether token and name will do, and the record of the password is made. */
async function askForName({ link }: HandshakeResult, asked: Asked, password: string) {
  const started = await startRegistration(password);
  const { fields } = await link.ask("login.register-start", { ...asked, opaque: started.request });
  const registered = await finishRegistration(started.state, password, fields.opaque);
  if (registered === undefined) throw badAnswer();
  return { record: registered.record, opaqueKey: registered.serverPublicKey };
}

/** The same over a new connection. When that fails there is no account: the server was never asked for one. */
async function askOnceMore(
  keeper: ProfileKeeper,
  facts: {
    asked: Asked;
    password: string;
    opaqueKey: string;
    greetAgain: () => Promise<HandshakeResult>;
  },
): Promise<{ handshake: HandshakeResult; record: string }> {
  try {
    const handshake = await facts.greetAgain();
    const { record, opaqueKey } = await askForName(handshake, facts.asked, facts.password);
    // The account would be pinned to the other one (SR-43).
    if (opaqueKey !== facts.opaqueKey) throw badAnswer();
    return { handshake, record };
  } catch (error) {
    await keeper.discardAccount();
    throw error;
  }
}

function badAnswer(): ProtocolError {
  return new ProtocolError("bad-message", "Cannot read the server's answer to the registration");
}
