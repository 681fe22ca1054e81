/** What the verbs and the slash commands of order have in common: one row for both, and what comes of it. */

import { UsageError } from "../../base/errors.ts";
import { Moderation, type SanctionTerms } from "../../client/moderation.ts";
import type { Client } from "../../client/client.ts";
import type { ArgumentSpec, OptionSpec } from "../../commands/command_table.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { parseTerms } from "../../commands/terms.ts";
import { shortTime } from "../dialogue/chat_lines.ts";

/** Something that came of a deed: for programs by type and fields, for people as a line. */
export interface Told {
  readonly type: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly line: string;
}

/** What is said when it is done. */
export interface Outcome {
  readonly facts: readonly Told[];
  /** What a person should know beside it. */
  readonly notes: readonly string[];
}

/** What a deed works with. */
export interface Bench {
  readonly client: Client;
  readonly moderation: Moderation;
  readonly values: CommandValues;
  /** A command as it is typed here: `/unkick anakin`, `heliograph user unkick anakin`. */
  typed(deed: string, rest: string): string;
  /** A time for the eye, local. */
  time(atMs: number): string;
}

/** A command of order: a verb `user VERB`, and mostly a slash command. */
export interface Deed {
  readonly verb: string;
  readonly verbAliases: readonly string[];
  /** Undefined: there is another one for it. */
  readonly slash: string | undefined;
  readonly slashAliases: readonly string[];
  readonly summary: string;
  readonly details?: string;
  readonly arguments: readonly ArgumentSpec[];
  readonly options?: readonly OptionSpec[];
  /** What follows the command, and what that does. */
  readonly example: readonly [rest: string, summary: string];
  run(bench: Bench): Promise<Outcome>;
}

/** The argument of everything that is done to somebody. */
export const WHOM: ArgumentSpec = { name: "NAME", summary: "whom", required: true };
/** How long and why. */
export const TERMS: ArgumentSpec = {
  name: "TERMS",
  summary: "how long, as 10m, 2h or 1d, and then why; without a time until it is taken back",
  required: false,
  rest: "text",
};

/** A bench for one call over the present connection. Throws TransportError `offline`. */
export function makeBench(
  client: Client,
  values: CommandValues,
  typed: Bench["typed"],
): Bench {
  return {
    client,
    moderation: new Moderation(client.link),
    values,
    typed,
    time: (atMs) => shortTime(atMs, client.clock.nowMs()),
  };
}

const MINUTE_MS = 60_000;

/** `until 22 Nov 10:00`, to the minute and never too early, as the one whom it is about is told; or that there is no end. */
export function until({ time }: Pick<Bench, "time">, untilMs: number | undefined): string {
  if (untilMs === undefined) return "until it is taken back";
  return `until ${time(Math.ceil(untilMs / MINUTE_MS) * MINUTE_MS)}`;
}

/** Reads `TERMS`. Throws UsageError. */
export function termsOf({ values }: Bench): SanctionTerms {
  const terms = parseTerms(values.argument("TERMS"));
  if (!terms.ok) throw new UsageError("bad-duration", terms.message);
  return terms;
}
