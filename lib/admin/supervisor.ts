/** What systemd is told: ready, reloading, stopping, still alive. sd_notify(3) over a unix datagram; no native code. */

import { join } from "node:path";
import type { Clock } from "../base/clock.ts";
import { describeError } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import { utf8 } from "../base/bytes.ts";
import { withDeadline } from "../net/streams/deadline.ts";
import type { AdminIo } from "./admin_io.ts";
import { removeQuietly } from "./state_file.ts";

const log = logger("admin", "supervisor");

/** How long a server that ends waits for a supervisor that does not listen. */
const LAST_WORD_MS = 1_000;

/** A word to whoever started the server. */
export type SupervisorNews = "READY=1" | "RELOADING=1" | "STOPPING=1" | "WATCHDOG=1";

/** Tells nobody anything where nobody asked to be told. Never throws: the server is of use without. */
export class Supervisor implements AsyncDisposable {
  readonly #socket: Deno.DatagramConn | undefined;
  readonly #target: string;
  readonly #path: string;
  readonly #clock: Clock;
  /** One after the other: a second word while the first is on its way is refused ("Socket already in use"), and lost. */
  #telling: Promise<void> = Promise.resolve();
  #isClosed = false;
  #cancelWatchdog: () => void = () => {};

  private constructor(
    socket: Deno.DatagramConn | undefined,
    { target, path, clock }: { target: string; path: string; clock: Clock },
  ) {
    this.#socket = socket;
    this.#target = target;
    this.#path = path;
    this.#clock = clock;
  }

  /** `dataFolder` holds the own end of the socket for as long as this is open; Deno needs a name for it. */
  static open(io: AdminIo, dataFolder: string): Supervisor {
    const target = io.env("NOTIFY_SOCKET") ?? "";
    const path = join(dataFolder, "notify.sock");
    // An abstract one (`@…`) cannot be named in Deno; systemd's own is a path.
    const place = { target, path, clock: io.clock };
    if (!target.startsWith("/")) return new Supervisor(undefined, place);
    try {
      removeQuietly(path);
      const socket = Deno.listenDatagram({ transport: "unixpacket", path });
      const supervisor = new Supervisor(socket, place);
      supervisor.#startWatchdog(Number(io.env("WATCHDOG_USEC") ?? 0));
      return supervisor;
    } catch (error) {
      log.warn("supervisor cannot be told", { reason: describeError(error) });
      return new Supervisor(undefined, place);
    }
  }

  /** Returns at once. What is told arrives in order. */
  tell(news: SupervisorNews): void {
    const socket = this.#socket;
    if (socket === undefined || this.#isClosed) return;
    this.#telling = this.#telling.then(() => this.#send(socket, news));
  }

  /** What was told before is still said. Closing twice is fine. */
  async close(): Promise<void> {
    this.#cancelWatchdog();
    if (this.#socket === undefined || this.#isClosed) return;
    this.#isClosed = true;
    const deadline = { clock: this.#clock, timeoutMs: LAST_WORD_MS };
    await withDeadline("tell supervisor", this.#telling, () => {}, deadline).catch((error) => {
      log.warn("supervisor does not listen", { reason: describeError(error) });
    });
    this.#socket.close();
    removeQuietly(this.#path);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #send(socket: Deno.DatagramConn, news: SupervisorNews): Promise<void> {
    const bytes = utf8(news);
    try {
      const sent = await socket.send(bytes, { transport: "unixpacket", path: this.#target });
      if (sent < bytes.length) log.warn("supervisor was told half", { news });
    } catch (error) {
      log.warn("supervisor not told", { news, reason: describeError(error) });
    }
  }

  /** Twice in each period, as systemd advises. A loop that hangs says nothing, and is ended. */
  #startWatchdog(periodUs: number): void {
    if (!(periodUs > 0)) return;
    const again = () => {
      this.tell("WATCHDOG=1");
      this.#cancelWatchdog = this.#clock.after(periodUs / 2000, again);
    };
    again();
  }
}
