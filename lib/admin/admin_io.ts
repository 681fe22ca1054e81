/** What the server's verbs have around them: streams, environment, time. Passed in, so that tests need no process. */

import { posix, win32 } from "node:path";
import type { Clock } from "../base/clock.ts";
import type { Random } from "../base/random.ts";
import type { TtyDevice } from "../terminal/tty/tty_device.ts";
import { type ProgramFolders, programFolders } from "../storage/paths.ts";

/** The outside of a verb. */
export interface AdminIo {
  /** Data, a line each. */
  out(line: string): Promise<void>;
  /** Messages for the person, a line each. */
  note(line: string): Promise<void>;
  /** Asks the person, no being the answer to silence. Throws UsageError `no-input` when nobody can be asked. */
  confirm(question: string): Promise<boolean>;
  /** Log lines. Does not wait; a line that cannot be written is lost. */
  log(line: string): void;
  /** The terminal that a console can have: undefined without one, and in the background, where taking it would stop the process. */
  terminal(): TtyDevice | undefined;
  /** Whether data goes to a terminal. */
  readonly isRead: boolean;
  /** Whether a person may sit there: standard input is a terminal. */
  readonly isAttended: boolean;
  /**
   * Runs this program once more with the same arguments on the same streams, and `environment` besides; passes signals on.
   * Returns its exit code.
   */
  runAgain(environment: Readonly<Record<string, string>>): Promise<number>;
  /**
   * Starts this program once more with the same arguments and `environment` besides; it logs where this one does, prints nothing,
   * and its standard input is whatever is written to it.
   */
  startAgain(environment: Readonly<Record<string, string>>): Deno.ChildProcess;
  /** Standard input, for whoever was started by `startAgain`. */
  input(): ReadableStream<Uint8Array>;
  env(name: string): string | undefined;
  readonly os: typeof Deno.build.os;
  /** What relative paths of the command line are relative to. */
  readonly workingFolder: string;
  /** Where the entry file lies: a `videos/` beside it is the project's own. */
  readonly programFolder: string | undefined;
  readonly clock: Clock;
  readonly random: Random;
}

/** Whether the person wants no escape sequences: screen readers, and terminals that know none. */
export function isPlain(io: AdminIo): boolean {
  return io.env("ACCESSIBLE") === "1" || io.env("TERM") === "dumb";
}

/** A path of the command line, absolute. */
export function resolvePath(io: AdminIo, path: string): string {
  return (io.os === "windows" ? win32 : posix).resolve(io.workingFolder, path);
}

/** The server's own folders. Throws StorageError `not-found` without a home. */
export function serverFolders(io: AdminIo): ProgramFolders {
  const { os, workingFolder } = io;
  return programFolders("heliograph-server", { os, env: (name) => io.env(name), workingFolder });
}

/** The data folder of a verb: as given, else that of the environment, else the server's own. */
export function dataFolder(io: AdminIo, given: string | undefined): string {
  const named = given ?? io.env("HELIOGRAPH_DATA");
  return named === undefined || named === "" ? serverFolders(io).data : resolvePath(io, named);
}
