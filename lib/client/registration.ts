/** Making an account. */

import { type Bytes, encodeBase64 } from "../base/bytes.ts";
import { ProtocolError, Refusal, TransportError, UsageError } from "../base/errors.ts";
import { parseAccountId, parseAccountName } from "../base/account_name.ts";
import { finishRegistration, startRegistration } from "../crypto/password.ts";
import { joinSections } from "../protocol/sections.ts";
import type { Greeted } from "./greeting.ts";
import {
  keepDevice,
  type KeepRecoveryCode,
  type MakeIdentity,
  makeNewIdentity,
  type Owner,
} from "./new_device.ts";
import type { ProfileKeeper } from "./profile/keeper.ts";
import type { Profile } from "./profile/profile.ts";

/** Who registers, and with what. */
export interface RegisterOptions {
  readonly name: string;
  readonly password: string;
  /** Of an invite. */
  readonly token: Bytes | undefined;
  readonly keepRecoveryCode: KeepRecoveryCode;
  readonly clock: Profile["clock"];
  readonly random: Profile["random"];
  readonly makeIdentity?: MakeIdentity;
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
  const asked = { name: parsed.name, ...token };
  const started = await startRegistration(password);
  const { fields } = await link.ask("login.register-start", { ...asked, opaque: started.request });
  const registered = await finishRegistration(started.state, password, fields.opaque);
  if (registered === undefined) throw badAnswer();
  const { record, serverPublicKey: opaqueKey } = registered;
  const account = { account: parsed.id, name: parsed.name, password, opaqueKey };
  const owner: Owner = { greeted, keeper, ...account, random, clock };
  const made = await makeNewIdentity(owner, options);
  await keepDevice(owner, made);
  if (!link.isOpen) {
    // Whoever kept the code took longer than the server waits. It was not asked for the account, so there is none.
    await keeper.discardAccount();
    throw new TransportError(
      "offline",
      "The connection to the server ended before the account was made: register again. The recovery code is of no use",
    );
  }
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
}

function badAnswer(): ProtocolError {
  return new ProtocolError("bad-message", "Cannot read the server's answer to the registration");
}
