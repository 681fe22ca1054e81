/** Where `watch` finds another connection when one has ended. */

import { describeError, TransportError } from "../../base/errors.ts";
import { untilAborted } from "../../base/scope.ts";
import type { Client } from "../../client/client.ts";
import type { Link } from "../../client/link/link.ts";
import { isPassing } from "../../client/reconnect.ts";
import { reconnectDelayMs } from "../../net/connections/reconnect.ts";
import type { Context } from "../context.ts";

/** A server that is restarted, or a laptop that changes its network, is back by then. */
const PATIENCE_MS = 60_000;

/** Connects anew, again and again for a minute. Rejects with the last reason why that failed, or the signal's. */
export async function connectAgain(
  context: Context,
  client: Client,
  signal: AbortSignal,
): Promise<Link> {
  const { clock, options: { random } } = context;
  const untilMs = clock.monotonicMs() + PATIENCE_MS;
  for (let attempt = 0;; attempt++) {
    await clock.sleep(reconnectDelayMs(attempt, random), { signal });
    try {
      await context.connect(client, signal);
      return client.link;
    } catch (error) {
      signal.throwIfAborted();
      if (!isPassing(error)) throw error;
      if (clock.monotonicMs() < untilMs) continue;
      throw new TransportError(
        "offline",
        `The connection to the server was lost: ${describeError(error)}`,
        {
          cause: error,
        },
      );
    }
  }
}

/** Waits for the connection that something else makes. Rejects with TransportError after a minute, or the signal's reason. */
export async function untilConnected(client: Client, signal: AbortSignal): Promise<Link> {
  if (client.isOnline) return client.link;
  const { promise: connected, resolve, reject } = Promise.withResolvers<void>();
  const stopListening = client.listen(({ type }) => {
    if (type === "connected") resolve();
  });
  const cancel = client.clock.after(PATIENCE_MS, () => {
    reject(new TransportError("offline", "The connection to the server was lost"));
  });
  try {
    await untilAborted(connected, signal);
    return client.link;
  } finally {
    cancel();
    stopListening();
  }
}
