/** Slash commands of order: roles, kicks, mutes, locks, the record. */

import { Refusal } from "../../base/errors.ts";
import { type Deed, makeBench, type Outcome, WHOM } from "../moderation/deed.ts";
import { DEEDS } from "../moderation/deeds.ts";
import { LISTS } from "../moderation/lists.ts";
import type { ChatHands, SlashCall, SlashRow } from "./slash_row.ts";

const ALL: readonly Deed[] = [...DEEDS, ...LISTS];

function rowOf(slash: string, deed: Deed): SlashRow {
  const { summary, details, options = [], example: [rest, does] } = deed;
  return {
    name: slash,
    aliases: deed.slashAliases,
    group: "Order",
    summary,
    ...(details === undefined ? {} : { details }),
    arguments: deed.arguments,
    options,
    examples: [{ line: rest === "" ? slash : `${slash} ${rest}`, summary: does }],
    exitCodes: [],
    async run(chat, call) {
      const { facts, notes } = await perform(deed, chat, call);
      await chat.printAll([
        ...facts.map(({ line }) => `* ${line}`),
        ...notes.map((note) => `* ${note}`),
      ]);
    },
  };
}

/** A name that the server does not know is answered with one that is like it. */
async function perform(deed: Deed, chat: ChatHands, { values }: SlashCall): Promise<Outcome> {
  const typed = (verb: string, whom: string) => {
    const other = ALL.find((one) => one.verb === verb);
    return `/${other?.slash ?? verb} ${whom}`;
  };
  try {
    return await deed.run(makeBench(chat.client, values, typed));
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== "unknown-account") throw error;
    const suggestion = deed.arguments.includes(WHOM)
      ? chat.people.suggest(values.required(WHOM.name))
      : undefined;
    throw new Refusal(error.code, error.message, {
      details: suggestion === undefined ? {} : { suggestion },
      cause: error,
    });
  }
}

/** Every slash command of order. */
export const MODERATION_ROWS: readonly SlashRow[] = ALL.flatMap((deed) =>
  deed.slash === undefined ? [] : [rowOf(deed.slash, deed)]
);
