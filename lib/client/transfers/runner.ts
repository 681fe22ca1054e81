/**
 * Runs the transfers of a profile over one link: a task for each that has something to do, ended when its state moves on.
 * One process of the profile does so at a time; the others look at the table.
 */

import type { Messenger } from "../store/messenger.ts";
import type { Progress } from "./meter.ts";
import { describeError, ProtocolError, Refusal, TransportError } from "../../base/errors.ts";
import type { Peer, TransferId } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import { anySignal, Scope } from "../../base/scope.ts";
import type { Link } from "../link/link.ts";
import type { Lease } from "../profile/lease.ts";
import type { BlockTransport, TransportChoice } from "./block_transport.ts";
import { removeLeftovers } from "./leftovers.ts";
import { awaitAnswer, awaitRoom, release, upload } from "./send_task.ts";
import { TaskTools } from "./task_tools.ts";
import { type OutgoingTransfer, placeOf, type Transfer } from "./transfer.ts";
import { untilOutside } from "./outside.ts";
import { awaitDisk, receive } from "./receive_task.ts";

const log = logger("client", "transfers");

/** From one look to the next at least: a transfer that moves writes often. */
const LOOK_MS = 200;
/** How often what is held is tried again. */
const SEND_AGAIN_MS = 10_000;
const FLUSH_AGAIN_MS = 1_000;
/** After something that may pass. */
const RETRY_MS = 3_000;

interface Beginning {
  readonly transfer: Transfer;
  readonly transport: BlockTransport;
  readonly task: Task;
}

interface Running {
  readonly transfer: Transfer;
  readonly controller: AbortController;
  readonly transport: BlockTransport;
  isOver: boolean;
}

/** What the runner needs of its client. */
export interface RunnerOptions {
  readonly messenger: Messenger;
  readonly link: Link;
  readonly lease: Lease;
  /** Whether a live stream runs in this program. */
  isLiveRunning(): boolean;
  /** Sends what waits. */
  send(): Promise<void>;
  /** Left out: all go through the server. */
  readonly choice?: TransportChoice | undefined;
  /** Whether nothing holds back what is for this account or room (SR-07). */
  mayLeave(peer: Peer): Promise<boolean>;
}

/** One for each link. */
export class TransferRunner {
  readonly #options: RunnerOptions;
  readonly #tools: TaskTools;
  readonly #running = new Map<TransferId, Running>();
  /** Once for each link: what fails is asked for again over the next one. */
  readonly #released = new Set<TransferId>();
  /** The last own word that was there at the last sending, and when that was. */
  #sent = { upTo: 0, atMs: 0 };

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#tools = new TaskTools(options);
  }

  /** How a transfer moves, if it does here. */
  progressOf(id: TransferId): Progress | undefined {
    return this.#tools.progressOf(id);
  }

  /** Runs until the link ends, the lease is lost, or `signal` aborts; rejects with its reason then. */
  async run(signal: AbortSignal): Promise<void> {
    const { link, lease, choice, messenger: { profile: { clock, writes } } } = this.#options;
    await using scope = new Scope(signal);
    const ended = new AbortController();
    link.closed.then(() => ended.abort(LINK_ENDED));
    const until = anySignal(scope.signal, ended.signal);
    scope.run("lane", async (stop) => {
      await quietly("lane", () => this.#tools.spool.lane.run(stop));
    });
    const ring = () => this.#tools.bell.ring();
    const stopListening = writes.listen(ring);
    const stopHearing = choice?.onChange(ring);
    lease.lost.then(ring);
    try {
      while (link.isOpen && lease.isHeld && !until.aborted) {
        await this.#look(scope, until);
        await this.#tools.sayAll();
        await this.#send();
        await clock.sleep(LOOK_MS, { signal: until });
        await this.#tools.bell.wait(clock, { timeoutMs: this.#againMs, signal: until });
      }
    } catch (error) {
      if (error !== LINK_ENDED && !(error instanceof TransportError)) throw error;
    } finally {
      stopListening();
      stopHearing?.();
      for (const { controller } of this.#running.values()) controller.abort(LINK_ENDED);
    }
    signal.throwIfAborted();
  }

  /** Sends what was written since the last time. What is held is tried again now and then: the server counts some tries. */
  async #send(): Promise<void> {
    const { send, messenger: { drafts, outbox, profile: { database, clock } } } = this.#options;
    const last = database.query(
      "SELECT max(place) AS last FROM delivery",
      (row) => row.optionalInteger("last"),
    ).first() ?? 0;
    const nowMs = clock.monotonicMs();
    if (last === this.#sent.upTo && nowMs < this.#sent.atMs + this.#againMs) return;
    this.#sent = { upTo: last, atMs: nowMs };
    if (drafts.peers().length > 0 || outbox.peers().length > 0) await send();
  }

  /** How soon what is held is tried again: what is sealed waits only for the group to move on, as after a first contact. */
  get #againMs(): number {
    return this.#options.messenger.outbox.peers().length > 0 ? FLUSH_AGAIN_MS : SEND_AGAIN_MS;
  }

  /** Begins what has something to do, ends what moved on. */
  async #look(scope: Scope, until: AbortSignal): Promise<void> {
    await this.#tools.yieldToOthers();
    const active = await this.#tools.store.active();
    for (const { transfer, controller, transport, isOver } of this.#running.values()) {
      if (controller.signal.aborted) {
        if (isOver) this.#running.delete(transfer.id);
        continue;
      }
      const now = this.#tools.store.stateOf(transfer.id)?.state;
      // Another transport: it is taken up there, at what the far end has.
      const isSame = now === transfer.state.state &&
        transport === this.#tools.transportOf(transfer);
      if (!isSame) controller.abort(MOVED_ON);
    }
    await this.#release(scope);
    for (const transfer of active) {
      // Also when it is to end: two of them would write to the same files, and one would stop what the other reads.
      if (this.#running.get(transfer.id)?.isOver === false) continue;
      const transport = this.#tools.transportOf(transfer);
      const task = taskOf(this.#tools, transfer, transport);
      if (task !== undefined) this.#begin(scope, until, { transfer, transport, task });
    }
  }

  /** Whatever gave it up, and whenever: also another process, or one that had no connection. */
  async #release(scope: Scope): Promise<void> {
    for (const transfer of await this.#tools.store.toRelease()) {
      const { id } = transfer;
      // Its task may have asked the server to open it a moment ago.
      if (this.#released.has(id) || this.#running.get(id)?.isOver === false) continue;
      this.#released.add(id);
      scope.run("release", async () => {
        await quietly("release", () => release(this.#tools, transfer));
      });
    }
  }

  #begin(scope: Scope, until: AbortSignal, { transfer, transport, task }: Beginning): void {
    const controller = new AbortController();
    const signal = anySignal(until, controller.signal);
    const running: Running = { transfer, controller, transport, isOver: false };
    this.#running.set(transfer.id, running);
    const what = `transfer ${transfer.number}`;
    scope.run(what, async () => {
      await quietly(what, () => this.#runTask(running, task, signal));
    });
  }

  async #runTask(running: Running, task: Task, signal: AbortSignal): Promise<void> {
    const { mayLeave, messenger: { profile: { clock } } } = this.#options;
    try {
      // Nothing leaves for somebody whose identity changed, until the person takes it (SR-07).
      while (!await mayLeave(placeOf(running.transfer))) await clock.sleep(RETRY_MS, { signal });
      await task(signal);
    } catch (error) {
      if (error instanceof TransportError && error.code === "stalled") {
        await running.transport.abandon();
      }
      // The server may be able to do later what it cannot do now.
      if (!signal.aborted) await clock.sleep(RETRY_MS, { signal });
      throw error;
    } finally {
      this.#tools.keepProgress(running.transfer.id);
      await removeLeftovers(this.#options.messenger.profile, running.transfer.id);
      running.isOver = true;
      this.#tools.bell.ring();
    }
  }
}

const MOVED_ON = new DOMException("The transfer moved on", "AbortError");
const LINK_ENDED = new DOMException("The connection ended", "AbortError");

/** One transfer's failure is not the others': it is in the log. Returns whether there was none. */
export async function quietly(what: string, action: () => Promise<unknown>): Promise<boolean> {
  try {
    await action();
    return true;
  } catch (error) {
    const isExpected = error instanceof TransportError || error instanceof Refusal ||
      error instanceof ProtocolError || error instanceof DOMException;
    const fields = { what, reason: describeError(error) };
    if (isExpected) log.debug("transfer interrupted", fields);
    else log.error("transfer failed", fields);
    return false;
  }
}

/** Runs until the state moves on, which may be its own doing, or the signal aborts. */
type Task = (signal: AbortSignal) => Promise<void>;

/** Undefined while there is nothing to do. The task keeps to `transport`. */
function taskOf(
  tools: TaskTools,
  transfer: Transfer,
  transport: BlockTransport,
): Task | undefined {
  if (transfer.direction === "out") return sendingTask(tools, transfer, transport);
  const { state } = transfer;
  if (state.state === "receiving") return (signal) => receive(tools, transfer, transport, signal);
  return awaitsRoom(state) ? (signal) => awaitDisk(tools, transfer, signal) : undefined;
}

function awaitsRoom(state: Transfer["state"]): boolean {
  return state.state === "paused" && state.by === "here" && state.until === "room";
}

function sendingTask(
  tools: TaskTools,
  transfer: OutgoingTransfer,
  transport: BlockTransport,
): Task | undefined {
  switch (transfer.state.state) {
    case "offered":
      return (signal) => awaitAnswer(tools, transfer, transport, signal);
    case "uploading":
      return (signal) => upload(tools, transfer, transport, signal);
    case "uploaded":
      // Nothing to do but to notice what comes next.
      return transfer.room === undefined
        ? aborted
        : (signal) => untilOutside(tools, transfer, signal);
    default:
      return awaitsRoom(transfer.state)
        ? (signal) => awaitRoom(tools, transfer, transport, signal)
        : undefined;
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
