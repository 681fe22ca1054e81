/**
 * A command as one row: what it is called, what it takes, what it needs and what it does. Verbs, slash commands, help, man
 * pages and completions are views on rows; what a row answers is put into words by the tables of `wording.ts`.
 */

import type { Clock } from "../base/clock.ts";
import type { AccountId, EnvelopeId, Peer } from "../base/ids.ts";
import { type ArgumentSpec, type CommandSpec, type Whole, whole } from "./command_table.ts";
import type { CommandValues } from "./command_values.ts";
import type { ExitCode } from "./exit_code.ts";
import type { Report } from "./wording.ts";

/**
 * What must be there before a row runs: a profile; a connection, over which its conversations go; everything that had arrived
 * there; the same, and what arrives while it runs; a conversation to do it in. `server`: it is of no use where two people talk
 * without one. `video`: a place where pictures are drawn. `source`: what is to be shown live, as its words say. Of the operator,
 * `running`: a server, in whose process it is done.
 */
export type Need =
  | "account"
  | "connection"
  | "arrivals"
  | "receiving"
  | "conversation"
  | "server"
  | "video"
  | "source"
  | "running";

/** An argument of a row. */
export interface RowArgument extends ArgumentSpec {
  /** What it is where no conversation is open. */
  readonly unopened?: ArgumentSpec;
}

/** The argument that names the conversation of a row. */
export interface NamedConversation extends ArgumentSpec {
  /** It is a room's, with its # or without. */
  readonly isRoom?: true;
}

/** How one front end spells a row, and what its help says, where that differs. Examples begin with the row's name. */
export interface Spelling extends Partial<Omit<CommandSpec, "arguments" | "exitCodes" | "hidden">> {
  readonly arguments?: readonly RowArgument[];
  /** What stands before its arguments, where a row that needs a conversation is told it also if one is open. Examples have it. */
  readonly named?: NamedConversation;
}

/** Something to give to others: to be copied, or read by a camera as a QR code. */
export interface Share {
  readonly title: string;
  readonly text: string;
}

/** A place in a conversation. */
export type Moment = "new" | "start" | "end" | { readonly sinceMs: number };

/**
 * What a full screen shows instead of an answer's lines in the conversation: a page of its own, which is closed again. `list` is
 * the lines themselves.
 */
export type AnswerPage =
  | { readonly kind: "share"; readonly share: Share }
  | { readonly kind: "list"; readonly title: string }
  /** The same of lines that say by themselves what they are. */
  | { readonly kind: "lines"; readonly title: string }
  /** Of every command, or all about one. */
  | { readonly kind: "help"; readonly command: string | undefined }
  | { readonly kind: "verify"; readonly account: AccountId }
  | { readonly kind: "requests" | "transfers" | "videos" }
  /** The open conversation, at that place; undefined: where is asked. */
  | { readonly kind: "goto"; readonly where: Moment | undefined }
  /** All, or one to be changed, to a value if there is one. */
  | {
    readonly kind: "settings";
    readonly setting: string | undefined;
    readonly value: string | undefined;
  };

/** What came of a command. */
export interface CommandResult<Kinds extends object> {
  readonly reports: readonly Report<Kinds>[];
  /** What the person gives to others, which the lines of the reports say too. */
  readonly shares?: Share;
  /** The conversation in which the person talks from now on. */
  readonly opens?: Peer;
  /** The conversation in which the person talks no more. */
  readonly closes?: Peer;
  /** What is sent for it. */
  readonly sends?: EnvelopeId | undefined;
  /** The conversation shows it by itself. */
  readonly isShown?: boolean;
  /** The account is gone: the front end ends, after everything of it here is destroyed if the person wants that. */
  readonly ends?: { readonly wipes: boolean };
  /** What a program ends with for it. Without it: done. */
  readonly exit?: ExitCode;
}

/** Yields what is worth telling on the way, in parts whose lines belong together; a row that has nothing of that returns its result alone. */
export type Running<Kinds extends object> =
  | AsyncGenerator<readonly Report<Kinds>[], CommandResult<Kinds>, void>
  | Promise<CommandResult<Kinds>>;

/** What a row is, apart from what it does. */
export type RowSpec = Omit<CommandRow<never, never>, "run">;

/** One command of every front end that has a `Context`. */
export interface CommandRow<Context, Kinds extends object> extends CommandSpec {
  readonly arguments?: readonly RowArgument[];
  readonly needs: readonly Need[];
  /** Whether what is given can be done without the server, whatever the row needs for the rest. */
  isLocal?(values: CommandValues): boolean;
  /** "none": it is no verb. */
  readonly verb?: Spelling | "none";
  /** "none": it is no slash command. */
  readonly slash?: Spelling | "none";
  /**
   * In the shell of two people without a server, for a row that needs none. `title`: what its help says behind the name; `whom`:
   * it is for those who are connected, or who said something, else for anybody known.
   */
  readonly p2p?: Spelling & { readonly title?: string; readonly whom?: "connected" | "senders" };
  /** It may open a conversation, in which the person talks from then on. */
  readonly mayOpen?: true;
  /** Where there are pages: which one has its answer, by all that it reported. Without one, lines have it. */
  readonly page?: (
    values: CommandValues,
    reports: readonly Report<Kinds>[],
  ) => AnswerPage | undefined;
  /** It may ask, for which a dialogue keeps the keyboard. */
  readonly asks?: true;
  /** What is wrong with what was given to a verb, before anything is done. Throws UsageError. */
  check?(values: CommandValues, clock: Clock): void;
  /** Throws what went wrong; rejects with the signal's reason. A property, so that a row is not given less than it needs. */
  readonly run: (
    context: Context,
    values: CommandValues,
    options: { readonly signal: AbortSignal },
  ) => Running<Kinds>;
}

/** A row as one front end spells it. */
export function spell(row: RowSpec, spelling: Spelling | "none" = {}): Whole<RowSpec> {
  const as = spelling === "none" ? {} : spelling;
  const { name = row.name, examples = row.examples } = as;
  const line = (line: string) => `${name}${line.slice(row.name.length)}`;
  return whole({
    ...row,
    ...as,
    examples: examples.map((one) => ({ line: line(one.line), summary: one.summary })),
  });
}

/** The result of a row, `tell` having been given what was told on the way. Where that fails, the row is ended too. */
export async function finish<Kinds extends object>(
  running: Running<Kinds>,
  tell: (reports: readonly Report<Kinds>[]) => Promise<void>,
): Promise<CommandResult<Kinds>> {
  if (running instanceof Promise) return await running;
  try {
    for (;;) {
      const { done, value } = await running.next();
      if (done === true) return value;
      await tell(value);
    }
  } finally {
    await running.return({ reports: [] });
  }
}

/** A result of one report. */
export function result<Kind extends string, Facts>(
  kind: Kind,
  facts: Facts,
): { readonly reports: readonly [{ readonly kind: Kind; readonly facts: Facts }] } {
  return { reports: [{ kind, facts }] };
}
