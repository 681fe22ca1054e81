/** From how a person names a message to the message. */

import { Refusal } from "../../base/errors.ts";
import type { Peer } from "../../base/ids.ts";
import type { MessageRef } from "../../commands/message_ref.ts";
import type { History, PlacedEntry } from "../store/history.ts";

/** A message, and where to look for it. */
export interface Asked {
  readonly peer: Peer;
  readonly ref: MessageRef;
  /** Whether from the end only own ones are counted. */
  readonly own: boolean;
}

/** Throws Refusal `unknown-message`. */
export async function findText(history: History, asked: Asked): Promise<PlacedEntry> {
  const [place, ...others] = placesOf(history, asked);
  if (others.length > 0) {
    throw new Refusal("unknown-message", "Two messages here have this number: say the id of one");
  }
  const [found] = place === undefined ? [] : await history.at([place]);
  if (found === undefined) throw new Refusal("unknown-message", notThere(asked));
  return found;
}

function placesOf({ index }: History, { peer, ref, own }: Asked): readonly number[] {
  switch (ref.kind) {
    case "id": {
      const found = index.text(ref.id);
      return found?.peer === peer && found.state !== "erased" ? [found.place] : [];
    }
    case "number":
      return index.numbered(peer, ref.number).map(({ place }) => place);
    case "from-end": {
      const wanted = { peer, kinds: ["text"] as const, ...(own ? { own } : {}) };
      return index.newest(wanted, ref.count).slice(ref.count - 1);
    }
  }
}

function notThere({ ref, own }: Asked): string {
  switch (ref.kind) {
    case "id":
      return `There is no message ${ref.id} in this conversation`;
    case "number":
      return `There is no message ${ref.number} in this conversation`;
    case "from-end":
      return `There are not so many messages${
        own ? " of yours" : ""
      } in this conversation: -${ref.count}`;
  }
}
