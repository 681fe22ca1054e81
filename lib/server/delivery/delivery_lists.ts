/**
 * Who gets what is said in a conversation, as the store told last. The store decides for each message which version of its
 * list holds; this only spares it from telling the same list with each.
 */

import type { ConversationId } from "../../base/ids.ts";
import type { Member } from "../../relay/message_log.ts";

/** The devices of a conversation, and the version of that list. */
export interface DeliveryList {
  readonly version: number;
  readonly members: readonly Member[];
}

/** Members of all lists together: about 10 MB. */
const MAX_MEMBERS = 50_000;

/** Keeps the lists that were used last. */
export class DeliveryLists {
  readonly #lists = new Map<ConversationId, DeliveryList>();
  #members = 0;

  find(conversation: ConversationId): DeliveryList | undefined {
    return this.#lists.get(conversation);
  }

  /** In place of the one before. The oldest ones go when there are too many. */
  keep(conversation: ConversationId, list: DeliveryList): void {
    this.#drop(conversation);
    this.#lists.set(conversation, list);
    this.#members += list.members.length;
    for (const oldest of this.#lists.keys()) {
      if (this.#members <= MAX_MEMBERS) break;
      this.#drop(oldest);
    }
  }

  #drop(conversation: ConversationId): void {
    this.#members -= this.#lists.get(conversation)?.members.length ?? 0;
    this.#lists.delete(conversation);
  }
}
