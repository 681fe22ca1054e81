/** The verbs of messages, rooms and files, in the order in which help shows them. */

import { BROADCAST } from "../app/commands/broadcast.ts";
import { CONNECT_VERB } from "./connect_verb.ts";
import { CLASSIC_VERB } from "./classic/classic_verb.ts";
import { CHAT_VERB } from "./dialogue/chat_verb.ts";
import { EVENTS_VERB } from "./events_verb.ts";
import { LOG_EXPORT } from "../app/commands/log.ts";
import { MESSAGES } from "../app/commands/messages.ts";
import { SEND } from "../app/commands/send.ts";
import { UNREAD } from "../app/commands/unread.ts";
import { DIRECT } from "../app/commands/direct.ts";
import { TRANSFERS } from "../app/commands/transfers.ts";
import { RECEIVE } from "../app/commands/receive.ts";
import { RECEIVE_FILES } from "../app/commands/receive_files.ts";
import { SEND_FILES } from "../app/commands/send_files.ts";
import { INBOX, READING } from "../app/commands/reading.ts";
import { ROOMS } from "../app/commands/rooms.ts";
import { verbsOf } from "./person_verbs.ts";
import { SCREEN_VERB } from "./screen/screen_verb.ts";
import { sendingVerbsOf } from "./talk/talk_verbs.ts";
import type { Verb } from "./verb.ts";

/** Talking, saying, reading, sending. */
export const MESSAGE_VERBS: readonly Verb[] = [
  SCREEN_VERB,
  CHAT_VERB,
  CONNECT_VERB,
  CLASSIC_VERB,
  ...sendingVerbsOf(SEND),
  ...verbsOf(BROADCAST),
  ...verbsOf(RECEIVE),
  EVENTS_VERB,
  ...verbsOf(INBOX),
  ...verbsOf(READING),
  ...verbsOf(UNREAD),
  ...sendingVerbsOf(MESSAGES),
  ...verbsOf(LOG_EXPORT),
  ...verbsOf(ROOMS),
  ...verbsOf(SEND_FILES),
  ...verbsOf(RECEIVE_FILES),
  ...verbsOf(TRANSFERS),
  ...verbsOf(DIRECT),
];
