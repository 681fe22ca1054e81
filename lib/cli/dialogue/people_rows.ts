/** Slash commands about people and about oneself, and those of order: roles, kicks, mutes, locks, the record. */

import { DEVICES } from "../../app/commands/devices.ts";
import { EXPORT } from "../../app/commands/export.ts";
import { ACCOUNT_DELETE, LOGOUT, PASSWD } from "../../app/commands/own_account.ts";
import { INVITE } from "../../app/commands/invite.ts";
import { PRESENCE, VERIFY, WHO, WHOAMI } from "../../app/commands/people.ts";
import { REQUESTS } from "../../app/commands/requests.ts";
import type { RequestKinds } from "../../app/commands/request_wording.ts";
import { requestLines } from "../../app/questions/request_words.ts";
import { quietLine } from "../../app/attendance.ts";
import { type Around, type AroundRows, slashRowsOf } from "./person_rows.ts";
import type { SlashRow } from "./slash_row.ts";
import { shownBefore } from "./talk_rows.ts";
import { ENDING } from "../../app/commands/ending.ts";
import { MODERATION_ACTIONS, WHOM } from "../../app/commands/moderation.ts";
import { MODERATION_LISTS } from "../../app/commands/moderation_lists.ts";
import { Refusal } from "../../base/errors.ts";

/** That it begins or ends is told where lines are kept back, which a screen does not do; of another text there is only this. */
const quietly: Around = async (chat, { row }, run) => {
  const { publicly } = chat.client;
  const before = await publicly.ownBusy();
  if (before === undefined && row.name === "free") {
    await chat.print("* you are free");
    return undefined;
  }
  await run();
  await chat.look();
  const now = await publicly.ownBusy();
  const isScreen = chat.drawsCards === true;
  if (now !== undefined && (isScreen || before !== undefined)) await chat.print(quietLine(now, 0));
  else if (now === undefined && isScreen) await chat.print("* you are free");
  return undefined;
};

/** Files, streams and rooms that wait for a word stand beside strangers, each with the words that answer it. */
const allThatWaits: AroundRows<RequestKinds> = async (chat, call, run) => {
  const isList = call.row.name === "requests" && call.values.maybe("--from") === undefined;
  const asked = isList && chat.voice === undefined ? await chat.asked() : [];
  if (asked.length === 0) return await shownBefore(chat, call, run);
  await chat.showPage({ kind: "requests" }, requestLines(asked, chat.client.clock.nowMs()));
  return undefined;
};

/** `/who`, `/busy`, `/verify`, …, and what is about oneself. */
export const PEOPLE_ROWS: readonly SlashRow[] = [
  ...slashRowsOf(WHO),
  ...slashRowsOf(INVITE),
  ...slashRowsOf(PRESENCE, quietly),
  ...slashRowsOf(VERIFY),
  ...slashRowsOf(WHOAMI),
  ...slashRowsOf(REQUESTS, allThatWaits),
  ...slashRowsOf(DEVICES),
  ...slashRowsOf(EXPORT),
  ...slashRowsOf(ACCOUNT_DELETE),
  ...slashRowsOf(PASSWD),
  ...slashRowsOf(LOGOUT),
];

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
