/** Which task a transfer has in the state that it is in. */

import { untilOutside } from "./outside.ts";
import { awaitDisk, receive } from "./receive_task.ts";
import { awaitAnswer, awaitRoom, upload } from "./send_task.ts";
import type { BlockTransport } from "./block_transport.ts";
import type { TaskTools } from "./task_tools.ts";
import type { OutgoingTransfer, Transfer } from "./transfer.ts";

/** Runs until the state moves on, which may be its own doing, or the signal aborts. */
export type Task = (signal: AbortSignal) => Promise<void>;

/** Undefined while there is nothing to do. The task keeps to `transport`. */
export function taskOf(
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
