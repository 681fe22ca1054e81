/** The verbs of the server's videos, watch parties and live streams, in the order in which help shows them. */

import { PARTY } from "../app/commands/party.ts";
import { STREAM_ACCEPT } from "../app/commands/stream_accept.ts";
import { STREAMING } from "../app/commands/streams.ts";
import { VIDEOS } from "../app/commands/videos.ts";
import { verbsOf } from "./person_verbs.ts";
import type { Verb } from "./verb.ts";

/** All of them. */
export const VIDEO_VERBS: readonly Verb[] = [
  ...verbsOf(VIDEOS),
  ...verbsOf(PARTY),
  ...verbsOf(STREAMING),
  ...verbsOf(STREAM_ACCEPT),
];
