/** The whole table of requests and notices: the compiler sees that none is missing. */

import type { NoticeHandlers, Routes } from "../router.ts";
import { accountRoutes } from "./account.ts";
import { broadcastRoutes } from "./broadcast.ts";
import { directRoutes } from "./direct.ts";
import { helloRoutes } from "./hello.ts";
import { keyRoutes } from "./keys.ts";
import { presenceRoutes } from "./presence.ts";
import { loginRoutes } from "./login.ts";
import { moderationRoutes } from "./moderation.ts";
import { acknowledge, relayRoutes } from "./relay.ts";
import { roomRoutes } from "./rooms.ts";
import { spoolRoutes, stopReading, takeChunk, takeCredit } from "./spool.ts";
import { streamRoutes, takePart, takeTaken, takeWord } from "./streams.ts";
import { videoRoutes } from "./video.ts";

/** Every request. */
export const ROUTES: Routes = {
  ...helloRoutes,
  ...loginRoutes,
  ...accountRoutes,
  ...keyRoutes,
  ...presenceRoutes,
  ...relayRoutes,
  ...broadcastRoutes,
  ...moderationRoutes,
  ...roomRoutes,
  ...spoolRoutes,
  ...streamRoutes,
  ...directRoutes,
  ...videoRoutes,
};

/** Every notice. */
export const NOTICES: NoticeHandlers = {
  "relay.acknowledge": ({ session, fields }) => acknowledge(session, fields),
  "spool.chunk": ({ session, fields, payload }) => takeChunk(session, fields, payload),
  "spool.credit": ({ session, fields }) => takeCredit(session, fields),
  "spool.stop": ({ session, fields }) => stopReading(session, fields),
  "stream.part": ({ session, fields, payload }) => takePart(session, fields, payload),
  "stream.taken": ({ session, fields }) => takeTaken(session, fields),
  "stream.word": ({ session, fields, payload }) => takeWord(session, fields, payload),
  "video.credit": ({ session, fields }) => session.streams.get(fields.stream)?.credit(fields),
  "server.ping": ({ session }) => session.push("server.pong", {}),
  // Any packet resets the silence that made us ask.
  "server.pong": () => {},
};
