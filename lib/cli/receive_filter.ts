/** Which entries `receive` shows. */

import type { Peer } from "../base/ids.ts";
import type { Client } from "../client/client.ts";
import type { HistoryEntry } from "../client/store/history.ts";
import type { CommandValues } from "../commands/command_values.ts";
import { findContact } from "../app/find_contact.ts";
import { storedRoom } from "../app/rooms/find_room.ts";

/** What `--from` and `--room` leave, once they are found, with a connection. */
export function makeFilter(
  client: Client,
  values: CommandValues,
): () => Promise<(entry: Pick<HistoryEntry, "from" | "peer">) => boolean> {
  const name = values.option("--from");
  const room = values.option("--room");
  let from: Peer | undefined;
  let place: Peer | undefined;
  return async () => {
    if (name !== undefined) from ??= (await findContact(client, name)).account;
    if (room !== undefined) place ??= await storedRoom(client, room);
    return (entry) =>
      (from === undefined || entry.from === from) && (place === undefined || entry.peer === place);
  };
}
