/** The server's video library: list, open, frames as JPEG, flow control by credits. TLS only: it is the server's own. */

import {
  BULK_PART_MAX_BYTES,
  CUES_OF_PAGE_MAX,
  POSTER_MAX_BYTES,
  SOUND_UNIT_MAX_BYTES,
  VIDEO_ADDED_MAX_BYTES,
} from "../limits.ts";
import { Type } from "@sinclair/typebox";
import {
  count,
  Definition,
  definitions,
  exchanges,
  type FieldsOf,
  flag,
  hex,
  list,
  oneOf,
  optional,
  record,
  text,
} from "../schema.ts";

/** The encodings of a video, smallest first. */
export const RENDITIONS = ["240p", "480p", "720p", "1080p", "1440p"] as const;
/** One of them. */
export type RenditionName = typeof RENDITIONS[number];

/** The sizes that the mode `adaptive` chooses from, smallest first. */
export const RUNGS = [
  "144p",
  "240p",
  "360p",
  "480p",
  "720p",
  "1080p",
  "1440p",
  "2160p",
] as const;
/** One of them. */
export type RungName = typeof RUNGS[number];

/** What keeps a picture from being larger or more frequent: the line, the box or pace of the screen, the file, the client's own limit. */
const RUNG_LIMITS = ["line", "box", "drawing", "source", "rate"] as const;
/** One of them. */
export type RungLimit = typeof RUNG_LIMITS[number];

/**
 * The first third of a video in 240p, the second in 720p, the last in 1080p; one rendition throughout; the keyframes alone, in
 * 720p; or what line and screen can take, moment by moment.
 */
export const VIDEO_MODES = [
  "thirds",
  "fixed:240p",
  "fixed:480p",
  "fixed:720p",
  "fixed:1080p",
  "fixed:1440p",
  "keyframes",
  "adaptive",
] as const;
/** One of them. */
export type VideoMode = typeof VIDEO_MODES[number];

/** A part of a frame in one packet. */
export const MAX_FRAME_PART_BYTES = BULK_PART_MAX_BYTES;

/** Of an announced rate: what goes faster is said to go at this. Far beyond any film. */
export const MAX_FRAMES_PER_SECOND = 1000;

/** Videos of a page: 48 with long names and problems are 60 KiB as JSON, and a header holds 64. */
export const VIDEO_LIST_PAGE = 48;

/** Opens a stream. It sends nothing before credit is given. */
const videoOpen = {
  request: new Definition("video.open", {
    /** A name with or without extension, or a number of the list. */
    video: text(400),
    mode: oneOf(...VIDEO_MODES),
    /** 1 is the video's own pace; 0 means as fast as credit allows. */
    speed: Type.Number({ minimum: 0, maximum: 16 }),
  }),
  reply: new Definition("video.opened", {
    stream: count(),
    name: text(400),
    mode: oneOf(...VIDEO_MODES),
    /** Frames of the whole stream. */
    total: count(),
    durationMs: count(),
    /** What the frames will be, before the first (row S4.13). Absent from servers that did not say it yet. */
    format: optional(record({
      codec: oneOf("jpeg"),
      /** On average; each frame has its own time. */
      framesPerSecond: Type.Number({ minimum: 0, maximum: MAX_FRAMES_PER_SECOND }),
      /** In the order of the stream. */
      parts: list(
        record({
          rendition: oneOf(...RENDITIONS),
          frames: count(),
          widthPx: count(65_535),
          heightPx: count(65_535),
        }),
        RENDITIONS.length,
      ),
      /** In mode `adaptive`, where `parts` is empty: what there is to choose from, smallest first. */
      rungs: optional(list(
        record({
          rendition: oneOf(...RUNGS),
          widthPx: count(65_535),
          heightPx: count(65_535),
        }),
        RUNGS.length,
      )),
    })),
  }),
} as const;

/** What the frames of an opened video will be. */
export type VideoFormat = NonNullable<FieldsOf<typeof videoOpen.reply>["format"]>;

const tracks = (most: number) =>
  list(
    record({
      /** As the file says it: `eng`, `de`. */
      language: optional(text(12)),
      title: optional(text(80)),
    }),
    most,
  );

/** What a client asks, and the server answers. */
export const VIDEO_REQUESTS = exchanges({
  /** The library, paged. */
  "video.list": {
    request: new Definition("video.list", {
      /** The number of the last video of the page before; absent for the first page. */
      after: optional(count()),
    }),
    reply: new Definition("video.library", {
      videos: list(
        record({
          number: count(),
          name: text(400),
          /** Ready renditions; the others are made when asked for. */
          ready: list(oneOf(...RENDITIONS), RENDITIONS.length),
          /** Modes of several renditions of which all is ready, though none of these is as a whole. */
          readyModes: optional(list(oneOf(...VIDEO_MODES), VIDEO_MODES.length)),
          sizeBytes: count(),
          /** Absent until the file was probed, or when it cannot be. */
          durationMs: optional(count()),
          widthPx: optional(count(65_535)),
          heightPx: optional(count(65_535)),
          /** Why it cannot be watched. */
          problem: optional(text(300)),
          /** It can be watched, and announces more than it holds. */
          cutShort: optional(flag()),
          /** It is being prepared, so much of a hundred. */
          preparing: optional(count(100)),
        }),
        VIDEO_LIST_PAGE,
      ),
      more: flag(),
    }),
  },
  "video.open": videoOpen,
  /** A small picture of a video, for lists and for its line. Reply payload: a JPEG. A server without posters does not know it. */
  "video.poster": {
    request: new Definition("video.poster", {
      /** A name or number, as in `video.open`. */
      video: text(400),
      /** What is seen so many tenths of its length after its beginning; absent: the picture that stands for it. */
      tenth: optional(count(9)),
    }),
    reply: new Definition("video.poster-found", {
      widthPx: count(65_535),
      heightPx: count(65_535),
    }, POSTER_MAX_BYTES),
  },
  /** Changes a stream. Every change that moves or restarts it begins a new epoch; older frames are dropped by both sides. */
  "video.control": {
    request: new Definition("video.control", {
      stream: count(),
      action: oneOf("pause", "resume", "seek", "speed", "stop"),
      /** The epoch that this change begins; the client counts up. */
      epoch: count(),
      /** For seek: position in milliseconds. */
      positionMs: optional(count()),
      speed: optional(Type.Number({ minimum: 0, maximum: 16 })),
    }),
    reply: new Definition("video.controlled", { stream: count(), epoch: count() }),
  },
  /**
   * Begins a video that an account adds, whose role is moderator or more, or goes on with it. Its bytes follow as `video.piece`. A
   * connection adds one at a time: one that was begun before is left.
   */
  "video.add": {
    request: new Definition("video.add", {
      /** The client's number for it. */
      upload: count(),
      /** A name, or `collection/name`. */
      name: text(400),
      /** Of its file, with its dot. */
      extension: text(10),
      sizeBytes: count(VIDEO_ADDED_MAX_BYTES),
      /** The client's name for this very file: what comes of it stays for a day, and goes on. Absent: forgotten with the connection. */
      file: optional(hex(16)),
    }),
    reply: new Definition("video.adding", {
      /** What is there of it: the first piece begins behind. Absent from servers that keep nothing. */
      storedBytes: optional(count()),
    }),
  },
  /** All of it is stored: it is looked at, and belongs to the library from then on. */
  "video.finish": {
    request: new Definition("video.finish", { upload: count() }),
    reply: new Definition("video.added", { name: text(400), sizeBytes: count() }),
  },
  /**
   * What a video has beside its pictures, each track by its place, from 0. A server without sound does not know the request and
   * refuses it, and the video goes on without.
   */
  "video.tracks": {
    request: new Definition("video.tracks", { stream: count() }),
    reply: new Definition("video.tracks-found", { sound: tracks(16), subtitles: tracks(64) }),
  },
  /** Subtitles of a track, paged. */
  "video.cues": {
    request: new Definition("video.cues", {
      stream: count(),
      track: count(63),
      /** How many of them were got before; absent for the first page. */
      after: optional(count()),
    }),
    reply: new Definition("video.cues-found", {
      /** In the order of their times. */
      cues: list(record({ from: count(), until: count(), text: text(300) }), CUES_OF_PAGE_MAX),
      more: flag(),
    }),
  },
});

/** A longer reserve would show what the line is like now too late. */
const RESERVE_MAX_MS = 10_000;

/** What a client tells without an answer. */
export const VIDEO_NOTICES = definitions({
  /** The next bytes of a video that this connection adds, on the bulk lane. Of another one they are passed over. */
  "video.piece": new Definition("video.piece", {
    upload: count(),
    /** Where it begins: where the one before ended. */
    offset: count(),
  }, BULK_PART_MAX_BYTES),
  /**
   * Grants frames and bytes beyond what was granted before, and reports what became of the last ones. The server never
   * has more on the way than was granted.
   */
  "video.credit": new Definition("video.credit", {
    stream: count(),
    epoch: count(),
    frames: count(10_000),
    bytes: count(64 * 1024 * 1024),
    /** The rest in mode `adaptive`. Frames of this epoch that have arrived: what the line's delay is measured by. */
    received: optional(count()),
    /** Pixels that a picture is drawn on. */
    boxWidth: optional(count(65_535)),
    boxHeight: optional(count(65_535)),
    /** How long the screen takes for a picture, and how long it takes to make one, on average. */
    drawMs: optional(count(60_000)),
    decodeMs: optional(count(60_000)),
    /** Bytes a second that the client wants at most. */
    maxRate: optional(count()),
    /** How long before its time a frame may come, so that nobody sees that the line stalls. Absent: not before. */
    reserveMs: optional(count(RESERVE_MAX_MS)),
  }),
  /**
   * Takes sound of a track, from a time of the stream to another; what was sent of it in this epoch is not sent again. Another
   * track or an earlier time begins anew.
   */
  "video.listen": new Definition("video.listen", {
    stream: count(),
    epoch: count(),
    track: count(15),
    /** Milliseconds. */
    from: count(),
    until: count(),
  }),
});

/** What the server tells unasked. */
export const VIDEO_PUSHES = definitions({
  /** So much of what this connection adds is stored; with a problem it cannot go on, and is forgotten. */
  "video.stored": new Definition("video.stored", {
    upload: count(),
    storedBytes: count(),
    problem: optional(text(300)),
  }),
  /** A frame, or the next part of it. Payload: JPEG bytes from `offset` on. The first part tells all. */
  "video.frame": new Definition("video.frame", {
    stream: count(),
    epoch: count(),
    mode: oneOf(...VIDEO_MODES),
    rendition: oneOf(...RUNGS),
    /** Place in the stream, from 0. */
    index: count(),
    total: count(),
    width: count(65_535),
    height: count(65_535),
    /** Time in the stream, in milliseconds; never goes back within an epoch. */
    pts: count(),
    /** Length of the whole JPEG. */
    size: count(1024 * 1024),
    offset: count(1024 * 1024),
    /** Place of the frame in its own rendition, from 0. */
    source: count(),
    /** In mode `adaptive`: one frame of so many is sent, and why not more and larger ones. */
    every: optional(count(1000)),
    limit: optional(oneOf(...RUNG_LIMITS)),
  }, MAX_FRAME_PART_BYTES),
  /**
   * The frame that is due is not there: the server makes it. Said when that takes longer than a moment, until the next frame or
   * change. A client that does not know it sees that none comes.
   */
  "video.waiting": new Definition("video.waiting", {
    stream: count(),
    epoch: count(),
    /** Place in the stream. */
    index: count(),
  }),
  /** The stream is over: all frames are sent, or it cannot go on. */
  "video.end": new Definition("video.end", {
    stream: count(),
    epoch: count(),
    sent: count(),
    dropped: count(),
    complete: flag(),
    /** Why it ended early. */
    problem: optional(text(300)),
  }),
  /** Some sound. Payload: Opus packets of 20 ms at 48 kHz in stereo, one after the other. */
  "video.sound": new Definition("video.sound", {
    stream: count(),
    epoch: count(),
    track: count(15),
    /** Place in the stream of what is to be heard, in samples. */
    at: count(),
    /** Samples in front of it that only bring the decoder in. */
    skip: count(960),
    /** Length of each packet; empty when there is nothing more. */
    sizes: list(count(1276), 10),
    /** Why there is nothing more, if not for the end. */
    problem: optional(text(300)),
  }, SOUND_UNIT_MAX_BYTES),
});
