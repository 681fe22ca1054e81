/** What the verbs `device …` and the slash commands `/device …` have in common: one row for both. */

import type { Client } from "../../client/client.ts";
import type { Greeted } from "../../client/greeting.ts";
import type { ArgumentSpec, CommandSpec, OptionSpec } from "../../commands/command_table.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import type { Outcome } from "../moderation/deed.ts";

/** What a deed works with. */
export interface DeviceBench {
  /** Connected. */
  readonly client: Client;
  readonly values: CommandValues;
  /** Another connection to the same server, to prove the password on. The caller closes its link. */
  greet(): Promise<Greeted>;
  /** The code that a new device shows: what was said, else of `--code-file`, else asked for. */
  code(): Promise<string>;
  /** The password of `--password-file`, else asked for, hidden. */
  password(): Promise<string>;
  /** A time for the eye, local. */
  time(atMs: number): string;
}

/** A verb `device VERB`, and a slash command of that name. */
export interface DeviceDeed {
  readonly verb: string;
  /** Other names of the slash command. */
  readonly slashAliases: readonly string[];
  readonly summary: string;
  readonly details?: string;
  readonly arguments: readonly ArgumentSpec[];
  readonly options?: readonly OptionSpec[];
  /** Whether it may ask for a password. */
  readonly asksPassword?: true;
  /** What follows the command, and what that does. */
  readonly examples: readonly (readonly [rest: string, summary: string])[];
  run(bench: DeviceBench): Promise<Outcome>;
}

/** What a verb and a slash command of the deed have in common. */
export function rowOfDeed(
  { verb, summary, details, arguments: those, options = [], examples }: DeviceDeed,
): Omit<CommandSpec, "aliases" | "exitCodes"> {
  const name = `device ${verb}`;
  return {
    name,
    group: "Account",
    summary,
    ...(details === undefined ? {} : { details }),
    arguments: those,
    options,
    examples: examples.map(([rest, does]) => ({
      line: rest === "" ? name : `${name} ${rest}`,
      summary: does,
    })),
  };
}
