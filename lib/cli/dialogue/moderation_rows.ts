/** Slash commands of order: roles, kicks, mutes, locks, the record. */

import { ENDING } from "../../app/commands/ending.ts";
import { MODERATION_ACTIONS, MODERATION_LISTS, WHOM } from "../../app/commands/moderation.ts";
import { Refusal } from "../../base/errors.ts";
import { type Around, slashRowsOf } from "./person_rows.ts";
import type { SlashRow } from "./slash_row.ts";

/** A name that the server does not know is answered with one that is like it. */
const around: Around = async (chat, { row, values }, run) => {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== "unknown-account") throw error;
    const suggestion = row.arguments?.includes(WHOM)
      ? chat.people.suggest(values.required(WHOM.name))
      : undefined;
    throw new Refusal(error.code, error.message, {
      details: suggestion === undefined ? {} : { suggestion },
      cause: error,
    });
  }
};

/** Every slash command of order. */
export const MODERATION_ROWS: readonly SlashRow[] = [
  ...slashRowsOf(MODERATION_ACTIONS, around),
  ...slashRowsOf(MODERATION_LISTS, around),
  ...slashRowsOf(ENDING),
];
