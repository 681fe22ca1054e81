/** The whole table of requests and notices: the compiler sees that none is missing. */

import type { NoticeHandlers, Routes } from "../serving/router.ts";
import { accountRoutes, type AccountServices } from "./account.ts";
import { broadcastRoutes, type BroadcastServices } from "./broadcast.ts";
import { deviceRoutes, type DeviceServices } from "./device.ts";
import { directRoutes, type DirectServices } from "./direct.ts";
import { endingRoutes, type EndingServices } from "./ending.ts";
import { helloRoutes, type HelloServices } from "./hello.ts";
import { inviteRoutes, type InviteServices } from "./invites.ts";
import { keyRoutes, type KeyServices } from "./keys.ts";
import { loginRoutes, type LoginServices } from "./login.ts";
import { moderationRoutes, type ModerationServices } from "./moderation.ts";
import { accountDataRoutes, type AccountDataServices } from "./account_data.ts";
import { presenceRoutes, type PresenceServices } from "./presence.ts";
import { registrationRoutes, type RegistrationServices } from "./registration.ts";
import { acknowledge, relayRoutes, type RelayServices } from "./relay.ts";
import { roomListRoutes, type RoomListServices } from "./room_lists.ts";
import { roomRoutes, type RoomServices } from "./rooms.ts";
import { spoolRoutes, type SpoolServices, stopReading, takeChunk, takeCredit } from "./spool.ts";
import { streamRoutes, type StreamServices, takePart, takeTaken, takeWord } from "./streams.ts";
import {
  takeVideoCredit,
  takeVideoListen,
  takeVideoPiece,
  videoRoutes,
  type VideoServices,
} from "./video.ts";

/** What all handlers together touch. Each file names its own. */
export type Services =
  & AccountServices
  & BroadcastServices
  & DeviceServices
  & DirectServices
  & EndingServices
  & HelloServices
  & InviteServices
  & KeyServices
  & LoginServices
  & ModerationServices
  & AccountDataServices
  & PresenceServices
  & RegistrationServices
  & RelayServices
  & RoomListServices
  & RoomServices
  & SpoolServices
  & StreamServices
  & VideoServices;

/** Every request. */
export const ROUTES: Routes<Services> = {
  ...accountRoutes,
  ...broadcastRoutes,
  ...deviceRoutes,
  ...directRoutes,
  ...endingRoutes,
  ...helloRoutes,
  ...inviteRoutes,
  ...keyRoutes,
  ...loginRoutes,
  ...moderationRoutes,
  ...accountDataRoutes,
  ...presenceRoutes,
  ...registrationRoutes,
  ...relayRoutes,
  ...roomListRoutes,
  ...roomRoutes,
  ...spoolRoutes,
  ...streamRoutes,
  ...videoRoutes,
};

/** Every notice. */
export const NOTICES: NoticeHandlers<Services> = {
  "relay.acknowledge": ({ services, session, fields }) => acknowledge(services, session, fields),
  "spool.chunk": ({ session, fields, payload }) => takeChunk(session, fields, payload),
  "spool.credit": ({ session, fields }) => takeCredit(session, fields),
  "spool.stop": ({ session, fields }) => stopReading(session, fields),
  "stream.part": ({ session, fields, payload }) => takePart(session, fields, payload),
  "stream.taken": ({ session, fields }) => takeTaken(session, fields),
  "stream.word": ({ session, fields, payload }) => takeWord(session, fields, payload),
  "video.credit": ({ session, fields }) => takeVideoCredit(session, fields),
  "video.piece": ({ session, fields, payload }) => takeVideoPiece(session, fields, payload),
  "video.listen": ({ session, fields }) => takeVideoListen(session, fields),
  "server.ping": ({ session }) => session.push("server.pong", {}),
  // Any packet resets the silence that made us ask.
  "server.pong": () => {},
};
