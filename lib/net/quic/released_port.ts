/** A UDP port after the `QuicSocket` on it was closed. */

import type { Clock } from "../../base/clock.ts";
import { formatHostPort, type HostPort } from "../addresses/address.ts";
import { logger } from "../../base/log.ts";
import { describeError } from "../../base/errors.ts";

const log = logger("net", "udp");

/** Asked for and never touched, so no memory is taken; the garbage collector comes by after some of them. */
const PRESSURE_BYTES = 64 * 1024 * 1024;
/** Those that are held on to make it look at what is old as well: the socket of a program that has run for a while is that. */
const MAX_HELD = 16;
const MAX_ROUNDS = 100;

/**
 * Waits until the system has the port back, for a process that goes on after its server and would keep the port from the next
 * one: Deno gives it back when the garbage collector comes by, and a process that only waits calls none. Gives up after a while.
 */
export async function portReleased(address: HostPort, clock: Clock): Promise<void> {
  let held: ArrayBuffer[] = [];
  try {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      if (isFree(address)) return;
      if (held.length === MAX_HELD) held = [];
      held.push(new ArrayBuffer(PRESSURE_BYTES));
      await clock.sleep(1);
    }
  } catch (error) {
    // No memory, or no such address any more: the next server says what it has to do without.
    log.debug("port not released", {
      address: formatHostPort(address),
      reason: describeError(error),
    });
  }
}

function isFree({ host, port }: HostPort): boolean {
  try {
    Deno.listenDatagram({ transport: "udp", hostname: host, port }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return false;
    throw error;
  }
}
