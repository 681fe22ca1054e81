/** A slash command: a row of the table that can run, and what it may do with the dialogue. */

import type { Client } from "../../client/client.ts";
import type { Greeted } from "../../client/greeting.ts";
import type { ProfileKeeper } from "../../client/profile/keeper.ts";
import type { Contact } from "../../client/messaging/contacts.ts";
import type { CommandSpec } from "../../commands/command_table.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import type { RenderChoice } from "../../terminal/capability.ts";
import type { Viewer } from "../video/viewer.ts";
import type { LineStyle } from "./chat_lines.ts";
import type { RoomLabels } from "../rooms/room_labels.ts";
import type { Partner } from "./partner.ts";
import type { People } from "./people.ts";

/** One command of the dialogue. */
export interface SlashRow extends CommandSpec {
  /** True keeps the keyboard from the input line until it is done. */
  readonly takesTerminal?: true | ((chat: ChatHands, values: CommandValues) => boolean);
  run(chat: ChatHands, call: SlashCall): Promise<void>;
}

/** How a command was called. */
export interface SlashCall {
  readonly values: CommandValues;
  /** From `user:/command` or `#room:/command`. */
  readonly to: Partner | undefined;
  /** The newest offer when the line was typed, as `/y` calls it: what comes later is another question. */
  readonly offered: string | undefined;
}

/** What the person can switch. */
export interface ChatSettings {
  emoticons: boolean;
  /** Whether to tell when what was said is delivered. */
  receipts: boolean;
}

/** Where a video can be drawn. */
export interface Stage {
  /** Takes the screen; closing the viewer gives it back. Undefined where there is nothing to draw on. */
  readonly open:
    | ((options: { render: RenderChoice; signal: AbortSignal }) => Promise<Viewer>)
    | undefined;
  /** A path as the person means it. */
  resolve(path: string): string;
  /** Where files go that are taken. */
  readonly downloads: string;
}

/** The dialogue as commands see it. */
export interface ChatHands {
  readonly client: Client;
  readonly people: People;
  /** Names of rooms, as they were when they were needed last. */
  readonly rooms: RoomLabels;
  readonly settings: ChatSettings;
  readonly stage: Stage;
  readonly style: LineStyle;
  readonly signal: AbortSignal;
  /** With whom plain text is. */
  readonly partner: Partner | undefined;
  /** Another connection to this server, for what wants the password. The caller closes its link. */
  greet(): Promise<Greeted>;
  /** A password, hidden; for commands that take the terminal. Throws UsageError `no-input` where it would be seen. */
  askSecret(question: string): Promise<string>;
  /** The profile's folder, for what its password opens. */
  keeper(): Promise<ProfileKeeper>;
  /** The text of a file that only its owner may read (SR-81). */
  readSecret(file: string): Promise<string>;
  /** Adds a line; what is foreign in it is made safe. */
  print(text: string): Promise<void>;
  /** Adds lines that belong together: none comes in between. */
  printAll(lines: readonly string[]): Promise<void>;
  /** Keeps lines back while `action` has the screen; tells it how many, and the last. */
  behindCurtain(action: (aside: () => string | undefined) => Promise<void>): Promise<void>;
  /** Finds a contact by any spelling. Throws Refusal `unknown-account` with a suggestion. */
  findContact(name: string): Promise<Contact>;
  /** The same, or with `#` a room. Throws Refusal `unknown-room` or `not-member` too. */
  findPartner(name: string): Promise<Partner>;
  /** From now on plain text goes there. Throws UsageError `to-yourself`. */
  talkTo(partner: Partner): void;
  /** Says a text, and makes this the conversation that plain text goes to. */
  say(to: Partner, text: string): Promise<void>;
  /** Sends what waits. */
  send(): void;
  /** Does something beside the conversation; what is wrong with it is told. It is awaited when the dialogue ends. */
  beside(task: (signal: AbortSignal) => Promise<void>): void;
  /** Shows what is new, or shows nothing more that comes in, as it stands with being busy. */
  look(): Promise<void>;
  /** Ends the dialogue once what was said before is on its way. */
  leave(): void;
}
