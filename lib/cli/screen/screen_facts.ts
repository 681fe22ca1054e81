/** What a full screen may ask at any time: names, lists, completions. */

import { isRoom, type Peer } from "../../base/ids.ts";
import type { PlacedEntry } from "../../client/store/history.ts";
import type { CommandSpec, CommandTable } from "../../commands/command_table.ts";
import { replaceEmoticons } from "../../commands/emoticons.ts";
import type { Completion } from "../../commands/completion.ts";
import { completeAt } from "../dialogue/completable.ts";
import type { Dialogue } from "../dialogue/dialogue.ts";
import { showName } from "../../app/names.ts";
import { SLASH_TABLE } from "../dialogue/slash_table.ts";
import { protectionMark } from "../../app/talk/entry_lines.ts";
import { changeSummary, deletedWords } from "../../app/talk/change_words.ts";
import type { TalkFacts } from "../../app/conversations/talk.ts";

/** Reads from a desk. */
export class ScreenFacts implements TalkFacts {
  /** Every slash command. */
  readonly commands: CommandTable<CommandSpec> = SLASH_TABLE;
  readonly #desk: Dialogue;

  constructor(desk: Dialogue) {
    this.#desk = desk;
  }

  /** Who and what can be named, for the shells of this person. */
  get named(): Pick<Dialogue, "people" | "rooms"> {
    return this.#desk;
  }

  nameOf(peer: Peer): string {
    return isRoom(peer) ? this.#desk.rooms.labelOf(peer) : this.#desk.people.nameOf(peer);
  }

  isVerified(peer: Peer): boolean {
    return this.#desk.people.isVerified(peer);
  }

  /** A text of somebody as it is shown, and what stands before it. */
  wordsOf(entry: PlacedEntry): { readonly mark: string | undefined; readonly text: string } {
    const { emoticons } = this.#desk.settings;
    const nameOf = (peer: Peer) => showName(this.nameOf(peer));
    if (entry.deletedBy !== undefined) {
      return { mark: undefined, text: deletedWords(entry, nameOf) };
    }
    if (entry.kind === "change") {
      const { index } = this.#desk.client.messenger.history;
      return {
        mark: undefined,
        text: changeSummary(entry, index.text(entry.change?.target ?? "")?.number, nameOf),
      };
    }
    const isSaid = entry.kind !== "notice";
    return {
      mark: isSaid ? protectionMark(entry) : undefined,
      text: emoticons && isSaid ? replaceEmoticons(entry.text) : entry.text,
    };
  }

  /** What can stand in place of the end of a line that begins with a slash, or with a name and one. */
  complete(before: string): Completion {
    return completeAt(this.#desk, before);
  }
}
