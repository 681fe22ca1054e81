/** The stores of one profile, made once. */

import type { Profile } from "../profile/profile.ts";
import { Attention } from "./attention.ts";
import { Contacts } from "./contacts.ts";
import { Conversations } from "./conversations.ts";
import { Directory } from "./directory.ts";
import { Drafts } from "./drafts.ts";
import { Groups } from "./groups.ts";
import { History } from "./history.ts";
import { ListChoices } from "./list_choices.ts";
import { Outbox } from "./outbox.ts";

/** What a profile keeps of conversations. */
export interface Stores {
  readonly profile: Profile;
  readonly contacts: Contacts;
  readonly conversations: Conversations;
  readonly groups: Groups;
  readonly drafts: Drafts;
  readonly outbox: Outbox;
  readonly history: History;
  readonly directory: Directory;
  readonly listChoices: ListChoices;
  readonly attention: Attention;
}

/** Makes them of an unlocked profile: all that somebody needs who neither sends nor receives. */
export function makeStores(profile: Profile): Stores {
  const { database, vault } = profile;
  return {
    profile,
    contacts: new Contacts(profile),
    conversations: new Conversations(database),
    groups: new Groups(profile),
    drafts: new Drafts(profile),
    outbox: new Outbox(database),
    history: new History(database, vault),
    directory: new Directory(profile),
    listChoices: new ListChoices(database),
    attention: new Attention(database),
  };
}
