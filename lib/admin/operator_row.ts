/** A command of the operator's: one row for the verb, beside a server or without one, and for the console of the server that runs. */

import { parseAccountName } from "../base/account_name.ts";
import type { Clock } from "../base/clock.ts";
import { Bug, Refusal, UsageError } from "../base/errors.ts";
import type { AccountId } from "../base/ids.ts";
import type { LogLevel } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import type { CommandRow } from "../commands/command_row.ts";
import type { ArgumentSpec } from "../commands/command_table.ts";
import type { CommandValues } from "../commands/command_values.ts";
import type { Wording } from "../commands/wording.ts";
import type { Operator } from "../server/health/operator.ts";
import type { CertificateNews } from "../server/keys/serving_certificate.ts";
import type { Moderation } from "../server/moderation/moderation.ts";
import type { Store } from "../server/store/store.ts";
import type { AdminIo } from "./admin_io.ts";

/** What reading settings and certificate again has changed. */
export interface Reloaded {
  readonly changed: readonly string[];
  readonly needsRestart: readonly string[];
  /** Null without TLS. */
  readonly certificate: CertificateNews | null;
  /** Where metrics are shown in TLS. */
  readonly metricsCertificate?: CertificateNews;
}

/** What a command may do with the process that serves. */
export interface Controls {
  readonly logLevel: LogLevel;
  setLogLevel(level: LogLevel): void;
  /** Reads again what can change. Throws HeliographError; then what was served before is served still. */
  reload(): Promise<Reloaded>;
  /** Begins the graceful end, and returns at once. */
  stop(): void;
}

/** The server in whose process a command is run. */
export interface RunningServer {
  readonly operator: Operator;
  readonly controls: Controls;
}

/** What a command works with. */
export interface OperatorContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly store: Store;
  readonly moderation: Moderation;
  /** Where the data lie. */
  readonly folder: string;
  /** Undefined without one. */
  readonly server: RunningServer | undefined;
  /** A server runs in another process, and has no socket by which it could be told of anything. */
  readonly isUntold: boolean;
  /** What `gather` of the row gave. */
  readonly gathered: Gathered["given"];
  /** Does that once the answer is on its way, such as to end. */
  afterwards(task: () => void): void;
}

/** What the process in which a row was typed did for it. */
export interface Gathered {
  readonly given: Readonly<Record<string, string>>;
  /** For a row that does not get done. */
  undo?(): Promise<void>;
}

/** A row: its name is that on the console. One without needs is done without a server, too. */
export interface OperatorRow<Kinds extends object> extends CommandRow<OperatorContext, Kinds> {
  /** Done by the terminal where it is typed, not by the server. */
  readonly local?: "clear" | "history";
  /** True for what ends the server, and with it the console. */
  readonly endsServer?: true;
  /** Asked first of a person who is not at the server's own terminal. */
  readonly confirms?: string;
  /** For a row that needs a server: what follows when none runs. */
  readonly withoutServer?: string;
  /**
   * What only the process can do in which the command is typed, before anything else: files are those of the person, whose folder
   * and rights are not the server's. Throws StorageError, UsageError.
   */
  gather?(io: AdminIo, values: CommandValues, folder: string): Promise<Gathered>;
}

/** The rows of a group, in the order in which help shows them, and the words for what they report. */
export interface OperatorCommands<Kinds extends object> {
  readonly rows: readonly OperatorRow<Kinds>[];
  readonly wording: Wording<Kinds>;
}

/** The argument of everything that is done to somebody. */
export const WHOM: ArgumentSpec = { name: "NAME", summary: "whom", required: true };

/** Of a row that needs it. */
export function serverOf({ server }: OperatorContext): RunningServer {
  if (server === undefined) throw new Bug("Cannot run a command: no server runs here");
  return server;
}

/** What is said when a command is about nobody. */
export function nobodyCalled(name: string): Refusal {
  return new Refusal("unknown-account", `No account "${name}" on this server`);
}

/** The account that a command is about. Throws UsageError `bad-name`, Refusal `unknown-account`. */
export function accountOf(values: CommandValues): AccountId {
  const parsed = parseAccountName(values.required(WHOM.name));
  if (parsed.ok) return parsed.id;
  // Nobody can have it: not what is wrong with a name that somebody wants.
  if (parsed.problem === "reserved") throw nobodyCalled(values.required(WHOM.name));
  throw new UsageError("bad-name", parsed.message);
}

/** What a group reports that has lists. */
export interface NoneKinds {
  "none": { readonly words: string };
}

/** Of a group that has lists. */
export const NONE: Wording<NoneKinds> = { "none": { isNote: true, line: ({ words }) => words } };

/** What there is to list, each a report of one kind; when there is nothing, `none` alone. */
export function listed<Kind extends string, Facts>(
  kind: Kind,
  items: readonly Facts[],
  none: string,
): {
  readonly reports: readonly (
    | { readonly kind: Kind; readonly facts: Facts }
    | { readonly kind: "none"; readonly facts: NoneKinds["none"] }
  )[];
} {
  if (items.length === 0) return { reports: [{ kind: "none", facts: { words: none } }] };
  return { reports: items.map((facts) => ({ kind, facts })) };
}

/** `2026-01-01 00:00Z`: in lists every time is UTC. */
export function minute(atMs: number): string {
  const iso = new Date(atMs).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)}Z`;
}
