/** What the verbs and the slash commands about a message have in common: one row for both. */

import { UsageError } from "../../base/errors.ts";
import type { EnvelopeId, Peer } from "../../base/ids.ts";
import type { Client } from "../../client/client.ts";
import type { PlacedEntry } from "../../client/messaging/history.ts";
import type { ArgumentSpec, CommandSpec, OptionSpec } from "../../commands/command_table.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { MESSAGE_REF_WORDS, parseMessageRef } from "../../commands/message_ref.ts";
import type { Told } from "../moderation/deed.ts";

/** What a deed works with. */
export interface TalkBench {
  readonly client: Client;
  readonly values: CommandValues;
  /** The conversation. */
  readonly peer: Peer;
  /** Its name as it stands in a line. */
  readonly shown: string;
  /** The argument `TEXT`, from wherever this face takes it. Throws UsageError. */
  text(): Promise<string>;
}

/** What came of it. */
export interface TalkOutcome {
  /** What is sent; undefined when nothing is to be. */
  readonly id: EnvelopeId | undefined;
  /** Told when it is sent. */
  readonly told: Told;
  /** Whether the history tells of it, so that a dialogue need not. */
  readonly isInHistory: boolean;
}

/** A verb `VERB NAME …`, and a slash command `/VERB …` in the present conversation. */
export interface TalkDeed {
  readonly verb: string;
  readonly aliases: readonly string[];
  readonly summary: string;
  readonly details: string;
  /** Behind the name. */
  readonly arguments: readonly ArgumentSpec[];
  readonly options?: readonly OptionSpec[];
  /** What follows the name, and what that does. */
  readonly examples: readonly (readonly [rest: string, summary: string])[];
  run(bench: TalkBench): Promise<TalkOutcome>;
}

/** The argument of everything that is done to a message. */
export const MESSAGE: ArgumentSpec = {
  name: "MESSAGE",
  summary: MESSAGE_REF_WORDS,
  required: true,
};

/** What a verb and a slash command have in common. `who` stands before the arguments of the verb. */
export function rowOfTalkDeed(
  { verb, summary, details, arguments: those, options = [], examples }: TalkDeed,
  who: { readonly argument: ArgumentSpec; readonly example: string } | undefined,
): Omit<CommandSpec, "aliases" | "exitCodes" | "options"> & {
  readonly options: readonly OptionSpec[];
} {
  const head = who === undefined ? verb : `${verb} ${who.example}`;
  return {
    name: verb,
    group: "Messages",
    summary,
    details,
    arguments: who === undefined ? those : [who.argument, ...those],
    options,
    examples: examples.map(([rest, does]) => ({ line: `${head} ${rest}`.trim(), summary: does })),
  };
}

/** The message that `MESSAGE` names. Throws UsageError `bad-message-name`, Refusal `unknown-message`. */
export async function messageOf(
  { client, values, peer }: Pick<TalkBench, "client" | "values" | "peer">,
  options: { own?: boolean } = {},
): Promise<PlacedEntry> {
  const text = values.required("MESSAGE");
  const ref = parseMessageRef(text);
  if (ref === undefined) {
    throw new UsageError(
      "bad-message-name",
      `This names no message: ${text}. Say ${MESSAGE_REF_WORDS}; inbox --ids and /inbox show them`,
    );
  }
  return await client.talk.find(peer, ref, options);
}
