/** Who is let in: judged alike on every database. */

import type { Account, EntryClaim, EntryResult } from "./account_store.ts";
import type { Device } from "./device_store.ts";
import type { Sanction } from "./moderation_store.ts";

/** What is known of who asks. */
interface Asking {
  readonly kick: Sanction | undefined;
  readonly account: Account | undefined;
  /** The claim's, when it is not removed. */
  readonly device: Device | undefined;
}

/** Why somebody is not let in, or the account that is: with a device if the claim has one. */
export function judgeEntry(
  { device, passwordRecord }: EntryClaim,
  { kick, account, device: known }: Asking,
): Exclude<EntryResult, { result: "entered" }> | { readonly result: "fits"; account: Account } {
  if (kick !== undefined) return { result: "kicked", kick };
  if (passwordRecord !== undefined && account?.passwordRecord !== passwordRecord) {
    return { result: "password-changed" };
  }
  if (account === undefined) return { result: "not-signed-in" };
  if (device === undefined) return { result: "fits", account };
  const isIn = known !== undefined && (passwordRecord !== undefined || known.signedIn);
  return isIn ? { result: "fits", account } : { result: "not-signed-in" };
}
