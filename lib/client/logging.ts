/** Where the client's log lines go: into a file, since the screen belongs to the faces. */

import {
  escapeLogLine,
  LOG_LEVELS,
  logFieldWords,
  type LogRecord,
  setLogSink,
} from "../base/log.ts";
import { RollingFile } from "../storage/rolling_file.ts";

/** The file's name in the state folder. */
const FILE = "client.log";
/** Two of them at most, e.g. some weeks of a client that is always on. */
const LIMIT_BYTES = 1_000_000;

/** The client's log in a state folder. */
export function logPath(stateFolder: string): string {
  return `${stateFolder}/${FILE}`;
}

/**
 * Sends the log to the file from now on; `level` is one of debug, info, warning and error, else info. A log that cannot be
 * written is none: the client runs without. Returns what ends it.
 */
export async function startLogging(
  stateFolder: string,
  level: string | undefined,
): Promise<Disposable> {
  let file: RollingFile;
  try {
    file = await RollingFile.open(logPath(stateFolder), { limitBytes: LIMIT_BYTES });
  } catch {
    return { [Symbol.dispose]: () => {} };
  }
  setLogSink({
    level: LOG_LEVELS.find((one) => one === level) ?? "info",
    write: (record) => file.add(lineOf(record)),
  });
  return {
    [Symbol.dispose]: () => {
      setLogSink(undefined);
      file[Symbol.dispose]();
    },
  };
}

/** Removes the log and the older one, as far as the system lets it. Lines of this run that come afterwards are lost. */
export async function removeLog(stateFolder: string): Promise<void> {
  const path = logPath(stateFolder);
  for (const one of [path, `${path}.1`]) await Deno.remove(one).catch(() => {});
}

/** `2026-11-21T13:00:00.000Z info client.link 4711 connected host="…"`: several processes may write into one file. */
function lineOf({ atMs, level, category, event, fields }: LogRecord): string {
  const words = [
    new Date(atMs).toISOString(),
    level,
    category,
    Deno.pid,
    event,
    ...logFieldWords(fields),
  ];
  return escapeLogLine(words.join(" "));
}
