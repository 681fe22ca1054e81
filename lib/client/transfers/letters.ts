/** Words about transfers: written down like texts, sealed and sent like texts. */

import {
  type AccountId,
  type EnvelopeId,
  newEnvelopeId,
  type Peer,
  type TransferId,
} from "../../base/ids.ts";
import type { PeerFields } from "../../protocol/peer/mod.ts";
import { draftChain } from "../messaging/drafts.ts";
import type { DirectMessage, FileMessage } from "../messaging/inbound.ts";
import type { Messenger } from "../messaging/messenger.ts";

/** What is said of a transfer, besides its place in the chain. */
export type FileWord = {
  [Kind in FileMessage["kind"]]:
    & { readonly kind: Kind }
    & Omit<PeerFields<Kind>, "v" | "id" | "number" | "previous" | "restart" | "transfer">;
}[FileMessage["kind"]];

/** A word on its way. */
export interface Letter {
  /** Who hears it, or the room. */
  readonly peer: Peer;
  readonly transfer: TransferId;
  readonly word: FileWord;
}

/**
 * Writes a word down in one transaction with `also`, which is given its id; when that says no, nothing is written. It goes out by the next
 * `Courier.send`.
 */
export async function say(
  { profile, drafts }: Messenger,
  { peer, transfer, word }: Letter,
  also: (id: EnvelopeId) => boolean = () => true,
): Promise<boolean> {
  const id = newEnvelopeId(profile.random);
  const { kind, ...fields } = word;
  // Kind and fields come from one word, which the union does not show.
  const message = { kind, fields: { ...draftChain(id), transfer, ...fields } } as FileMessage;
  const sealed = await drafts.seal({ id, message });
  return profile.database.transaction(() => {
    if (!also(id)) return false;
    drafts.insert(peer, id, sealed);
    return true;
  });
}

/** What is said of a direct connection, besides its place in the chain. */
export type DirectWord = {
  [Kind in DirectMessage["kind"]]: {
    readonly kind: Kind;
    readonly fields: Omit<PeerFields<Kind>, "v" | "id" | "number" | "previous" | "restart">;
  };
}[DirectMessage["kind"]];

/** Writes it down as `say` does. */
export async function sayDirect(
  { profile, drafts }: Messenger,
  peer: AccountId,
  { kind, fields }: DirectWord,
): Promise<void> {
  const id = newEnvelopeId(profile.random);
  // Kind and fields come from one word, which the union does not show.
  const message = { kind, fields: { ...draftChain(id), ...fields } } as DirectMessage;
  const sealed = await drafts.seal({ id, message });
  profile.database.transaction(() => drafts.insert(peer, id, sealed));
}
