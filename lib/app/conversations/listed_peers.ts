/** Rooms and people as a list of conversations shows them. Pure. */

import type { Peer } from "../../base/ids.ts";
import { showPeer, typeName } from "../names.ts";
import type { ListedRoom } from "../rooms/room_labels.ts";
import type { ListedPerson } from "./people.ts";

/** Somebody, or a room, as the list shows them. Names are foreign text. */
export interface ListedPeer {
  readonly peer: Peer;
  /** As it is shown: `bob`, `#ops`. */
  readonly name: string;
  /** As it is typed behind a command. */
  readonly typed: string;
  readonly presence: "here" | "away" | "busy" | "room";
  readonly trust: "verified" | "unverified" | "changed";
  /** A room's topic. */
  readonly about: string;
  /** What is to be said of its kind wherever it is shown. */
  readonly notice?: string;
}

/** Rooms, then everyone who was ever met or is on the server. */
export function listPeers(
  rooms: readonly ListedRoom[],
  people: readonly ListedPerson[],
): readonly ListedPeer[] {
  const named = (peer: Peer, name: string) => ({
    peer,
    name: showPeer(peer, name),
    typed: typeName(name),
  });
  return [
    ...rooms.map(({ room, label, topic, notice }): ListedPeer => ({
      ...named(room, label),
      presence: "room",
      trust: "unverified",
      about: topic,
      ...(notice === undefined ? {} : { notice }),
    })),
    ...people.map(({ account, name, isOnline, isBusy, trust }): ListedPeer => ({
      ...named(account, name),
      presence: isBusy ? "busy" : isOnline ? "here" : "away",
      trust,
      about: "",
    })),
  ];
}
