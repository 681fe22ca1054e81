/** Deeds of two words, as `room kick` and `device remove`: what the verb and the slash command have in common. */

import type { ArgumentSpec, CommandSpec, OptionSpec } from "../commands/command_table.ts";

/** What is said of one, whatever it works with. */
export interface TwoWordDeed {
  /** The second word. */
  readonly verb: string;
  /** Other names of the slash command. */
  readonly slashAliases: readonly string[];
  readonly summary: string;
  readonly details?: string;
  readonly arguments: readonly ArgumentSpec[];
  readonly options?: readonly OptionSpec[];
  /** What follows the command, and what that does. */
  readonly examples: readonly (readonly [rest: string, summary: string])[];
}

/** The row of a deed whose first word is `family`, shown in `group` of the help. */
export function rowOfTwoWords(
  { verb, summary, details, arguments: those, options = [], examples }: TwoWordDeed,
  { family, group }: { readonly family: string; readonly group: string },
): Omit<CommandSpec, "aliases" | "exitCodes"> {
  const name = `${family} ${verb}`;
  return {
    name,
    group,
    summary,
    ...(details === undefined ? {} : { details }),
    arguments: those,
    options,
    examples: examples.map(([rest, does]) => ({ line: `${name} ${rest}`.trim(), summary: does })),
  };
}
