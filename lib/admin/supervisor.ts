/** What systemd is told: ready, reloading, stopping, still alive. sd_notify(3) over a unix datagram; no native code. */

import { join } from "node:path";
import type { Clock } from "../base/clock.ts";
import { describeError } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import { utf8 } from "../base/bytes.ts";
import type { AdminIo } from "./admin_io.ts";
import { removeQuietly } from "./state_file.ts";

const log = logger("admin", "supervisor");

/** A word to whoever started the server. */
export type SupervisorNews = "READY=1" | "RELOADING=1" | "STOPPING=1" | "WATCHDOG=1";

/** Tells nobody anything where nobody asked to be told. Never throws: the server is of use without. */
export class Supervisor implements Disposable {
  readonly #socket: Deno.DatagramConn | undefined;
  readonly #target: string;
  readonly #path: string;
  #cancelWatchdog: () => void = () => {};

  private constructor(socket: Deno.DatagramConn | undefined, target: string, path: string) {
    this.#socket = socket;
    this.#target = target;
    this.#path = path;
  }

  /** `dataFolder` holds the own end of the socket for as long as this is open; Deno needs a name for it. */
  static open(io: AdminIo, dataFolder: string): Supervisor {
    const target = io.env("NOTIFY_SOCKET") ?? "";
    const path = join(dataFolder, "notify.sock");
    // An abstract one (`@…`) cannot be named in Deno; systemd's own is a path.
    if (!target.startsWith("/")) return new Supervisor(undefined, target, path);
    try {
      removeQuietly(path);
      const socket = Deno.listenDatagram({ transport: "unixpacket", path });
      const supervisor = new Supervisor(socket, target, path);
      supervisor.#startWatchdog(io.clock, Number(io.env("WATCHDOG_USEC") ?? 0));
      return supervisor;
    } catch (error) {
      log.warn("supervisor cannot be told", { reason: describeError(error) });
      return new Supervisor(undefined, target, path);
    }
  }

  tell(news: SupervisorNews): void {
    if (this.#socket === undefined) return;
    const { length } = utf8(news);
    this.#socket.send(utf8(news), { transport: "unixpacket", path: this.#target }).then(
      (sent) => {
        if (sent < length) log.warn("supervisor was told half", { news });
      },
      (error) => log.warn("supervisor not told", { news, reason: describeError(error) }),
    );
  }

  [Symbol.dispose](): void {
    this.#cancelWatchdog();
    if (this.#socket === undefined) return;
    this.#socket.close();
    removeQuietly(this.#path);
  }

  /** Twice in each period, as systemd advises. A loop that hangs says nothing, and is ended. */
  #startWatchdog(clock: Clock, periodUs: number): void {
    if (!(periodUs > 0)) return;
    const again = () => {
      this.tell("WATCHDOG=1");
      this.#cancelWatchdog = clock.after(periodUs / 2000, again);
    };
    again();
  }
}
