/** The account's conversations and rooms as the server lists them. */

import { ProtocolError } from "../../base/errors.ts";
import type { ReplyFields } from "../../protocol/hop/mod.ts";
import type { Link } from "../link/link.ts";

/** A conversation as the server lists it; not believed before it is compared. */
export type ListedConversation = ReplyFields<"relay.list">["conversations"][number];

/** 50,000 conversations, more than anybody has: a server that goes on has made them up. */
const MAX_PAGES = 500;

/** All pages. Throws as `Link.ask`, and ProtocolError for a list that does not end. */
export async function listConversations(link: Link): Promise<readonly ListedConversation[]> {
  // The list begins anew when a conversation was closed meanwhile.
  const listed = new Map<string, ListedConversation>();
  let after: string | undefined;
  for (let page = 1; page <= MAX_PAGES; page++) {
    const { fields } = await link.ask("relay.list", after === undefined ? {} : { after });
    for (const one of fields.conversations) listed.set(one.conversation, one);
    after = fields.conversations.at(-1)?.conversation;
    // An empty page that promises more would never end.
    if (!fields.more || after === undefined) return [...listed.values()];
  }
  throw new ProtocolError(
    "endless-list",
    "Cannot list conversations: the server's list does not end",
  );
}

/** A room as the server lists it; not believed before it is compared. */
export type ListedRoom = ReplyFields<"room.list">["rooms"][number];

/** All pages. Throws as `Link.ask`. */
export async function listRooms(link: Link): Promise<readonly ListedRoom[]> {
  const listed: ListedRoom[] = [];
  for (;;) {
    const after = listed.at(-1)?.room;
    const { fields } = await link.ask("room.list", after === undefined ? {} : { after });
    listed.push(...fields.rooms);
    // An empty page that promises more would never end.
    if (!fields.more || fields.rooms.length === 0) return listed;
  }
}
