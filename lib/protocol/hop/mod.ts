/** The language between a client and its server: the tables of all messages, and nothing else. */

import { definitions, exchanges, type FieldsOf } from "../schema.ts";
import { BROADCAST_PUSHES, BROADCAST_REQUESTS } from "./broadcast.ts";
import { DEVICE_PUSHES, DEVICE_REQUESTS } from "./device.ts";
import { DIRECT_PUSHES, DIRECT_REQUESTS } from "./direct.ts";
import { INVITE_REQUESTS } from "./invite.ts";
import { KEYS_REQUESTS } from "./keys.ts";
import { LOGIN_REQUESTS } from "./login.ts";
import { MODERATION_PUSHES, MODERATION_REQUESTS } from "./moderation.ts";
import { RELAY_NOTICES, RELAY_PUSHES, RELAY_REQUESTS } from "./relay.ts";
import { ROOM_PUSHES, ROOM_REQUESTS } from "./room.ts";
import { ROSTER_PUSHES, ROSTER_REQUESTS } from "./roster.ts";
import { SERVER_NOTICES, SERVER_PUSHES, SERVER_REQUESTS } from "./server.ts";
import { SPOOL_NOTICES, SPOOL_PUSHES, SPOOL_REQUESTS } from "./spool.ts";
import { STREAM_NOTICES, STREAM_PUSHES, STREAM_REQUESTS } from "./stream.ts";
import { VIDEO_NOTICES, VIDEO_PUSHES, VIDEO_REQUESTS } from "./video.ts";

/** What a client asks and the server answers, by the kind of the request. */
export const HOP_REQUESTS = exchanges({
  ...SERVER_REQUESTS,
  ...LOGIN_REQUESTS,
  ...DEVICE_REQUESTS,
  ...INVITE_REQUESTS,
  ...KEYS_REQUESTS,
  ...ROSTER_REQUESTS,
  ...RELAY_REQUESTS,
  ...BROADCAST_REQUESTS,
  ...MODERATION_REQUESTS,
  ...ROOM_REQUESTS,
  ...SPOOL_REQUESTS,
  ...STREAM_REQUESTS,
  ...DIRECT_REQUESTS,
  ...VIDEO_REQUESTS,
});

/** What a client tells without an answer. */
export const HOP_NOTICES = definitions({
  ...RELAY_NOTICES,
  ...SPOOL_NOTICES,
  ...STREAM_NOTICES,
  ...VIDEO_NOTICES,
  ...SERVER_NOTICES,
});

/** What the server tells unasked. */
export const HOP_PUSHES = definitions({
  ...DEVICE_PUSHES,
  ...ROSTER_PUSHES,
  ...RELAY_PUSHES,
  ...BROADCAST_PUSHES,
  ...MODERATION_PUSHES,
  ...ROOM_PUSHES,
  ...SPOOL_PUSHES,
  ...STREAM_PUSHES,
  ...DIRECT_PUSHES,
  ...VIDEO_PUSHES,
  ...SERVER_PUSHES,
});

/** The table of requests as a type: the router is typed by mapping over it. */
export type HopRequests = typeof HOP_REQUESTS;
/** A kind of request. */
export type HopRequestKind = keyof HopRequests;
/** The table of notices as a type. */
export type HopNotices = typeof HOP_NOTICES;
/** A kind of notice. */
export type HopNoticeKind = keyof HopNotices;
/** The table of pushes as a type. */
export type HopPushes = typeof HOP_PUSHES;
/** A kind of push. */
export type HopPushKind = keyof HopPushes;

/** The checked fields of a request. */
export type RequestFields<Kind extends HopRequestKind> = FieldsOf<HopRequests[Kind]["request"]>;
/** The checked fields of its reply. */
export type ReplyFields<Kind extends HopRequestKind> = FieldsOf<HopRequests[Kind]["reply"]>;
/** The checked fields of a notice. */
export type NoticeFields<Kind extends HopNoticeKind> = FieldsOf<HopNotices[Kind]>;
/** The checked fields of a push. */
export type PushFields<Kind extends HopPushKind> = FieldsOf<HopPushes[Kind]>;
