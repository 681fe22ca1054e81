/** What a person's commands work with, whatever they are typed in. */

import { Bug, UsageError } from "../base/errors.ts";
import type { EnvelopeId, Peer } from "../base/ids.ts";
import { isDirect } from "../client/store/conversation_kinds.ts";
import type { Client } from "../client/client.ts";
import type { HandshakeResult } from "../client/link/handshake.ts";
import type { Streams } from "../client/streams/streams.ts";
import type { Contact } from "../client/store/contacts.ts";
import type { ProfileKeeper } from "../client/profile/keeper.ts";
import type { CommandRow } from "../commands/command_row.ts";
import type { CommandValues } from "../commands/command_values.ts";
import type { ArgumentSpec, OptionSpec } from "../commands/command_table.ts";
import type { Report, Wording } from "../commands/wording.ts";
import type { Ask } from "./ask.ts";
import type { Attendant } from "./attendance.ts";
import type { ShownSource, StreamSurface, VideoSurface } from "./video_surface.ts";
import type { Submission, SubmissionWords } from "./submission.ts";

/** Where a password comes from when nobody can be asked. */
export const PASSWORD_OPTION: OptionSpec = {
  flag: "--password-file",
  valueName: "FILE",
  summary: "read the password from a file; - reads standard input",
};

/** What is told to a front end that keeps in mind who is known. */
export interface KnownPeople {
  /** An entry of the server's list. */
  learn(attendant: Attendant): void;
  /** A contact of the profile. */
  meet(contact: Contact): void;
  /** The name to show for somebody. */
  nameOf(peer: Peer): string;
}

/** The conversations of a profile, whoever relays them: a server all of them, or two people without one their own. */
export type ConversationClient = Pick<
  Client,
  | "clock"
  | "profile"
  | "messenger"
  | "talk"
  | "transfers"
  | "rooms"
  | "write"
  | "refuse"
  | "unrefuse"
  | "meet"
  | "verify"
  | "safetyNumber"
  | "acceptIdentity"
>;

/** What a row gets that needs no server. */
export interface ConversationContext {
  readonly client: ConversationClient;
  readonly ask: Ask;
  /** The conversation that is open, with its name as it stands in a line. */
  readonly conversation: { readonly peer: Peer; readonly shown: string } | undefined;
  /** For whom the command was said, as in `bob:/unread`. */
  readonly addressed: Peer | undefined;
  /** What people are called, where a front end keeps them in mind. */
  readonly people: Pick<KnownPeople, "nameOf" | "meet"> | undefined;
  /** Of a row that needs it. */
  readonly video: StreamSurface | undefined;
  /** What is to be shown live, by a command that does that. */
  readonly source: ShownSource | undefined;
  /** Live streams. */
  streams(): Streams;
  /** Where files go that are taken. */
  readonly downloads: string;
  /** The argument `TEXT`, from wherever the front end takes it. Throws UsageError. */
  text(): Promise<string>;
  /** Of a row with `submission`, at the command line; a dialogue goes on. */
  readonly submission: Submission | undefined;
  /** Of what is sent, if it was chosen before. */
  readonly id: EnvelopeId | undefined;
  /** What a row shows goes into a conversation, where a long list is cut. */
  readonly isDialogue: boolean;
  /** Another row of its group as it is typed here: `/transfers`. */
  spelled(row: string): string;
  /** Sends what waits, `afterArrivals` when all that had arrived is taken in; a dialogue does both beside. */
  send(options?: { readonly afterArrivals: boolean }): Promise<void>;
  /** Whether what is sent leaves now. */
  isConnected(): boolean;
  /** A path as the person means it. */
  resolve(path: string): string;
  /** Somebody by any spelling of their name. Throws Refusal `unknown-account`. */
  findContact(name: string): Promise<Contact>;
}

/** What a row gets that needs a server. */
export interface PersonContext extends ConversationContext {
  /** Connected, for a row that needs it. */
  readonly client: Client;
  readonly video: VideoSurface | undefined;
  /** Who is known, where a front end keeps them in mind. */
  readonly people: KnownPeople | undefined;
  /** Connects, where a row that needs no connection finds that only the server knows. Undefined where that goes by itself. */
  readonly connect: (() => Promise<void>) | undefined;
  /** Another connection to the same server, to prove the password on. The caller closes its link. */
  greet(): Promise<HandshakeResult>;
  /** The profile's folder, for what its password opens. */
  keeper(): Promise<ProfileKeeper>;
}

/** What a text may be at the command line, where standard input can hold it too. */
export interface TextLimits {
  readonly maxBytes: number;
  /** What is said of one that is too long, or that is not there. */
  readonly tooLong: string;
  readonly empty: string;
}

/** A connection that comes back by itself. */
export interface Lasting {
  /** What is said when it is gone. */
  lost(client: Client, reason: string): Promise<string> | string;
  /** Files go to and fro meanwhile. */
  readonly runsTransfers?: boolean;
  /** The row begins before everything that waited has come. */
  readonly isAtOnce?: boolean;
}

/** A command of a person's. */
export interface PersonRow<Kinds extends object, Context = PersonContext>
  extends CommandRow<Context, Kinds> {
  /** Of the argument `TEXT`. */
  readonly text?: TextLimits;
  /** Of one whose early end leaves something open: what is said of it then. */
  readonly submission?: SubmissionWords;
  /** Of one that goes on for so long, with what was given: what keeps it connected at the command line, as a dialogue always is. */
  lasting?(values: CommandValues): Lasting | undefined;
}

/** The rows of a group, in the order in which help shows them, and the words for what they report. */
export interface PersonCommands<Kinds extends object, Context = PersonContext> {
  readonly rows: readonly PersonRow<Kinds, Context>[];
  readonly wording: Wording<Kinds>;
}

/** A command that runs with a server and without one. */
export type ConversationRow<Kinds extends object> = PersonRow<Kinds, ConversationContext>;

/** The same of a group. */
export type ConversationCommands<Kinds extends object> = PersonCommands<Kinds, ConversationContext>;

/** Commands that send something, also once more: what is reported if the same one was given before. */
export interface SendingCommands<Kinds extends object> extends ConversationCommands<Kinds> {
  readonly sentBefore: (to: Peer, id: EnvelopeId) => Report<Kinds>;
}

/** Names the conversation of a row. */
export const CONVERSATION: ArgumentSpec = {
  name: "NAME",
  takes: "conversation",
  summary: "the person, or a room as #256 or #ops",
  required: true,
};

/** The conversation of a row that needs one. */
export function conversationOf(
  { conversation }: ConversationContext,
): NonNullable<ConversationContext["conversation"]> {
  if (conversation === undefined) throw new Bug("Cannot run a command: no conversation is open");
  return conversation;
}

/** The argument `NAME`, else the person whose conversation is open. Throws UsageError where that is nobody. */
export function nameOrOpen({ conversation }: ConversationContext, values: CommandValues): string {
  const open = conversation && isDirect(conversation.peer) ? conversation.peer : undefined;
  const name = values.argument("NAME") ?? open;
  if (name === undefined) throw new UsageError("name-missing", "Say whom: a NAME is missing");
  return name;
}

/** Where a row that needs it draws pictures. */
export function surfaceOf<Surface extends StreamSurface>(
  { video }: { readonly video: Surface | undefined },
): Surface {
  if (video === undefined) throw new Bug("Cannot draw pictures: the row does not need a surface");
  return video;
}
