/** Every row of a person's, whichever front ends have it. */

import type { RowSpec } from "../../commands/command_row.ts";
import { ATTENTION_ROWS } from "./attention.ts";
import { BROADCAST } from "./broadcast.ts";
import { DEVICES } from "./devices.ts";
import { DIRECT } from "./direct.ts";
import { REGISTERING } from "./registering.ts";
import { ENDING } from "./ending.ts";
import { EXPORT } from "./export.ts";
import { MESSAGES } from "./messages.ts";
import { MODERATION_ACTIONS } from "./moderation.ts";
import { MODERATION_LISTS } from "./moderation_lists.ts";
import { OFFERS } from "./offers.ts";
import { ACCOUNT_DELETE, LOGOUT, PASSWD } from "./own_account.ts";
import { PARTY } from "./party.ts";
import { PRESENCE, VERIFY, WHO, WHOAMI } from "./people.ts";
import { INBOX, READING, SEARCH } from "./reading.ts";
import { REQUESTS } from "./requests.ts";
import { ROOMS } from "./rooms.ts";
import { ROOM_SAY, SEND } from "./send.ts";
import { SEND_FILES, SEND_STRAIGHT } from "./send_files.ts";
import { STREAMING } from "./streams.ts";
import { INVITE } from "./invite.ts";
import { LIST_CHOICES } from "./list_choices.ts";
import { LOG_EXPORT } from "./log.ts";
import { RECEIVE } from "./receive.ts";
import { RECEIVE_FILES } from "./receive_files.ts";
import { STREAM_ACCEPT } from "./stream_accept.ts";
import { TRANSFERS } from "./transfers.ts";
import { UNREAD } from "./unread.ts";
import { VIDEOS } from "./videos.ts";

/** By group. */
export const EVERY_ROW: readonly RowSpec[] = [
  SEND,
  ROOM_SAY,
  BROADCAST,
  MESSAGES,
  UNREAD,
  LIST_CHOICES,
  ATTENTION_ROWS,
  RECEIVE,
  INBOX,
  READING,
  SEARCH,
  ROOMS,
  WHO,
  VERIFY,
  REQUESTS,
  INVITE,
  PRESENCE,
  WHOAMI,
  DEVICES,
  MODERATION_LISTS,
  MODERATION_ACTIONS,
  ENDING,
  OFFERS,
  SEND_FILES,
  SEND_STRAIGHT,
  RECEIVE_FILES,
  TRANSFERS,
  DIRECT,
  VIDEOS,
  PARTY,
  STREAMING,
  STREAM_ACCEPT,
  LOG_EXPORT,
  EXPORT,
  REGISTERING,
  PASSWD,
  ACCOUNT_DELETE,
  LOGOUT,
].flatMap(({ rows }: { readonly rows: readonly RowSpec[] }) => rows);
