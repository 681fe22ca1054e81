/** Making an account. */

import { type Bytes, encodeBase64 } from "../../base/bytes.ts";
import { ProtocolError, Refusal, UsageError } from "../../base/errors.ts";
import type { AccountId } from "../../base/ids.ts";
import { parseAccountId, parseAccountName } from "../../base/account_name.ts";
import { finishRegistration, startRegistration } from "../../crypto/keys/password.ts";
import { isClearNo, isPassingFailure } from "../../protocol/failure.ts";
import { joinSections } from "../../protocol/sections.ts";
import { type Greeted, overOpenLink } from "../link/greeted.ts";
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
  readonly greetAgain: Greeted["greetAgain"];
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
  const { greetAgain } = options;
  const first = await overOpenLink(
    { handshake, greetAgain },
    (present) => askForName(present, asked, password),
  );
  const { record, opaqueKey } = first.result;
  const account = { account: parsed.id, name: parsed.name, password, opaqueKey };
  const owner: Owner = { handshake: first.handshake, keeper, ...account, random, clock };
  const made = await makeNewIdentity(owner, options);
  await keepDevice(owner, made);
  // Whether the server may have made the account: it was asked to, and did not say that it has not.
  let mayExist = false;
  const ask = { asked, password, opaqueKey };
  const finish = async (present: HandshakeResult) => {
    const isNew = present !== first.handshake;
    const newest = isNew ? await askOnceMore(present, { ...ask, mayExist }) : record;
    // The server has it from the time before, as the sign-in will show.
    if (newest === undefined) return;
    const mayExistBefore = mayExist;
    mayExist = true;
    try {
      await askForAccount(present, { asked, record: newest, account: parsed.id, made });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      // A server that failed may have made it all the same.
      if (!isClearNo(error) && await askOnceMore(present, { ...ask, mayExist }) === undefined) {
        return;
      }
      mayExist = mayExistBefore;
      throw error;
    }
  };
  try {
    return (await overOpenLink({ handshake: first.handshake, greetAgain }, finish)).handshake;
  } catch (error) {
    if (!mayExist) await keeper.discardAccount();
    throw error;
  }
}

/**
 * Whether an account of this name can be registered, by the server's word: only where anybody may register, since everywhere
 * else that would tell strangers who has an account (SR-42). Nothing is kept of it.
 */
export async function isNameFree(
  greeted: Greeted,
  name: string,
): Promise<{ readonly handshake: Greeted["handshake"]; readonly result: boolean }> {
  return await overOpenLink(greeted, async (present) => {
    try {
      // What becomes of this password does not matter: the server stores nothing before the second half.
      await askForName(present, { name }, name);
      return true;
    } catch (error) {
      if (error instanceof Refusal && error.code === "name-taken") return false;
      throw error;
    }
  });
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

/**
 * The same over a new connection. Returns the new record; undefined when the name is refused that was asked for before the
 * connection ended: then it is ours by now, in all likelihood.
 */
async function askOnceMore(
  handshake: HandshakeResult,
  facts: { asked: Asked; password: string; opaqueKey: string; mayExist: boolean },
): Promise<string | undefined> {
  try {
    const { record, opaqueKey } = await askForName(handshake, facts.asked, facts.password);
    // The account would be pinned to the other one (SR-43).
    if (opaqueKey !== facts.opaqueKey) throw badAnswer();
    return record;
  } catch (error) {
    const isNo = error instanceof Refusal && !isPassingFailure(error.code);
    if (isNo && facts.mayExist) return undefined;
    throw error;
  }
}

/** The second half: the account, with its first device. */
async function askForAccount(
  { link }: HandshakeResult,
  { asked, record, account, made }: {
    asked: Asked;
    record: string;
    account: AccountId;
    made: Awaited<ReturnType<typeof makeNewIdentity>>;
  },
): Promise<void> {
  const { device, certificate } = made.device;
  const { sizes, payload } = joinSections([made.rosterEntry, certificate, made.recoveryCopy]);
  const finish = { ...asked, record, device, sizes };
  const answer = await link.ask("login.register-finish", finish, payload);
  if (parseAccountId(answer.fields.account) !== account) throw badAnswer();
}

function badAnswer(): ProtocolError {
  return new ProtocolError("bad-message", "Cannot read the server's answer to the registration");
}
