/** Changing the password of account and profile together: between the two, the old and the new one both open the profile (SR-45). */

import { ProtocolError, Refusal } from "../../base/errors.ts";
import { isClearNo } from "../../protocol/failure.ts";
import { finishRegistration, startRegistration } from "../../crypto/keys/password.ts";
import type { HandshakeResult } from "../link/handshake.ts";
import type { ProfileKeeper } from "../profile/keeper.ts";
import type { OwnAccount } from "../profile/profile.ts";
import { signInByPassword } from "./sign_in.ts";

/** Throws Refusal for a wrong old password; then nothing has changed. */
export async function changePassword(
  handshake: HandshakeResult,
  keeper: ProfileKeeper,
  options: { own: OwnAccount; old: string; next: string },
): Promise<void> {
  const { own, old, next } = options;
  const { link } = handshake;
  await signInByPassword(handshake, {
    name: own.name,
    password: old,
    own,
    opaqueKey: own.opaqueKey,
  });
  const started = await startRegistration(next);
  const { fields } = await link.ask("login.password-start", { opaque: started.request });
  const registered = await finishRegistration(started.state, next, fields.opaque);
  if (registered === undefined) {
    throw new ProtocolError("bad-message", "Cannot read the server's answer to the new password");
  }
  if (!await keeper.keys.addPassword(old, next)) {
    throw new Refusal("wrong-credentials", "Wrong password: it does not open this profile");
  }
  try {
    await link.ask("login.password-finish", { record: registered.record });
  } catch (error) {
    // A clear no leaves the old password; without an answer both stay until the next sign-in shows which one holds.
    if (isClearNo(error)) await keeper.keys.keepOnlyPassword(old);
    throw error;
  }
  await keeper.keys.keepOnlyPassword(next);
}
