/** What contacts say about direct connections: kept for whoever runs the transfer, and the person asked when they must be. */

import type { AccountId } from "../../base/ids.ts";
import type { DirectMessage } from "../store/inbound.ts";
import type { PeerNews } from "../store/peer_news.ts";
import type { Profile } from "../profile/profile.ts";
import { DirectContacts } from "../contacts/direct_contacts.ts";
import { DirectControlMessages } from "./control_messages.ts";

/** The caller knows that `from` is the other end of the transfer or stream. */
export async function takeDirect(
  profile: Profile,
  message: DirectMessage,
  { from, epoch }: { readonly from: AccountId; readonly epoch: number },
): Promise<PeerNews> {
  const write = await new DirectControlMessages(profile).keep({ ...message, from, epoch });
  const isAsked = message.kind === "direct.offer" &&
    new DirectContacts(profile).of(from) === undefined;
  const text = `${from} would send directly, not over the server. That shows each of you the ` +
    `other's address; to agree say: direct allow ${from}`;
  return { lines: isAsked ? [{ code: "direct-asked", text }] : [], write };
}
