/**
 * Watching a video of the library together: who plays it for whom, and where it is at what time of the server's clock. The
 * pictures come to each by themselves. See docs/streams.md.
 */

import { count, definitions, flag, hex, optional, record, text, timestamp } from "../schema.ts";
import { type MessageOf, sealedFields } from "./payload.ts";

/** UTF-16 units of a video's name, as the library lists it. */
const PARTY_VIDEO_MAX_LENGTH = 400;
/** The fastest and the slowest rate, in thousandths of the video's own pace. */
export const PARTY_RATES = { least: 100, most: 16_000 } as const;

/** Where playback is at a time. */
const point = () =>
  record({
    /** At `atMs`; from then on it moves by `rate`, unless it is paused. */
    positionMs: count(),
    /** By the server's clock. */
    atMs: timestamp(),
    /** In thousandths of the video's own pace. */
    rate: count(PARTY_RATES.most),
    paused: flag(),
  });

/** Invites a conversation to watch; its sender is the host. */
const partyStart = sealedFields("party.start", {
  sentAtMs: timestamp(),
  party: hex(16),
  /** Foreign: as the library lists it, or what the host calls a file of its own. */
  video: text(PARTY_VIDEO_MAX_LENGTH),
  point: point(),
  /** The host streams a file of its own, as this stream; what is shown at `point.atMs` has time 0 in it. */
  stream: optional(hex(16)),
});

/** The host says where it is: at each change, and again and again, so that its silence means that it is gone. */
const partyState = sealedFields("party.state", {
  party: hex(16),
  /** Greater than all before. */
  revision: count(),
  point: point(),
});

/** A device watches from now on. */
const partyJoin = sealedFields("party.join", { party: hex(16) });

/** A device watches no more. Of the host, one of those who watch is the host from then on. */
const partyLeave = sealedFields("party.leave", { party: hex(16) });

/** A device that watches is the host from now on, since the host is silent. */
const partyTake = sealedFields("party.take", {
  party: hex(16),
  revision: count(),
  point: point(),
});

/** The host ends it for everybody. */
const partyEnd = sealedFields("party.end", { party: hex(16) });

/** What is said about a party, by kind. */
export const PARTY_MESSAGES = definitions({
  "party.start": partyStart,
  "party.state": partyState,
  "party.join": partyJoin,
  "party.leave": partyLeave,
  "party.take": partyTake,
  "party.end": partyEnd,
});
/** One of them as it was read. */
export type PartyMessage = MessageOf<typeof PARTY_MESSAGES>;
