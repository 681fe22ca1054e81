/** What the command line gives a full screen to talk with. It fits what the full screen asks for (`tui/talk.ts`). */

import type { Peer } from "../../base/ids.ts";
import type { Client } from "../../client/client.ts";
import type { AppEvent } from "../../app/events.ts";
import type { PlacedEntry } from "../../client/store/history.ts";
import type { CommandSpec, CommandTable } from "../../commands/command_table.ts";
import type { Completion } from "../../terminal/completing.ts";

/** What happens while a full screen is open. */
export type ScreenNews =
  | AppEvent
  /** `place`: where it was asked for; `open`: nobody asked; undefined: beside the conversations. */
  | { readonly type: "line"; readonly text: string; readonly place: Peer | "open" | undefined }
  | { readonly type: "partner"; readonly peer: Peer };

/** What a full screen may ask at any time. */
export interface FactsFace {
  readonly commands: CommandTable<CommandSpec>;
  nameOf(peer: Peer): string;
  isVerified(peer: Peer): boolean;
  wordsOf(entry: PlacedEntry): { readonly mark: string | undefined; readonly text: string };
  complete(before: string): Completion;
}

/** The conversation behind a full screen. */
export interface TalkFace {
  readonly client: Client;
  readonly facts: FactsFace;
  run(onNews: (news: ScreenNews) => void, marks: { keepMarks(): void }): Promise<void>;
  offered(): string | undefined;
  enter(line: string, place: Peer | undefined, offered?: string): Promise<void>;
  leave(): void;
}
