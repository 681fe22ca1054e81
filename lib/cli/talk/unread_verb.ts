/** The verb unread, and what `/unread` shows. */

import { isRoom, type Peer, roomNumber } from "../../base/ids.ts";
import type { Client } from "../../client/client.ts";
import { EXIT } from "../../commands/exit_code.ts";
import { showPeer } from "../dialogue/names.ts";
import { knownPeer } from "../nobody.ts";
import { RoomLabels } from "../rooms/room_labels.ts";
import type { Verb } from "../verb.ts";

/** One line of it. */
export interface UnreadLine {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly line: string;
}

/** How much is new, by conversation; of one even when nothing is. */
export async function unreadLines(
  client: Client,
  peer: Peer | undefined,
  nameOf: (peer: Peer) => string = (peer) => peer,
): Promise<readonly UnreadLine[]> {
  const all = client.talk.unread();
  const wanted = peer === undefined
    ? all
    : [all.find((it) => it.peer === peer) ?? { peer, unread: 0 }];
  const rooms = await RoomLabels.of(client);
  return wanted.map(({ peer, unread }) => {
    if (peer === undefined) {
      return { fields: { broadcasts: true, unread }, line: `# broadcasts ${unread}` };
    }
    const room = isRoom(peer) ? { room: roomNumber(peer), roomName: rooms.nameOf(peer) } : {};
    const name = isRoom(peer) ? rooms.labelOf(peer) : nameOf(peer);
    return { fields: { with: peer, ...room, unread }, line: `${showPeer(peer, name)} ${unread}` };
  });
}

/** The row of `unread`. */
export const UNREAD_VERB: Verb = {
  name: "unread",
  aliases: ["new"],
  group: "Messages",
  summary: "say how many messages are new, by conversation",
  details:
    "From this machine, without a connection: receive brings what has arrived since. Nothing counts as read by it.",
  arguments: [{ name: "NAME", summary: "with whom, or a room as #256 or #ops", required: false }],
  options: [],
  examples: [{ line: "unread --json", summary: "one object for each conversation" }],
  exitCodes: [3, 4, 6],
  async run(context, values) {
    const client = await context.openClient();
    const name = values.argument("NAME");
    const peer = name === undefined ? undefined : await knownPeer(client, name);
    const lines = await unreadLines(client, peer);
    for (const { fields, line } of lines) await context.output.fact("unread", fields, line);
    if (lines.length === 0) await context.output.note("nothing is new");
    return EXIT.done;
  },
};
