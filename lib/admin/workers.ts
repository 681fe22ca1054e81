/** The processes behind the port of a server besides itself (`workers`): each is a node, with a folder and a certificate of its own. */

import { describeError } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import { Scope } from "../base/scope.ts";
import { formatHostPort, type HostPort } from "../net/addresses/address.ts";
import { copyServerKeys } from "../server/keys/server_keys.ts";
import { makePrivateFolder } from "../storage/private_files.ts";
import { passSignal } from "../terminal/programs/run_again.ts";
import type { AdminIo } from "./admin_io.ts";
import { HANDED_ON } from "./restart.ts";
import { workerEnvironment, workerFolder, type WorkerPlan } from "./worker_settings.ts";

const log = logger("server", "workers");

/** Before one that has ended is started again: twice as long each time, but not after it ran for so long. */
const PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 30_000;
const GOOD_RUN_MS = 60_000;
/** Longer than a server drains. */
const END_WITHIN_MS = 15_000;

/** What they are started with. */
export interface WorkersPlan extends WorkerPlan {
  /** All of them, the first included. */
  readonly count: number;
  readonly address: HostPort;
}

/** Owns the processes. They end with it: each sees the end of its input, however the first has ended. */
export class Workers implements AsyncDisposable {
  readonly #io: AdminIo;
  readonly #plan: WorkersPlan;
  readonly #running = new Set<Deno.ChildProcess>();
  readonly #scope = new Scope();

  constructor(io: AdminIo, plan: WorkersPlan) {
    this.#io = io;
    this.#plan = plan;
    for (let number = 2; number <= plan.count; number++) {
      this.#scope.run(`worker ${number}`, (signal) => this.#keep(number, signal));
    }
  }

  /** They read their settings and certificates again. */
  reload(): void {
    for (const child of this.#running) passSignal(child, "SIGHUP");
  }

  /** Each drains as a server does. Closing twice is fine. */
  async close(): Promise<void> {
    await this.#scope.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #keep(number: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#io;
    for (let pauseMs = PAUSE_MS;; pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)) {
      const startedMs = clock.monotonicMs();
      try {
        await this.#run(number, signal);
      } catch (error) {
        // E.g. a full disk: the others go on.
        log.error("worker not started", { number, reason: describeError(error) });
      }
      signal.throwIfAborted();
      if (clock.monotonicMs() - startedMs >= GOOD_RUN_MS) pauseMs = PAUSE_MS;
      await clock.sleep(pauseMs, { signal });
    }
  }

  /** From its start to its end. */
  async #run(number: number, signal: AbortSignal): Promise<void> {
    const { address, dataFolder } = this.#plan;
    const folder = workerFolder(this.#plan, number);
    await makePrivateFolder(folder);
    // Each time: the operator may have changed them.
    await copyServerKeys(dataFolder, folder);
    signal.throwIfAborted();
    const child = this.#io.startAgain({
      ...workerEnvironment(this.#plan, number),
      [HANDED_ON]: formatHostPort(address),
    });
    this.#running.add(child);
    log.info("worker started", { number, pid: child.pid });
    const end = () => this.#end(child);
    signal.addEventListener("abort", end, { once: true });
    try {
      const { code } = await child.status;
      if (!signal.aborted) log.warn("worker ended", { number, code });
    } finally {
      signal.removeEventListener("abort", end);
      this.#running.delete(child);
      closeInput(child);
    }
  }

  #end(child: Deno.ChildProcess): void {
    // No signal: a terminal's ctrl-C has reached it already, and a second one would end it at once.
    closeInput(child);
    const cancel = this.#io.clock.after(END_WITHIN_MS, () => passSignal(child, "SIGKILL"));
    child.status.then(cancel, cancel);
  }
}

/** Resolves when the process that has started this one is gone, or wants it to end. */
export async function untilLeft(io: AdminIo): Promise<void> {
  const reader = io.input().getReader();
  try {
    while (!(await reader.read()).done);
  } catch (error) {
    log.debug("input lost", { reason: describeError(error) });
  }
}

function closeInput(child: Deno.ChildProcess): void {
  child.stdin.close().catch((error) => {
    // Closed before, or its reader is gone.
    log.debug("input not closed", { reason: describeError(error) });
  });
}
