/** The account's conversations as the server lists them. */

import type { ReplyFields } from "../../protocol/hop/mod.ts";
import type { Link } from "../link.ts";

/** A conversation as the server lists it; not believed before it is compared. */
export type ListedConversation = ReplyFields<"relay.list">["conversations"][number];

/** All pages. Throws as `Link.ask`. */
export async function listConversations(link: Link): Promise<readonly ListedConversation[]> {
  const listed: ListedConversation[] = [];
  for (;;) {
    const after = listed.at(-1)?.conversation;
    const { fields } = await link.ask("relay.list", after === undefined ? {} : { after });
    listed.push(...fields.conversations);
    // An empty page that promises more would never end.
    if (!fields.more || fields.conversations.length === 0) return listed;
  }
}
