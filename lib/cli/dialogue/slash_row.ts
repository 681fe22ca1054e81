/** A slash command: a row of the table that can run, and what it may do with the dialogue. */

import type { VideoSettings } from "../../app/video_settings.ts";
import type { EnvelopeId } from "../../base/ids.ts";
import type { Client } from "../../client/client.ts";
import type { HandshakeResult } from "../../client/link/handshake.ts";
import type { ProfileKeeper } from "../../client/profile/keeper.ts";
import type { Contact } from "../../client/store/contacts.ts";
import type { AnswerPage } from "../../commands/command_row.ts";
import type { CommandSpec } from "../../commands/command_table.ts";
import type { ExitCode } from "../../commands/exit_code.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import type { RenderChoice } from "../../terminal/capability/capability.ts";
import type { ShellVoice } from "../../app/shells/shell.ts";
import type { ShownSource } from "../../app/video_surface.ts";
import type { SoundWays } from "../../media/sound/sound_ways.ts";
import type { Viewer } from "../video/viewer.ts";
import type { Aliases } from "./aliases.ts";
import type { HookSettings } from "./hook_settings.ts";
import type { LineSettings } from "./line_settings.ts";
import type { LineStyle } from "./chat_lines.ts";
import type { People } from "../../app/conversations/people.ts";
import type { RoomLabels } from "../../app/rooms/room_labels.ts";
import type { ChatSettings } from "./chat_settings.ts";
import type { Request } from "../../app/questions/requests.ts";
import type { ShownRequests } from "../../app/questions/shown_requests.ts";
import type { Partner } from "./partner.ts";
import type { AnswerOptions } from "../../terminal/lines/dialogue.ts";

/** One command of the dialogue. */
export interface SlashRow extends CommandSpec {
  /** It chooses where plain text goes: where it failed and nobody reads that, what follows is for nobody. */
  readonly choosesPartner?: true;
  /** Keeps the keyboard from the input line until it is done; `true`: where pictures are drawn. */
  readonly takesTerminal?:
    | true
    | ((chat: ChatContext, call: Pick<SlashCall, "values" | "offered">) => boolean);
  run(chat: ChatContext, call: SlashCall): Promise<void>;
}

/** How a command was called. */
export interface SlashCall {
  readonly values: CommandValues;
  /** From `user:/command` or `#room:/command`. */
  readonly to: Partner | undefined;
  /** The newest request that was shown when the line was begun, as `/y` calls it: what comes later is another question. */
  readonly offered: string | undefined;
  /** What is to be shown live, and what ends that. */
  readonly live?: { readonly source: ShownSource; readonly signal: AbortSignal };
  /** A rule of the person's runs it, while they may be typing: it changes nothing of where that goes. */
  readonly isRuled?: boolean;
}

/** Where a video can be drawn. */
export interface VideoSurface {
  /** Takes the screen; closing the viewer gives it back. Undefined where there is nothing to draw on. */
  readonly open:
    | ((options: { render: RenderChoice; signal: AbortSignal }) => Promise<Viewer>)
    | undefined;
  /** A path as the person means it. */
  resolve(path: string): string;
  /** Where files go that are taken. */
  readonly downloads: string;
  /** Whose files are listed and sent by number, if the person chose a folder. */
  readonly outbox?: string | undefined;
  /** Programs of the person's own that are told what happens. */
  readonly hooks?: HookSettings | undefined;
  /** Commands of the person's own. */
  readonly aliases?: Aliases | undefined;
  /** The settings of the person, for lines; left out where there are none. */
  readonly settings?: (() => Promise<LineSettings>) | undefined;
  /** How videos are watched when nothing else is said. */
  readonly video?: VideoSettings | undefined;
  /** What plays sound here; left out, nothing does. */
  findSound?(): Promise<SoundWays>;
}

/** The dialogue as commands see it. */
export interface ChatContext {
  readonly client: Client;
  readonly people: People;
  /** Names of rooms, as they were when they were needed last. */
  readonly rooms: RoomLabels;
  readonly settings: ChatSettings;
  /** All that others ask and no rule answers, whether it was shown or not. */
  asked(): Promise<readonly Request[]>;
  /** What waits for an answer, as far as it was shown. */
  readonly requests: ShownRequests;
  readonly stage: VideoSurface;
  readonly style: LineStyle;
  readonly signal: AbortSignal;
  /** Of a classic shell, which says things in its own words. */
  readonly voice: ShellVoice | undefined;
  /** With whom plain text is. */
  readonly partner: Partner | undefined;
  /** Whether a person is there to answer a question. */
  readonly isAttended: boolean;
  /** Another connection to this server, for what wants the password. The caller closes its link. */
  greet(): Promise<HandshakeResult>;
  /** Whether `ask` has where to ask. */
  readonly canAsk: boolean;
  /** An answer, for commands that take the terminal. Throws UsageError `no-input` where there is none to take. */
  ask(question: string, how: Pick<AnswerOptions, "isSecret" | "remark">): Promise<string>;
  /** Whether words for what is typed are shown beside it. */
  readonly showsRemarks: boolean;
  /** The profile's folder, for what its password opens. */
  keeper(): Promise<ProfileKeeper>;
  /** The text of a file that only its owner may read (SR-81). */
  readSecret(file: string): Promise<string>;
  /** Adds a line; what is foreign in it is made safe. */
  print(text: string): Promise<void>;
  /** Files and streams that are offered are drawn where they stand, and need no line. */
  readonly drawsCards?: boolean;
  /** Adds lines that belong together: none comes in between. */
  printAll(lines: readonly string[]): Promise<void>;
  /** Shows what a command answers as a page, where there are any; `lines` say the same. */
  showPage(page: AnswerPage, lines: readonly string[]): Promise<void>;
  /** Keeps lines back while `action` has the screen. */
  behindCurtain<Result>(action: () => Promise<Result>): Promise<Result>;
  /** Finds a contact by any spelling. Throws Refusal `unknown-account` with a suggestion. */
  findContact(name: string): Promise<Contact>;
  /** The same, or with `#` a room. Throws Refusal `unknown-room` or `not-member` too. */
  findPartner(name: string): Promise<Partner>;
  /** From now on plain text goes there. Throws UsageError `to-yourself`. */
  talkTo(partner: Partner): void;
  /** Takes the program's own lines away, where they can be. */
  clear(): Promise<void>;
  /** Plain text goes to nobody, until somebody is addressed. */
  talkToNobody(): void;
  /** A text was written down: shows it, and sends it. */
  wrote(to: Partner, text: { readonly id: EnvelopeId; readonly text: string }): Promise<void>;
  /** Sends what waits. */
  send(): void;
  /** Does something beside the conversation; what is wrong with it is told. It is awaited when the dialogue ends. */
  beside(task: (signal: AbortSignal) => Promise<void>): void;
  /** Shows what is new, or shows nothing more that comes in, as it stands with being busy. */
  look(): Promise<void>;
  /** A line was not sent, which a dialogue without a person ends with. */
  notSaid(exit: ExitCode): void;
  /** Ends the dialogue once what was said before is on its way. */
  leave(): void;
}
