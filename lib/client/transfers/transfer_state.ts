/**
 * The two machines of a transfer: what its sender and its receiver are in, and what moves them. Pure; the diagram is in
 * docs/transfers.md. `undefined` means that the event changes nothing in this state.
 */

import { unreachable } from "../../base/errors.ts";

/** Who did it. */
export type Side = "here" | "there";
/** Why it ended before its end. */
export type CancelReason =
  | "cancelled"
  | "source-changed"
  | "damaged"
  | "refused"
  /** One of the two is not in the room any more. */
  | "left"
  /** The other one's account was deleted. */
  | "gone"
  /** Another device of the account has it, or gave it up. */
  | "elsewhere";

/** Over; nothing moves them any more. */
export type Ended =
  /** The receiver has verified everything. */
  | { readonly state: "done" }
  | { readonly state: "declined" }
  | { readonly state: "cancelled"; readonly by: Side; readonly reason: CancelReason };

/** Not over, and not paused. */
type Sending = "offered" | "uploading" | "uploaded";
type Receiving = "offered" | "receiving";

/** Stands still until whoever paused it goes on. */
interface Paused {
  readonly state: "paused";
  readonly by: Side;
  /** E.g. that the disk is full. */
  readonly why?: string;
  /** Goes on by itself once there is room for it. */
  readonly until?: "room";
}

/** Of the one who sends. */
export type SenderState =
  /** Waits for the answer. */
  | { readonly state: "offered" }
  /** Wanted, or for somebody who is away: goes to the server. */
  | {
    readonly state: "uploading";
    /** What the server has is to be thrown away first. */
    readonly again?: true;
  }
  /** All of it is at the server; the receiver has not verified it yet. */
  | { readonly state: "uploaded" }
  | (Paused & { readonly was: Sending })
  | Ended;

interface PauseEvent extends Omit<Paused, "state"> {
  readonly event: "pause";
}

/** What moves a sender. */
export type SenderEvent =
  | { readonly event: "answered"; readonly accepts: boolean }
  /** The receiver is not there to answer. */
  | { readonly event: "away" }
  /** The server is ready to take it. */
  | { readonly event: "begun" }
  | { readonly event: "stored" }
  | PauseEvent
  | { readonly event: "resume"; readonly by: Side; readonly again: boolean }
  | { readonly event: "cancel"; readonly by: Side; readonly reason: CancelReason }
  | { readonly event: "verified" };

/** Of the one who receives. */
export type ReceiverState =
  /** The person has not said yes or no. */
  | { readonly state: "offered" }
  | { readonly state: "receiving" }
  | (Paused & { readonly was: Receiving })
  | Ended;

/** What moves a receiver. */
export type ReceiverEvent =
  | { readonly event: "answer"; readonly accepts: boolean }
  | PauseEvent
  | { readonly event: "resume"; readonly by: Side }
  | { readonly event: "cancel"; readonly by: Side; readonly reason: CancelReason }
  | { readonly event: "verified" };

const AGAIN: SenderState = { state: "uploading", again: true };

/** Whether nothing will happen to it any more. */
export function isEnded({ state }: SenderState | ReceiverState): boolean {
  return state === "done" || state === "declined" || state === "cancelled";
}

/**
 * Whether the server is to be told that it waits in vain: for a reader who will not come, or in a room for one of its members.
 * A single reader says so itself when it is done.
 */
export function isToRelease({ state }: SenderState | ReceiverState, isOfRoom: boolean): boolean {
  return state === "cancelled" || state === "declined" || state === "done" && isOfRoom;
}

/** What a sender is in after an event. */
export function stepSender(now: SenderState, event: SenderEvent): SenderState | undefined {
  if (isEnded(now)) return undefined;
  switch (event.event) {
    case "answered":
      return stepAnswered(now, event.accepts);
    case "away":
      return now.state === "offered" ? { state: "uploading" } : undefined;
    case "begun":
      return now.state === "uploading" && now.again ? { state: "uploading" } : undefined;
    case "stored":
      return now.state === "uploading" ? { state: "uploaded" } : undefined;
    case "pause":
      return pauseOf(now, event);
    case "resume":
      return resumeSender(now, event);
    case "cancel":
      return { state: "cancelled", by: event.by, reason: event.reason };
    case "verified":
      return { state: "done" };
    default:
      return unreachable(event);
  }
}

/** What a receiver is in after an event. */
export function stepReceiver(now: ReceiverState, event: ReceiverEvent): ReceiverState | undefined {
  if (isEnded(now)) return undefined;
  switch (event.event) {
    case "answer":
      if (now.state !== "offered" && !(now.state === "paused" && now.was === "offered")) {
        return undefined;
      }
      if (!event.accepts) return { state: "declined" };
      return now.state === "paused" ? { ...now, was: "receiving" } : { state: "receiving" };
    case "pause":
      return pauseOf(now, event);
    case "resume":
      return now.state === "paused" && now.by === event.by ? { state: now.was } : undefined;
    case "cancel":
      return { state: "cancelled", by: event.by, reason: event.reason };
    case "verified":
      return now.state === "receiving" ? { state: "done" } : undefined;
    default:
      return unreachable(event);
  }
}

function stepAnswered(now: SenderState, accepts: boolean): SenderState | undefined {
  if (!accepts) return { state: "declined" };
  if (now.state === "offered") return { state: "uploading" };
  // Paused here before the answer came: it goes on by itself when that ends.
  return now.state === "paused" && now.was === "offered" ? { ...now, was: "uploading" } : undefined;
}

/** A pause belongs to who made it: the other side cannot end it, and a second one changes nothing. */
function pauseOf<Was extends string>(
  now: { readonly state: string },
  { event: _, ...how }: PauseEvent,
): (Paused & { was: Was }) | undefined {
  if (now.state === "paused") return undefined;
  // States that are neither ended nor paused are those that a pause remembers.
  return { state: "paused", ...how, was: now.state as Was };
}

function resumeSender(
  now: SenderState,
  { by, again }: { by: Side; again: boolean },
): SenderState | undefined {
  if (now.state === "paused") {
    if (now.by !== by) return undefined;
    return again && now.was === "uploaded" ? AGAIN : { state: now.was };
  }
  return again && now.state === "uploaded" ? AGAIN : undefined;
}
