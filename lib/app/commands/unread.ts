/** The command that says how much is new, and its words. */

import { isRoom, type Peer, roomNumber } from "../../base/ids.ts";
import { result } from "../../commands/command_row.ts";
import type { Wording } from "../../commands/wording.ts";
import { knownPeer } from "../find_contact.ts";
import { showPeer } from "../names.ts";
import type { ConversationCommands, ConversationRow } from "../person_row.ts";
import { RoomLabels } from "../rooms/room_labels.ts";
import { CONVERSATION } from "../person_row.ts";

interface UnreadKinds {
  /** Without `peer`: broadcasts. */
  "unread": {
    readonly peer: Peer | undefined;
    readonly unread: number;
    readonly name: string;
    readonly roomName: string;
  };
  "nothing-new": Record<never, never>;
}

const WORDING: Wording<UnreadKinds> = {
  "unread": {
    fields: ({ peer, unread, roomName }) =>
      peer === undefined ? { broadcasts: true, unread } : {
        with: peer,
        ...(isRoom(peer) ? { room: roomNumber(peer), roomName } : {}),
        unread,
      },
    line: ({ peer, unread, name }) =>
      `${peer === undefined ? "# broadcasts" : showPeer(peer, name)} ${unread}`,
  },
  "nothing-new": { isNote: true, line: () => "no unread messages" },
};

const unread: ConversationRow<UnreadKinds> = {
  name: "unread",
  aliases: ["new"],
  group: "Messages",
  summary: "count unread messages, by conversation",
  details:
    "Counts messages on this machine and works offline: receive fetches new ones. It does not mark anything as read.",
  arguments: [{ ...CONVERSATION, required: false }],
  examples: [{ line: "unread --json", summary: "one object per conversation" }],
  exitCodes: [3, 4, 6],
  needs: ["account"],
  slash: {
    details:
      "The chat marks messages as read when it shows them; unread ones collect while you are busy.",
    arguments: [{ name: "NAME", summary: "the person, or a room as #ops", required: false }],
    examples: [{ line: "unread", summary: "does not mark anything as read" }],
  },
  p2p: {
    details:
      "The shell marks messages as read when it shows them; unread ones collect while a video plays.",
    arguments: [{ name: "NAME", summary: "the person", required: false }],
    examples: [{ line: "unread", summary: "does not mark anything as read" }],
  },
  async run({ client, addressed, people }, values) {
    const given = values.argument("NAME");
    const wanted = given === undefined ? addressed : await knownPeer(client, given);
    const all = client.talk.unread();
    // Of one even when nothing is.
    const heaps = wanted === undefined
      ? all
      : [all.find(({ peer }) => peer === wanted) ?? { peer: wanted, unread: 0 }];
    if (heaps.length === 0) return result("nothing-new", {});
    const rooms = await RoomLabels.of(client);
    const named = (peer: Peer) =>
      isRoom(peer)
        ? { name: rooms.labelOf(peer), roomName: rooms.nameOf(peer) }
        : { name: people?.nameOf(peer) ?? peer, roomName: "" };
    return {
      reports: heaps.map(({ peer, unread }) => ({
        kind: "unread",
        facts: { peer, unread, ...(peer === undefined ? { name: "", roomName: "" } : named(peer)) },
      })),
    };
  },
};

/** `unread`. */
export const UNREAD: ConversationCommands<UnreadKinds> = { rows: [unread], wording: WORDING };
