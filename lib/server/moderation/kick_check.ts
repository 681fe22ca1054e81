/**
 * Keeps who is kicked from changing anything at a node that has not heard of it yet (SR-47). What is said in conversations and done
 * by moderators the store judges in its own transaction.
 */

import type { Clock } from "../../base/clock.ts";
import type { AccountId } from "../../base/ids.ts";
import type { HopRequestKind } from "../../protocol/hop/mod.ts";
import { sanctionRefusal } from "../auth/denials.ts";
import type { ModerationStore } from "../store/moderation_store.ts";

/** What an account changes beside conversations, for itself and for others. */
const CHANGES: ReadonlySet<HopRequestKind> = new Set<HopRequestKind>([
  ...["login.link-device", "login.reset-identity", "login.password-finish"] as const,
  ...["device.write-page", "device.name", "device.remove", "device.link-answer"] as const,
  ...["invite.make", "keys.publish", "keys.fetch", "presence.set", "server.end"] as const,
  ...["room.create", "room.invite", "room.remove", "room.decline", "room.close"] as const,
  ...["spool.open", "stream.open", "video.add", "video.finish"] as const,
]);

/** Throws Refusal `kicked` for a request that changes something. */
export type KickCheck = (kind: HopRequestKind, account: AccountId) => Promise<void>;

/** For a node among several. A server of one node ends the sessions of who is kicked with the kick. */
export function kickCheck(store: Pick<ModerationStore, "findSanction">, clock: Clock): KickCheck {
  return async (kind, account) => {
    if (!CHANGES.has(kind)) return;
    const kick = await store.findSanction({ kind: "kick", account, nowMs: clock.nowMs() });
    if (kick !== undefined) throw sanctionRefusal(kick);
  };
}
