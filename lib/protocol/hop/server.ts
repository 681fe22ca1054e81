/** What keeps a connection alive, and what the server says of itself. */

import { count, Definition, optional, text } from "../schema.ts";

/** Either side asks after a silence; the other answers at once. */
export const ping = new Definition("server.ping", {});
/** The answer to a ping. */
export const pong = new Definition("server.pong", {});

/** The server stops: clients return after the given time, spread so that they do not come all at once. */
export const goingAway = new Definition("server.going-away", {
  reason: text(300),
  reconnectAfterMs: optional(count(3_600_000)),
});

/** A screen and a half. */
export const NOTICE_MAX_LENGTH = 2000;

/** A line of the server for the person, its own word: no person signs it. */
export const notice = new Definition("server.notice", { text: text(NOTICE_MAX_LENGTH) });
