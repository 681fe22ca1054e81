/** The verbs of messages and rooms, in the order in which help shows them. */

import { BROADCAST_VERB } from "./broadcast_verb.ts";
import { CONNECT_VERB } from "./connect_verb.ts";
import { CHAT_VERB } from "./dialogue/chat_verb.ts";
import { FILE_VERBS } from "./files/file_verbs.ts";
import { INBOX_VERB } from "./inbox_verb.ts";
import { READ_VERB } from "./read_verb.ts";
import { RECEIVE_VERB } from "./receive_verb.ts";
import { ROOM_VERBS } from "./rooms/room_verbs.ts";
import { SCREEN_VERB } from "./screen/screen_verb.ts";
import { SEND_VERB } from "./send_verb.ts";
import { TALK_VERBS } from "./talk/talk_verbs.ts";
import type { Verb } from "./verb.ts";

/** Talking, saying, reading. */
export const MESSAGE_VERBS: readonly Verb[] = [
  SCREEN_VERB,
  CHAT_VERB,
  CONNECT_VERB,
  SEND_VERB,
  BROADCAST_VERB,
  RECEIVE_VERB,
  INBOX_VERB,
  READ_VERB,
  ...TALK_VERBS,
  ...ROOM_VERBS,
  ...FILE_VERBS,
];
