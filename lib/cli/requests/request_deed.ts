/** What every deed about requests is made of. */

import type { Client } from "../../client/client.ts";
import type { Contact } from "../../client/messaging/contacts.ts";
import type { ArgumentSpec, CommandSpec, OptionSpec } from "../../commands/command_table.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import type { Outcome, Told } from "../moderation/deed.ts";

/** What a deed works with. */
export interface RequestBench {
  /** Connected. */
  readonly client: Client;
  readonly values: CommandValues;
  /** Somebody by any spelling of their name. Throws Refusal `unknown-account`. */
  find(name: string): Promise<Contact>;
  /** A time for the eye, local. */
  time(atMs: number): string;
}

/** A verb, and a slash command of that name unless there is another one for it. */
export interface RequestDeed {
  readonly name: string;
  readonly hasSlash: boolean;
  readonly summary: string;
  readonly details?: string;
  readonly arguments: readonly ArgumentSpec[];
  readonly options?: readonly OptionSpec[];
  /** What follows the command, and what that does. */
  readonly example: readonly [rest: string, summary: string];
  run(bench: RequestBench): Promise<Outcome>;
}

/** One thing that is so now. */
export function fact(type: string, fields: Told["fields"], line: string): Outcome {
  return { facts: [{ type, fields, line }], notes: [] };
}

/** What a verb and a slash command of a deed have in common. */
export function rowOfDeed(deed: RequestDeed): Omit<CommandSpec, "aliases" | "exitCodes"> {
  const { name, summary, details, arguments: those, options = [], example: [rest, does] } = deed;
  return {
    name,
    group: "People",
    summary,
    ...(details === undefined ? {} : { details }),
    arguments: those,
    options,
    examples: [{ line: rest === "" ? name : `${name} ${rest}`, summary: does }],
  };
}
