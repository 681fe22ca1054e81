/** Rooms and people as a list of conversations shows them. Pure. */

import type { Peer } from "../../base/ids.ts";
import type { ListChoice, NotifyLevel } from "../../client/store/list_choices.ts";
import { isDirect } from "../../client/store/conversation_kinds.ts";
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
  /** Of what a notification tells. With `none` it is muted: last in the list, and not counted. */
  readonly notify: NotifyLevel;
  /** On top of the list. */
  readonly isPinned: boolean;
  /** What is to be said of its kind wherever it is shown. */
  readonly notice?: string;
}

/** Without a choice: in a room of what is meant for this person, with one other person of everything. */
export function usualNotify(peer: Peer): NotifyLevel {
  return isDirect(peer) ? "all" : "mentions";
}

/** Rooms, then everyone who was ever met or is on the server. */
export function listPeers(
  rooms: readonly ListedRoom[],
  people: readonly ListedPerson[],
  choices: ReadonlyMap<Peer, ListChoice>,
): readonly ListedPeer[] {
  const named = (peer: Peer, name: string) => {
    const choice = choices.get(peer);
    return {
      peer,
      name: showPeer(peer, name),
      typed: typeName(name),
      notify: choice?.notify ?? usualNotify(peer),
      isPinned: choice?.isPinned ?? false,
    };
  };
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
