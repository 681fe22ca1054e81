/** A server of itself: the first exchange on a connection, what keeps it alive, what it says to the person, and its end. */

import {
  base64,
  count,
  Definition,
  definitions,
  exchanges,
  flag,
  hex,
  oneOf,
  optional,
  record,
  text,
  timestamp,
} from "../schema.ts";
import { sizes } from "../sections.ts";

/** Length of both nonces in bytes. */
export const NONCE_BYTES = 32;

const versions = () => record({ min: count(65_535), max: count(65_535) });

/** A server's first CA certificate and 31 statements: one a year for longer than anybody keeps a server. */
export const SUCCESSION_PARTS_MAX = 32;
/** A part of ours has up to 560 bytes. */
const SUCCESSION_MAX_BYTES = 32 * 1024;

/** A few lines, which a client shows as one. UTF-16 units. */
export const MOTD_MAX_LENGTH = 500;

/**
 * Reply payload: how the server's CA came to be (SR-50). The first CA's certificate (DER), then each statement by which one
 * CA named the next. The client compares the last CA with the one that TLS proved.
 */
export const hello = {
  request: new Definition("hello", {
    versions: versions(),
    /** Program name and version, for the server's log. */
    program: text(80),
    nonce: base64(NONCE_BYTES),
  }),
  reply: new Definition("hello.ok", {
    version: count(65_535),
    serverName: text(100),
    /** What its operator says to everyone who connects (row S3.05). */
    motd: optional(text(MOTD_MAX_LENGTH)),
    nonce: base64(NONCE_BYTES),
    registration: oneOf("open", "invite", "closed"),
    /** The life of its database: another one than before means that a backup was restored (SR-58). */
    incarnation: hex(16),
    /** Whether the server has an ffmpeg: without it only videos extracted before can be watched. */
    video: flag(),
    /** Lengths of the payload's parts. */
    sizes: sizes(SUCCESSION_PARTS_MAX),
  }, SUCCESSION_MAX_BYTES),
} as const;

/** Either side asks after a silence; the other answers at once. */
const ping = new Definition("server.ping", {});
/** The answer to a ping. */
const pong = new Definition("server.pong", {});

/** What time it is at the server: those who play something together measure how far their clocks are from it. */
const clock = {
  request: new Definition("server.clock", {}),
  reply: new Definition("server.time", { atMs: timestamp() }),
} as const;

/**
 * What the operator says of all accounts together. It only moves what a person left open: their own word wins, and no more than
 * texts come in by it (docs/decisions/0117-accounts-that-know-each-other.md).
 */
const policy = {
  request: new Definition("server.policy", {}),
  reply: new Definition("server.policies", {
    /** `all`: the accounts know each other, so a first text needs no request. `strangers`: nothing is said of that. */
    requests: oneOf("all", "strangers"),
  }),
} as const;

/** A screen and a half. */
export const NOTICE_MAX_LENGTH = 2000;

/** A line of the server for the person, its own word: no person signs it. */
const notice = new Definition("server.notice", { text: text(NOTICE_MAX_LENGTH) });

/** A week: what is later is forgotten by then. */
export const MAX_END_SECONDS = 604_800;
/** UTF-16 units. */
export const MAX_END_REASON_LENGTH = 200;

/** Has the server end, now or in a while, or takes that back. For owners. */
const end = {
  request: new Definition("server.end", {
    how: oneOf("stop", "restart", "cancel"),
    /** Absent: now. */
    afterSeconds: optional(count(MAX_END_SECONDS)),
    /** For everybody who is connected; may be empty. */
    reason: text(MAX_END_REASON_LENGTH),
  }),
  reply: new Definition("server.ending", {
    /** When it ends; absent when it was taken back. */
    atMs: optional(timestamp()),
    /** How many connections there are. */
    connections: count(),
  }),
} as const;

/** What a client asks, and the server answers. */
export const SERVER_REQUESTS = exchanges({
  "hello": hello,
  "server.clock": clock,
  "server.policy": policy,
  "server.end": end,
});

/** What a client tells without an answer. */
export const SERVER_NOTICES = definitions({
  "server.ping": ping,
  "server.pong": pong,
});

/** What the server tells unasked. */
export const SERVER_PUSHES = definitions({
  /** The server stops: clients return after the given time, spread so that they do not come all at once. */
  "server.going-away": new Definition("server.going-away", {
    reason: text(300),
    reconnectAfterMs: optional(count(3_600_000)),
  }),
  "server.notice": notice,
  "server.ping": ping,
  "server.pong": pong,
});
