/** A handshake under one deadline: who says nothing, or trickles, is gone when it is over, and so is their stream. */

import type { Clock } from "../../base/clock.ts";
import { describeError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import type { ByteStream } from "../../net/byte_stream.ts";
import { withDeadline } from "../../net/deadline.ts";
import { HANDSHAKE_DEADLINE_MS } from "../../protocol/limits.ts";
import type { MetPeer } from "./handshake.ts";

const log = logger("client", "node");

/**
 * What `meet` gives, or throws; then the stream is closed. `beganAtMs`: when the deadline began, by the monotonic clock; left
 * out, now.
 */
export async function meetInTime(
  stream: ByteStream,
  meet: () => Promise<MetPeer>,
  options: { clock: Clock; signal: AbortSignal; beganAtMs?: number | undefined },
): Promise<MetPeer> {
  const nowMs = options.clock.monotonicMs();
  const { beganAtMs = nowMs } = options;
  const timed = { ...options, timeoutMs: Math.max(0, beganAtMs + HANDSHAKE_DEADLINE_MS - nowMs) };
  try {
    const met = await withDeadline("meet the other side", meet(), () => {}, timed);
    options.signal.throwIfAborted();
    return met;
  } catch (error) {
    closeStream(stream);
    throw error;
  }
}

/** Gives a stream back that nobody owns any more. */
export function closeStream(stream: ByteStream): void {
  try {
    stream.close();
  } catch (error) {
    log.debug("close failed", { reason: describeError(error) });
  }
}
