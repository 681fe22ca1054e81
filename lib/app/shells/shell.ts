/**
 * What a classic shell is to whoever knows the commands and the way to the server: the words of one of the seeds. Front ends do
 * not import one another: the program's entry passes one in.
 */

import type { Wording } from "../../commands/wording.ts";
import type { AppEvent, ShownEntry } from "../events.ts";
import type { Names } from "../talk/entry_words.ts";

/** Shells with a server. The fifth, of two people without one, is the command p2p. */
export const SHELL_NAMES = ["toom", "menu", "chatroom", "uag"] as const;
/** One of them. */
export type ShellName = typeof SHELL_NAMES[number];

/** What went wrong, with what is said of it elsewhere. */
export interface Failed {
  /** Stable. */
  readonly code: string;
  /** Foreign text may be in it. */
  readonly text: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** How somebody comes in. */
export interface EntryWords {
  /** Before the first question. */
  readonly before: readonly string[];
  /** Asks whether they are new, by `y` or `n`; without it nobody is asked. */
  readonly isNew?: string;
  readonly name: string;
  /** Without the colon, as secrets are asked for. */
  readonly password: string;
  /** Whether a profile that is signed in goes without its password. */
  readonly trustsProfile: boolean;
  /** Whether a name that does not open with this password is registered, if nobody has it. */
  readonly registers: boolean;
  /** Whether a wrong password is asked for again, and a name that is taken too. */
  readonly asksAgain: boolean;
  /** The server has said hello, and the password is on its way. */
  readonly entering: readonly string[];
  failed(failed: Failed): string;
}

/** What a shell may know at any time. */
export interface ShellFacts {
  /** Whose shell it is. */
  readonly own: string;
  /** The running number of this session on the server; undefined without a connection. */
  readonly session: number | undefined;
  /** By name, oneself too. */
  readonly active: readonly string[];
  readonly names: Names;
  /** Somebody by this very name who is not there now. */
  isAway(name: string): boolean;
  /** The room that one talks in, else the one with the lowest number: `#256`. */
  readonly room: string | undefined;
}

/** A row of the table of slash commands, and what is given to it. */
export interface ShellCall {
  readonly row: string;
  readonly given?: Readonly<Record<string, readonly string[]>>;
  readonly options?: Readonly<Record<string, string | true>>;
}

/** What a line does. */
export type Step =
  | { readonly kind: "say"; readonly lines: readonly string[] }
  | { readonly kind: "call"; readonly call: ShellCall }
  /**
   * As the line dialogue reads it: a slash command, or `bob:hi`. `unaddressed` is said of a text that names nobody, which then
   * goes nowhere; without it such a text goes where plain text goes.
   */
  | { readonly kind: "line"; readonly line: string; readonly unaddressed?: readonly string[] }
  /** Says so where a request, a file or an invitation waits for an answer. */
  | { readonly kind: "waiting"; readonly lines: readonly string[] }
  | { readonly kind: "leave" };

/** What the line dialogue asks for words. */
export interface ShellVoice {
  /** The words of a group, `usual` where this shell has none of its own. `of`: the group's own table, by which it is known. */
  reword<Kinds extends object>(of: Wording<Kinds>, usual: Wording<Kinds>): Wording<Kinds>;
  /** The files that can be sent, by their numbers; undefined: as usual. */
  files(names: Readonly<Record<string, string>>): readonly string[] | undefined;
}

/** One run of a shell. */
export interface ShellTalk extends ShellVoice {
  /** Stands before the next line. */
  prompt(): string;
  /** Once somebody is in. */
  greeting(): readonly string[];
  /** What a line of the person's does, one step after the other. */
  take(line: string): readonly Step[];
  /** After the steps of a line, whatever came of them. */
  after(): readonly string[];
  /** What was said, or a line of the program; undefined: as the dialogue says it. */
  entry(shown: ShownEntry): readonly string[] | undefined;
  /** What else happens; undefined likewise. */
  news(event: Exclude<AppEvent, { type: "entry" | "started" | "ready" }>):
    | readonly string[]
    | undefined;
  failed(failed: Failed): string;
  farewell(): readonly string[];
}

/** A shell. */
export interface Shell {
  readonly entry: EntryWords;
  /** Folders beside the person for files that go and that come; without it, those of the settings (row S0.03). */
  readonly folders?: { readonly outbox: string; readonly inbox: string };
  /** Whether what is said to everyone and in rooms is written into readable files beside the person (rows S3.17, S3.36). */
  readonly keepsLogs: boolean;
  open(facts: ShellFacts): ShellTalk;
}

/** Loads one. */
export type OpenShell = (name: ShellName) => Promise<Shell>;
