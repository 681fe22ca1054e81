/** The stores of one profile, made once. */

import { CertificateVerifier } from "../../crypto/mls/certificates.ts";
import type { Profile } from "../profile/profile.ts";
import { Chains } from "./chains.ts";
import { Contacts } from "./contacts.ts";
import { Conversations } from "./conversations.ts";
import { DeferredEnvelopes } from "./deferred.ts";
import { Directory } from "./directory.ts";
import { Drafts } from "./drafts.ts";
import { Groups } from "./groups.ts";
import { History } from "./history.ts";
import { Outbox } from "./outbox.ts";

/** What a profile keeps of conversations. */
export interface Stores {
  readonly profile: Profile;
  readonly verifier: CertificateVerifier;
  readonly contacts: Contacts;
  readonly conversations: Conversations;
  readonly groups: Groups;
  readonly chains: Chains;
  readonly drafts: Drafts;
  readonly outbox: Outbox;
  readonly parked: DeferredEnvelopes;
  readonly history: History;
  readonly directory: Directory;
}

/** Makes them of an unlocked profile: all that somebody needs who neither sends nor receives. */
export function makeStores(profile: Profile): Stores {
  const { database, vault } = profile;
  const directory = new Directory(profile);
  return {
    profile,
    directory,
    verifier: new CertificateVerifier(profile.own.serverId, directory),
    contacts: new Contacts(profile),
    conversations: new Conversations(database),
    groups: new Groups(profile),
    chains: new Chains(database),
    drafts: new Drafts(profile),
    outbox: new Outbox(database),
    parked: new DeferredEnvelopes(database),
    history: new History(database, vault),
  };
}
