/** The console of a server that starts, if this process has a terminal for it. */

import { describeError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { type AdminIo, isPlain } from "../admin_io.ts";
import { ConsoleHistory } from "./console_history.ts";
import { OwnConsole, type OwnConsoleOptions } from "./own_console.ts";

const log = logger("admin", "console");

/** Undefined without a terminal. Never rejects: the server runs without a console, too. */
export async function findConsole(
  io: AdminIo,
  options: Pick<OwnConsoleOptions, "runner" | "onInterrupt" | "afterRestart"> & {
    dataFolder: string;
  },
): Promise<OwnConsole | undefined> {
  const device = io.terminal();
  if (device === undefined) return undefined;
  const { dataFolder, ...hands } = options;
  const history = await ConsoleHistory.open(dataFolder);
  try {
    return await OwnConsole.open(device, {
      ...hands,
      history,
      typedAt: { io, folder: dataFolder, isJson: false },
      clock: io.clock,
      plain: isPlain(io),
    });
  } catch (error) {
    log.warn("no console", { reason: describeError(error) });
    return undefined;
  }
}
