/**
 * What a full screen needs of whoever knows the commands, the names and the way to the server. Front ends do not import one
 * another: the program's entry passes it in.
 */

import { utf8 } from "../../base/bytes.ts";
import type { Peer } from "../../base/ids.ts";
import { MAX_TEXT_BYTES } from "../../protocol/peer/chat.ts";
import type { Place } from "./model.ts";
import type { AppEvent } from "../events.ts";
import type { Names } from "../talk/entry_words.ts";
import type { Client } from "../../client/client.ts";
import type { AnswerPage } from "../../commands/command_row.ts";
import type { CommandSpec, CommandTable } from "../../commands/command_table.ts";
import type { Completion } from "../../commands/completion.ts";

/** What happens while the screen is open. */
export type TalkNews =
  | AppEvent
  /**
   * Something the program says now. `place` is where it was asked for; `open` when nobody asked: wherever the person is. Foreign
   * text may be in it.
   */
  | {
    readonly type: "line";
    readonly text: string;
    readonly place: Place | "open";
    /** It is about something that happened, and no answer to what was typed there. */
    readonly isNews?: true;
  }
  /** What a command answers is a page; `lines` say the same, and foreign text may be in them. */
  | {
    readonly type: "page";
    readonly page: AnswerPage;
    readonly lines: readonly string[];
    readonly place: Place | "open";
  }
  /**
   * A command chose another conversation, where what it says from now on stands; undefined: it closed the one where it was typed,
   * which is `from`.
   */
  | { readonly type: "partner"; readonly peer: Peer | undefined; readonly from: Place | "open" }
  /** The program's own lines go from the page where this was typed. */
  | { readonly type: "clear"; readonly place: Place };

/** What can be asked at any time, and is answered at once. */
export interface TalkFacts {
  /** Every slash command. */
  readonly commands: CommandTable<CommandSpec>;
  /** As they are now. */
  readonly names: Names;
  /** What can stand in place of the end of a line that begins with a slash. */
  complete(before: string): Completion;
}

/** Whether a text has room in one message. */
export function fitsMessage(text: string): boolean {
  return utf8(text).length <= MAX_TEXT_BYTES;
}

/** The conversation behind the screen. */
export interface Talk {
  readonly client: Client;
  readonly facts: TalkFacts;
  /**
   * Connects, and stays so until the person leaves; rejects with what cannot be mended. `keepMarks` writes down what was read.
   * Once.
   */
  run(onNews: (news: TalkNews) => void, marks: { keepMarks(): void }): Promise<void>;
  /** What `/y` without a word would be about now: to be asked as a line is begun, since what comes later is another question. */
  offered(): string | undefined;
  /**
   * Runs a line that was typed at `place`: a command, or words. `offered` as it was when the line was begun; undefined where it
   * answers nothing, or says what. What it says, and what was wrong, comes as news of type `line`.
   */
  enter(line: string, place: Place, offered?: string): Promise<void>;
  /** The person types a text at `place`. Returns at once. */
  typing?(place: Place): void;
  /** Keeps a long text as a file of the person's, says where, and offers it at `place`. */
  sendAsFile(text: string, place: Place): Promise<void>;
  /** Ends `run` once what was said is on its way. */
  leave(): void;
}
