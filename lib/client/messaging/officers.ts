/** Who was in charge of a room in each epoch: what a member says is judged by the rules of when it was sealed. */

import { type Bytes, decodeUtf8, utf8 } from "../../base/bytes.ts";
import type { AccountId, ConversationId } from "../../base/ids.ts";
import type { Charter, RoomRole } from "../../crypto/room/charter.ts";
import type { Profile } from "../profile/profile.ts";
import type { Epochs } from "./epochs.ts";

/** Owners and moderators; whoever is missing is a plain member. */
export type Officers = ReadonlyMap<AccountId, RoomRole>;

/** Those of a charter. */
export function officersOf({ members }: Charter): Officers {
  const roles = [...members].map(([account, { role }]) => [account, role] as const);
  return new Map(roles.filter(([, role]) => role !== "member"));
}

/** For `Epochs.remember`. */
export function sealOfficers({ vault }: Profile, charter: Charter, epoch: number): Promise<Bytes> {
  const bytes = utf8(JSON.stringify([...officersOf(charter)]));
  return vault.seal("epoch.officers", `${charter.groupId}.${epoch}`, bytes);
}

/** Nobody, of an epoch before this device came in and of a direct conversation. */
export async function officersIn(
  { profile, groups: { epochs } }: {
    readonly profile: Profile;
    readonly groups: { readonly epochs: Epochs };
  },
  conversation: ConversationId,
  epoch: number,
): Promise<Officers> {
  const sealed = epochs.officersIn(conversation, epoch);
  if (sealed === undefined) return new Map();
  const opened = await profile.vault.open("epoch.officers", `${conversation}.${epoch}`, sealed);
  // Written by `sealOfficers` and authenticated by the vault.
  return new Map(JSON.parse(decodeUtf8(opened) ?? "[]"));
}
