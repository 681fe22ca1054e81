/**
 * Ids that somebody chose for what a command sends, and what each is for (decision 0060). What is said is no part of it: the
 * history has that, until it is erased.
 */

import { equalBytes, utf8 } from "../../base/bytes.ts";
import type { EnvelopeId, Peer } from "../../base/ids.ts";
import type { Profile } from "../profile/profile.ts";

/** What is done, to whom and with what, as it was asked for: asked again it is the same, whatever it comes to by then. */
export interface IdUse {
  readonly peer: Peer;
  /** The command and its arguments but texts. */
  readonly words: readonly string[];
}

/**
 * Whether an id is for this. `isWritten`: something was written with it, and what that was for is compared, where it was
 * noted; else this is noted.
 */
export async function isChosenFor(
  { database, vault }: Profile,
  id: EnvelopeId,
  { peer, words, isWritten }: IdUse & { readonly isWritten: boolean },
): Promise<boolean> {
  const use = utf8(JSON.stringify([peer, ...words]));
  if (!isWritten) {
    const sealed = await vault.seal("chosen_id", id, use);
    database.command("INSERT OR REPLACE INTO chosen_id (id, sealed) VALUES (?, ?)").run(id, sealed);
    return true;
  }
  const kept = database.bytes("SELECT sealed FROM chosen_id WHERE id = ?", id);
  return kept === undefined || equalBytes(await vault.open("chosen_id", id, kept), use);
}
