/** The language between a client and its server: the tables of all messages, and nothing else. */

import { definitions, exchanges, type FieldsOf } from "../schema.ts";
import { broadcastMessage, broadcastRead, broadcastSend } from "./broadcast.ts";
import {
  accountDataNews,
  accountDataRead,
  accountDataWrite,
  deviceList,
  deviceName,
  deviceRemove,
  linkAnswer,
  linkAsk,
  linkNews,
  linkRequests,
  linkResult,
} from "./device.ts";
import { directRendezvous, directSeen } from "./direct.ts";
import { inviteMake } from "./invite.ts";
import { keysAccount, keysCertificates, keysCount, keysFetch, keysPublish } from "./keys.ts";
import {
  deleteAccount,
  linkDevice,
  loginDevice,
  loginFinish,
  loginStart,
  logout,
  passwordFinish,
  passwordStart,
  recoveryFetch,
  registerFinish,
  registerStart,
  resetIdentity,
} from "./login.ts";
import {
  audit,
  dismissed,
  grant,
  kick,
  locks,
  mute,
  roleChanged,
  roles,
  sanctions,
  unkick,
  unlock,
  unmute,
} from "./moderation.ts";
import {
  relayAcknowledge,
  relayCaughtUp,
  relayCommit,
  relayEnvelope,
  relayGroup,
  relayList,
  relayOpen,
  relayRestored,
  relaySend,
  relaySubscribe,
  relayWinner,
} from "./relay.ts";
import {
  roomClose,
  roomCommit,
  roomCreate,
  roomDecline,
  roomEntries,
  roomFind,
  roomGuests,
  roomInvitation,
  roomInvite,
  roomKicked,
  roomList,
  roomListOpen,
  roomNews,
  roomRemove,
  roomWanted,
} from "./room.ts";
import { presenceChange, presenceSet, rosterChange, rosterPage } from "./roster.ts";
import {
  spoolChunk,
  spoolCredit,
  spoolEnded,
  spoolFetch,
  spoolOpen,
  spoolPiece,
  spoolRelease,
  spoolStop,
  spoolStored,
} from "./spool.ts";
import { clock, end, goingAway, hello, notice, ping, pong } from "./server.ts";
import {
  streamEnded,
  streamHeard,
  streamJoin,
  streamLeave,
  streamOpen,
  streamPart,
  streamPassed,
  streamPiece,
  streamTaken,
  streamWatchers,
  streamWord,
} from "./stream.ts";
import {
  videoControl,
  videoCredit,
  videoCues,
  videoEnd,
  videoFrame,
  videoList,
  videoListen,
  videoOpen,
  videoSound,
  videoTracks,
} from "./video.ts";

/** What a client asks and the server answers, by the kind of the request. */
export const HOP_REQUESTS = exchanges({
  "hello": hello,
  "server.clock": clock,
  "server.end": end,
  "login.register-start": registerStart,
  "login.register-finish": registerFinish,
  "login.start": loginStart,
  "login.finish": loginFinish,
  "login.device": loginDevice,
  "login.recovery-fetch": recoveryFetch,
  "login.link-device": linkDevice,
  "login.reset-identity": resetIdentity,
  "login.password-start": passwordStart,
  "login.password-finish": passwordFinish,
  "login.delete-account": deleteAccount,
  "login.logout": logout,
  "device.list": deviceList,
  "device.name": deviceName,
  "device.remove": deviceRemove,
  "device.link-ask": linkAsk,
  "device.link-requests": linkRequests,
  "device.link-answer": linkAnswer,
  "device.read-page": accountDataRead,
  "device.write-page": accountDataWrite,
  "invite.make": inviteMake,
  "keys.publish": keysPublish,
  "keys.count": keysCount,
  "keys.fetch": keysFetch,
  "keys.certificates": keysCertificates,
  "keys.account": keysAccount,
  "roster.page": rosterPage,
  "presence.set": presenceSet,
  "relay.open": relayOpen,
  "relay.send": relaySend,
  "relay.commit": relayCommit,
  "relay.group": relayGroup,
  "relay.winner": relayWinner,
  "relay.list": relayList,
  "relay.restored": relayRestored,
  "relay.subscribe": relaySubscribe,
  "broadcast.send": broadcastSend,
  "broadcast.read": broadcastRead,
  "moderation.roles": roles,
  "moderation.grant": grant,
  "moderation.kick": kick,
  "moderation.unkick": unkick,
  "moderation.mute": mute,
  "moderation.unmute": unmute,
  "moderation.sanctions": sanctions,
  "moderation.locks": locks,
  "moderation.unlock": unlock,
  "moderation.audit": audit,
  "room.create": roomCreate,
  "room.invite": roomInvite,
  "room.remove": roomRemove,
  "room.commit": roomCommit,
  "room.entries": roomEntries,
  "room.wanted": roomWanted,
  "room.invitation": roomInvitation,
  "room.decline": roomDecline,
  "room.guests": roomGuests,
  "room.kicked": roomKicked,
  "room.list": roomList,
  "room.list-open": roomListOpen,
  "room.find": roomFind,
  "room.close": roomClose,
  "spool.open": spoolOpen,
  "spool.fetch": spoolFetch,
  "spool.release": spoolRelease,
  "stream.open": streamOpen,
  "stream.join": streamJoin,
  "stream.leave": streamLeave,
  "direct.rendezvous": directRendezvous,
  "video.list": videoList,
  "video.open": videoOpen,
  "video.control": videoControl,
  "video.tracks": videoTracks,
  "video.cues": videoCues,
});

/** What a client tells without an answer. */
export const HOP_NOTICES = definitions({
  "relay.acknowledge": relayAcknowledge,
  "spool.chunk": spoolChunk,
  "spool.credit": spoolCredit,
  "spool.stop": spoolStop,
  "stream.part": streamPart,
  "stream.taken": streamTaken,
  "stream.word": streamWord,
  "video.credit": videoCredit,
  "video.listen": videoListen,
  "server.ping": ping,
  "server.pong": pong,
});

/** What the server tells unasked. */
export const HOP_PUSHES = definitions({
  "device.link-news": linkNews,
  "device.link-result": linkResult,
  "device.page-news": accountDataNews,
  "roster.change": rosterChange,
  "presence.change": presenceChange,
  "relay.envelope": relayEnvelope,
  "relay.caught-up": relayCaughtUp,
  "broadcast.message": broadcastMessage,
  "moderation.dismissed": dismissed,
  "moderation.role": roleChanged,
  "room.news": roomNews,
  "spool.stored": spoolStored,
  "spool.piece": spoolPiece,
  "spool.ended": spoolEnded,
  "stream.piece": streamPiece,
  "stream.passed": streamPassed,
  "stream.heard": streamHeard,
  "stream.watchers": streamWatchers,
  "stream.ended": streamEnded,
  "direct.seen": directSeen,
  "video.frame": videoFrame,
  "video.end": videoEnd,
  "video.sound": videoSound,
  "server.going-away": goingAway,
  "server.notice": notice,
  "server.ping": ping,
  "server.pong": pong,
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
