/**
 * Structured logging: an event name and fields, by category. Never keys, plaintext, passwords or payloads.
 * Where the lines go is decided once, by the program (`server/logging`, `client/logging`); without that they go nowhere.
 */

import { getLogger } from "@logtape/logtape";

/** Values must be plain data. Text from outside is escaped by the sink (SR-55), not here. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Takes lines of four levels. `event` is a fixed text; what varies goes into the fields. */
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

/** The log of a room or a part of it, e.g. `logger("server", "session")`. */
export function logger(...category: readonly string[]): Log {
  const target = getLogger(["heliograph", ...category]);
  return {
    debug: (event, fields = {}) => target.debug(event, fields),
    info: (event, fields = {}) => target.info(event, fields),
    warn: (event, fields = {}) => target.warn(event, fields),
    error: (event, fields = {}) => target.error(event, fields),
  };
}
