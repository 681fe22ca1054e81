/** The one table of what the features make of sealed messages. */

import { ownCommitNews, readMembershipLogChange } from "../rooms/room_reading.ts";
import { takeRoomMessage } from "../rooms/room_messages.ts";
import type { MessageFamilies } from "../store/messenger.ts";
import { takeDirectOfStream, takeStreamMessage } from "../streams/take_stream_message.ts";
import { takeFileMessage } from "../transfers/take_message.ts";

/** By family. What is said of a direct connection is about a stream or a file. */
export const FAMILIES: MessageFamilies = {
  file: takeFileMessage,
  direct: async (profile, message, speaker) =>
    await takeDirectOfStream(profile, message, speaker) ??
      await takeFileMessage(profile, message, speaker),
  stream: takeStreamMessage,
  room: {
    take: takeRoomMessage,
    changed: readMembershipLogChange,
    changedHere: ownCommitNews,
  },
};
