/** The features of a client: a family of sealed messages is registered here, and nowhere else. */

import { DIRECT_MESSAGES } from "../../protocol/peer/direct.ts";
import { ATTENTION } from "../attention/take_attention.ts";
import { PARTIES } from "../party/take_party_message.ts";
import { ROOMS } from "../rooms/room_messages.ts";
import { ownCommitNews, readMembershipLogChange } from "../rooms/room_reading.ts";
import { SealedFamilies, sealedFamily } from "../store/families.ts";
import type { Features } from "../store/messenger.ts";
import { STREAMS, takeDirectOfStream } from "../streams/take_stream_message.ts";
import { FILES, takeDirectOfTransfer } from "../transfers/take_message.ts";

/** What is said of a direct connection is about a stream or a file. */
const DIRECT = sealedFamily({
  kinds: DIRECT_MESSAGES,
  take: async ({ profile }, message, speaker) =>
    await takeDirectOfStream(profile, message, speaker) ??
      await takeDirectOfTransfer(profile, message, speaker),
});

/** The families that every client has. */
export const FAMILIES = [FILES, DIRECT, STREAMS, PARTIES, ROOMS, ATTENTION];

/** All that the features make of what is sealed. */
export const FEATURES: Features = {
  families: new SealedFamilies(FAMILIES),
  roomCommits: { changed: readMembershipLogChange, changedHere: ownCommitNews },
};
