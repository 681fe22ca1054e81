/** A command of the server's console, and what it works with. */

import type { CommandSpec } from "../../commands/command_table.ts";
import type { LogLevel } from "../../base/log.ts";
import type { Operator } from "../../server/health/operator.ts";
import type { DataContext, DataResult } from "../moderation/data_row.ts";

/** What a command may do with the process that serves. */
export interface Controls {
  readonly logLevel: LogLevel;
  setLogLevel(level: LogLevel): void;
  /** Reads again what can change. Throws HeliographError; then what was served before is served still. */
  reload(): Promise<DataResult>;
  /** Begins the graceful end, and returns at once. */
  stop(): void;
}

/** What a command of the console works with. */
export interface ConsoleContext extends DataContext {
  readonly operator: Operator;
  readonly controls: Controls;
}

/** What came of it. */
export interface ConsoleOutcome extends DataResult {
  /** What is left to do once the answer is on its way, such as to end. */
  readonly afterwards?: () => void;
}

/** One command. A row over the data is one, too. */
export interface ConsoleRow extends CommandSpec {
  /** Done by the terminal where it is typed, not by the server. */
  readonly local?: "clear" | "history";
  /** True for what ends the server, and with it the console. */
  readonly ends?: true;
  /** Asked first of a person who is not at the server's own terminal. */
  readonly confirms?: string;
  /** Throws StorageError, UsageError, Refusal; then nothing was changed. */
  run(context: ConsoleContext): Promise<ConsoleOutcome>;
}
