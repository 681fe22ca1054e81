/** Slash commands about people and about oneself. */

import { DEVICES } from "../../app/commands/devices.ts";
import { EXPORT } from "../../app/commands/export.ts";
import { ACCOUNT_DELETE, LOGOUT, PASSWD } from "../../app/commands/own_account.ts";
import { INVITE } from "../../app/commands/invite.ts";
import { PRESENCE, VERIFY, WHO, WHOAMI } from "../../app/commands/people.ts";
import { REQUESTS } from "../../app/commands/requests.ts";
import { quietLine } from "../../app/attendance.ts";
import { type Around, slashRowsOf } from "./person_rows.ts";
import type { SlashRow } from "./slash_row.ts";
import { shownBefore } from "./talk_rows.ts";

/** That it begins or ends is told where the lines are kept back; of another text there is only this. */
const quietly: Around = async (chat, { row }, run) => {
  const { publicly } = chat.client;
  const before = await publicly.ownBusy();
  if (before === undefined && row.name === "free") {
    await chat.print("* you are free");
    return undefined;
  }
  await run();
  await chat.look();
  const now = before && await publicly.ownBusy();
  if (now !== undefined) await chat.print(quietLine(now, 0));
  return undefined;
};

/** `/who`, `/busy`, `/verify`, …, and what is about oneself. */
export const PEOPLE_ROWS: readonly SlashRow[] = [
  ...slashRowsOf(WHO),
  ...slashRowsOf(INVITE),
  ...slashRowsOf(PRESENCE, quietly),
  ...slashRowsOf(VERIFY),
  ...slashRowsOf(WHOAMI),
  ...slashRowsOf(REQUESTS, shownBefore),
  ...slashRowsOf(DEVICES),
  ...slashRowsOf(EXPORT),
  ...slashRowsOf(ACCOUNT_DELETE),
  ...slashRowsOf(PASSWD),
  ...slashRowsOf(LOGOUT),
];
