/** Saying an emoji of a text: all that this account says of it travels each time. */

import { UsageError } from "../../base/errors.ts";
import type { EnvelopeId } from "../../base/ids.ts";
import { parseEmoji } from "../../protocol/peer/emoji.ts";
import type { PlacedEntry } from "../store/history.ts";
import type { Messenger } from "../store/messenger.ts";
import { writeChange, type WrittenChange } from "./change_writing.ts";
import { openReaction } from "./facts.ts";

/** Adds an emoji to what this account says of a text, or takes it out. Throws as `Talk.react`. */
export async function writeReaction(
  messenger: Messenger,
  target: PlacedEntry,
  { typed, on, id }: {
    readonly typed: string;
    readonly on: boolean;
    readonly id?: EnvelopeId | undefined;
  },
): Promise<WrittenChange> {
  const emoji = parseEmoji(typed);
  if (emoji === undefined) {
    throw new UsageError("no-emoji", `This is not one emoji: ${typed}. Example: 👍 or :+1:`);
  }
  const { account } = messenger.profile.own;
  const last = messenger.history.changes.last(target.id, "reaction", account);
  const emojis = last === undefined ? [] : (await openReaction(messenger, last)).emojis;
  if (emojis.includes(emoji) === on) {
    const text = on ? `You have said ${emoji} to this message` : `You have not said ${emoji} to it`;
    throw new UsageError("same-reaction", text);
  }
  const next = on ? [...emojis, emoji] : emojis.filter((one) => one !== emoji);
  return await writeChange(messenger, target, { kind: "reaction", emojis: next }, { id });
}
