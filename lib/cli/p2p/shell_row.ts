/** A command of the `~> ` shell: a row of its table that can run. */

import type { CommandSpec } from "../../commands/command_table.ts";
import type { ExitCode } from "../../commands/exit_code.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import type { P2pDialogue } from "./p2p_dialogue.ts";

/** One command of the shell. */
export interface ShellRow extends CommandSpec {
  /** What `help` says behind the name, as the seed says it. */
  readonly title: string;
  /** What tab completes its first word with. */
  readonly completes?: "connected" | "senders" | "known" | "commands";
  /** It names nobody, and may be said for one person alone: `julia:/search x`. */
  readonly isAddressable?: boolean;
  /** `addressed`: for whom it was said so. Returns with what a program would end. Throws what went wrong; the shell goes on. */
  run(desk: P2pDialogue, values: CommandValues, addressed?: string): Promise<ExitCode | void>;
}
