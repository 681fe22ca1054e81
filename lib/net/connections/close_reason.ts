/** Why a connection ended. */

import { type ProtocolError, TransportError, unreachable } from "../../base/errors.ts";

/** How a connection came to its end; `kind` says who has to act. */
export type CloseReason =
  /** We closed it. `why` is a kebab-case word of the caller: `server-going-away`, `kicked`. */
  | { readonly kind: "closed"; readonly why: string }
  /** The other side closed between two packets. */
  | { readonly kind: "peer-closed" }
  /** The other side ended, or the line broke, inside a packet. */
  | { readonly kind: "cut"; readonly receivedBytes: number; readonly sizeBytes?: number }
  /** Reading or writing failed: reset, no route, TLS broken. */
  | { readonly kind: "failed"; readonly error: TransportError }
  | { readonly kind: "protocol-error"; readonly error: ProtocolError }
  /** The receiver does not keep up: its control lane is full, or no write was completed for ten seconds. */
  | { readonly kind: "slow-consumer"; readonly queuedBytes: number; readonly stalled: boolean }
  /** A started packet was not complete in time. */
  | { readonly kind: "slow-sender"; readonly receivedBytes: number; readonly sizeBytes?: number }
  /** Nothing came for 150 s, pings unanswered. */
  | { readonly kind: "silent"; readonly silentMs: number }
  /** The handler of a packet threw something that is not a `ProtocolError`: our fault. */
  | { readonly kind: "handler-failed"; readonly error: unknown };

/** The reason as an error of a link that reconnects; for the program that was talking when the connection ended. */
export function closeError(reason: CloseReason): TransportError {
  const cause = "error" in reason ? reason.error : undefined;
  // What a script is told names what happened, not that something did.
  const code = reason.kind === "failed" ? reason.error.code : reason.kind;
  return new TransportError(code, `Connection ended: ${describe(reason)}`, { cause });
}

function describe(reason: CloseReason): string {
  switch (reason.kind) {
    case "closed":
      return `closed here, ${reason.why}`;
    case "peer-closed":
      return "closed by the other side";
    case "cut":
      return `cut inside a packet after ${reason.receivedBytes} bytes`;
    case "failed":
    case "protocol-error":
      return reason.error.message;
    case "slow-consumer":
      return `the other side does not read, ${reason.queuedBytes} bytes are waiting`;
    case "slow-sender":
      return `a packet was not complete in time, ${reason.receivedBytes} bytes came`;
    case "silent":
      return `nothing received for ${Math.round(reason.silentMs / 1000)} s`;
    case "handler-failed":
      return "a packet could not be handled";
    default:
      return unreachable(reason);
  }
}
