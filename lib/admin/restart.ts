/** `restart`: what starts the server again, and where it listens then (decision 0026). */

import { EXIT, EXIT_CODES, type ExitCode } from "../commands/exit_code.ts";
import { formatHostPort, type HostPort, parseHostPort } from "../net/addresses/address.ts";
import { portReleased } from "../net/quic/released_port.ts";
import type { AdminIo } from "./admin_io.ts";

/** Set for a server that was started again by its predecessor: where that listened. */
export const HANDED_ON = "HELIOGRAPH_RESTARTED_AT";

/** Where the server before this one listened; undefined for one that was started by somebody else. */
export function handedOnAddress(io: AdminIo): HostPort | undefined {
  const text = io.env(HANDED_ON);
  return text === undefined ? undefined : parseHostPort(text);
}

/**
 * Under a supervisor the exit code asks it to start the server again. Without one, this process does: it stays, since whoever
 * started it waits for it, runs the program again, and ends with what that ends with. Nothing but the port is handed on.
 */
export async function startAgain(
  io: AdminIo,
  { isSupervised, address }: { isSupervised: boolean; address: HostPort },
): Promise<ExitCode> {
  if (isSupervised) return EXIT.restart;
  await portReleased(address, io.clock);
  for (;;) {
    const code = await io.runAgain({ [HANDED_ON]: formatHostPort(address) });
    if (code !== EXIT.restart) return isExitCode(code) ? code : EXIT.failure;
  }
}

function isExitCode(code: number): code is ExitCode {
  return Object.hasOwn(EXIT_CODES, code);
}
