/** Words about transfers: written down like texts, sealed and sent like texts. */

import type { EnvelopeId, Peer, TransferId } from "../../base/ids.ts";
import { type DraftFields, draftMessage, Drafts } from "../store/drafts.ts";
import { FILE_MESSAGES, type FileMessage } from "../../protocol/peer/file.ts";
import { type Messenger, type Notice, noticeEntry, record } from "../store/messenger.ts";
import type { Profile } from "../profile/profile.ts";

/** What is said of a transfer, besides its place in the chain. */
export type FileWord = {
  [Kind in FileMessage["kind"]]:
    & { readonly kind: Kind }
    & Omit<DraftFields<(typeof FILE_MESSAGES)[Kind]>, "transfer">;
}[FileMessage["kind"]];

/** A word on its way. */
export interface FileControlMessage {
  /** Who hears it, or the room. */
  readonly peer: Peer;
  readonly transfer: TransferId;
  readonly word: FileWord;
}

/** A line for the person, in the conversation that a transfer belongs to. */
export type TransferLine = Omit<Notice, "conversation">;

/**
 * Writes a word down in one transaction with `also`, which is given its id, and with the line that tells the person of it;
 * when `also` says no, nothing is written. It goes out by the next `SyncEngine.send`.
 */
export async function say(
  messenger: Messenger,
  controlMessage: FileControlMessage,
  also: (id: EnvelopeId) => boolean = () => true,
  told?: TransferLine,
): Promise<boolean> {
  const { id, writeDown } = await seal(messenger, controlMessage);
  return await tell(messenger, told, () => {
    if (!also(id)) return false;
    writeDown();
    return true;
  });
}

/** Writes a line for the person, if there is one, in one transaction with `also`; when that says no, nothing is written. */
export async function tell(
  messenger: Messenger,
  told: TransferLine | undefined,
  also: () => boolean = () => true,
): Promise<boolean> {
  if (told === undefined) return messenger.profile.database.transaction(also);
  const conversation = messenger.conversations.openWith(told.peer)?.conversation;
  return await record(messenger, [noticeEntry(messenger, { ...told, conversation })], also);
}

/** Seals a word. `writeDown` is called inside a transaction, for more than one in one. */
export function seal(
  { drafts }: Messenger,
  { peer, transfer, word }: FileControlMessage,
): ReturnType<Drafts["prepare"]> {
  const { kind, ...fields } = word;
  return drafts.prepare(peer, { kind, fields: { ...fields, transfer } });
}

/** That an offer cannot be taken. What is returned writes it down, inside a transaction. */
export async function refusalOf(
  profile: Profile,
  { peer, transfer }: Pick<FileControlMessage, "peer" | "transfer">,
): Promise<() => void> {
  const refusal = draftMessage(FILE_MESSAGES["file.cancel"], { transfer, reason: "refused" });
  const { writeDown } = await new Drafts(profile).prepare(peer, refusal);
  return writeDown;
}
