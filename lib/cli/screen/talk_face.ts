/** What the command line gives a full screen to talk with. It fits what the full screen asks for (`tui/talk.ts`). */

import type { Peer } from "../../base/ids.ts";
import type { Client } from "../../client/client.ts";
import type { PlacedEntry } from "../../client/store/history.ts";
import type { CommandSpec, CommandTable } from "../../commands/command_table.ts";
import type { Completion } from "../../terminal/completing.ts";

/** What happens while a full screen is open. */
export type ScreenNews =
  | { readonly type: "entry"; readonly entry: PlacedEntry }
  /** `place`: where it was asked for; `open`: nobody asked; undefined: beside the conversations. */
  | { readonly type: "line"; readonly text: string; readonly place: Peer | "open" | undefined }
  | { readonly type: "list" }
  | { readonly type: "connection"; readonly state: "starting" | "online" | "offline" }
  | { readonly type: "partner"; readonly peer: Peer }
  | { readonly type: "delivery"; readonly id: string }
  /** Something was read at another device; undefined: broadcasts. */
  | { readonly type: "read"; readonly peer: Peer | undefined }
  /** Something that was to disappear is erased. */
  | { readonly type: "gone" }
  | { readonly type: "transfers"; readonly words: string }
  /** What waits for the person's word, all of it. */
  | { readonly type: "asks"; readonly asks: readonly AskedOf[] }
  | { readonly type: "quiet"; readonly waiting: number | undefined };

/** A request, and the lines that answer it. */
export interface AskedOf {
  readonly key: string;
  readonly words: string;
  readonly accept: string;
  readonly decline: string;
  /** What a stranger wrote, which is shown where it is answered, and a line that blocks them. Foreign text. */
  readonly stranger?: { readonly wrote: string; readonly block: string };
  readonly untilMs: number;
}

/** Somebody, or a room, as a list shows them. */
export interface Listed {
  readonly peer: Peer;
  readonly name: string;
  /** As it is typed behind a command. */
  readonly typed: string;
  readonly presence: "here" | "away" | "busy" | "room";
  readonly trust: "verified" | "unverified" | "changed";
  /** A room's topic. */
  readonly about: string;
}

/** What a full screen may ask at any time. */
export interface FactsFace {
  readonly commands: CommandTable<CommandSpec>;
  list(): readonly Listed[];
  nameOf(peer: Peer): string;
  isVerified(peer: Peer): boolean;
  wordsOf(entry: PlacedEntry): { readonly mark: string | undefined; readonly text: string };
  complete(before: string): Completion;
}

/** The conversation behind a full screen. */
export interface TalkFace {
  readonly client: Client;
  readonly facts: FactsFace;
  run(onNews: (news: ScreenNews) => void): Promise<void>;
  offered(): string | undefined;
  enter(line: string, place: Peer | undefined, offered?: string): Promise<void>;
  leave(): void;
}
