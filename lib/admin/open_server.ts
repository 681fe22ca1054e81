/** Opening a server, with words for a person whose port is taken. */

import { describeError, TransportError } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import { formatHostPort } from "../net/address.ts";
import { Server } from "../server/server.ts";
import type { ServerOptions } from "../server/config/server_options.ts";
import { findFreePort } from "../net/reachable.ts";

const log = logger("server");

/** What another port may mend. */
const PORT_FAILURES: readonly string[] = ["address-in-use", "permission-denied"];

/** Row S1.07, each cause in its own words. */
const TRY_ANOTHER = "Try a different port!";

/** `Server.open`; when the port cannot be had, with what to do, and one that is free. */
export async function openServer(options: ServerOptions): Promise<Server> {
  try {
    return await Server.open(options);
  } catch (error) {
    if (!(error instanceof TransportError) || !PORT_FAILURES.includes(error.code)) throw error;
    log.debug("cannot listen", { reason: describeError(error.cause) });
    const free = findFreePort(options.listen);
    const hint = free === undefined ? "" : ` This one is free: --listen ${formatHostPort(free)}`;
    const message = `${error.message}. ${TRY_ANOTHER}${hint}`;
    throw new TransportError(error.code, message, { cause: error });
  }
}
